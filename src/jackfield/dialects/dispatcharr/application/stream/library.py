"""Films and episodes, passed on from the provider byte range by byte range.

Unlike a channel each viewer has a connection of their own, which counts against the login. Players
ask for many ranges of one film: ``vod_start`` is told with the first, ``vod_stop`` a little after
the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jackfield.dialects.dispatcharr.application.calls import in_thread
from jackfield.dialects.dispatcharr.application.failures import no_such
from jackfield.dialects.dispatcharr.application.stream.limits import Limits
from jackfield.dialects.dispatcharr.application.stream.outgoing import http_client
from jackfield.dialects.dispatcharr.application.stream.player import refuse
from jackfield.dialects.dispatcharr.application.stream.selection import DatabaseChooser, logins_of
from jackfield.dialects.dispatcharr.application.stream.session import Channel, Tell
from jackfield.dialects.dispatcharr.application.stream.source import (
    Source,
    StreamError,
    UpstreamError,
)
from jackfield.dialects.dispatcharr.application.visitor import Visitor

Kind = Literal["movie", "episode"]
KINDS: tuple[Kind, ...] = ("movie", "episode")

_ASKED = ("range", "if-range")
_ANSWERED = (
    "content-type",
    "content-length",
    "content-range",
    "accept-ranges",
    "last-modified",
    "etag",
)
_GOOD = (200, 206, 416)
_LINGER = 10.0
"""Seconds without a connection after which a viewer has stopped."""


@dataclass(frozen=True, slots=True)
class Work:
    """A film or episode, and every way to get it, best first."""

    uuid: str
    name: str
    sources: list[Source]


@dataclass(slots=True)
class _Viewing:
    """What one viewer watches, over however many connections."""

    name: str
    started: float
    connections: int = 0
    sent: int = 0
    ending: asyncio.TimerHandle | None = None


class Library:
    """Passes films and episodes on. Belongs to one event loop.

    :param chooser: counts the connections, together with those of channels.
    """

    def __init__(self, chooser: DatabaseChooser, tell: Tell, limits: Limits | None = None) -> None:
        self._chooser = chooser
        self._tell = tell
        self._limits = limits or Limits()
        self._viewings: dict[tuple[str, str, str], _Viewing] = {}
        self._http = http_client(connect=self._limits.connect, read=self._limits.silence * 3)

    async def answer(
        self, request: Request, visitor: Visitor, find: Callable[[], Work]
    ) -> Response:
        """The bytes that *request* asks for of what *find* (run in a thread) gives."""
        work = await in_thread(find)
        return _Passing(self, request, visitor, work)

    async def close(self) -> None:
        """End what is left of viewings."""
        for key, viewing in list(self._viewings.items()):
            if viewing.ending is not None:
                viewing.ending.cancel()
                self._stopped(key)
        await self._http.aclose()

    # Used by the response ------------------------------------------------------------------------

    async def open(self, work: Work, headers: dict[str, str]) -> tuple[Source, httpx2.Response]:
        """The first source that answers, its connection taken.

        :raises StreamError: none does.
        """
        error = StreamError(f"{work.name!r}: no active account offers it")
        for source in work.sources:
            if not self._chooser.take(source):
                error = StreamError(
                    f"{work.name!r}: every connection of {source.account} is in use"
                )
                continue
            try:
                return source, await self._ask(source, headers)
            except StreamError as broken:
                error = broken
                self._chooser.release(source)
            except BaseException:
                self._chooser.release(source)
                raise
        raise error

    async def _ask(self, source: Source, headers: dict[str, str]) -> httpx2.Response:
        if source.user_agent:
            headers = {**headers, "user-agent": source.user_agent}
        try:
            request = self._http.build_request("GET", source.url, headers=headers)
            answer = await self._http.send(request, stream=True)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            what = str(error) or type(error).__name__
            raise UpstreamError(f"{source.stream_name!r}: {what}") from error
        if answer.status_code not in _GOOD:
            await answer.aclose()
            raise UpstreamError(
                f"{source.stream_name!r}: the provider answered {answer.status_code}"
            )
        return answer

    def began(self, work: Work, visitor: Visitor, agent: str) -> tuple[str, str, str]:
        key = (work.uuid, visitor.address, visitor.name)
        viewing = self._viewings.get(key)
        if viewing is None:
            viewing = self._viewings[key] = _Viewing(work.name, time.time())
            self._event("vod_start", work.name, key, user_agent=agent)
        if viewing.ending is not None:
            viewing.ending.cancel()
            viewing.ending = None
        viewing.connections += 1
        return key

    def ended(self, key: tuple[str, str, str], source: Source, sent: int) -> None:
        self._chooser.release(source)
        viewing = self._viewings[key]
        viewing.connections -= 1
        viewing.sent += sent
        if not viewing.connections:
            loop = asyncio.get_running_loop()
            viewing.ending = loop.call_later(_LINGER, self._stopped, key)

    def _stopped(self, key: tuple[str, str, str]) -> None:
        viewing = self._viewings.pop(key, None)
        if viewing is not None:
            seconds = round(time.time() - viewing.started, 1)
            self._event("vod_stop", viewing.name, key, duration=seconds, bytes_sent=viewing.sent)

    def _event(self, event: str, name: str, key: tuple[str, str, str], **details: Any) -> None:
        work, address, user = key
        self._tell(
            event,
            Channel(0, "", name),
            content_uuid=work,
            content_name=name,
            client_ip=address,
            username=user,
            **details,
        )


class _Passing(Response):
    def __init__(self, library: Library, request: Request, visitor: Visitor, work: Work) -> None:
        self._library = library
        self._request = request
        self._visitor = visitor
        self._work = work
        self.background = None

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        passing = asyncio.create_task(self._pass(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (passing, leaving):
                task.cancel()
            await asyncio.gather(passing, leaving, return_exceptions=True)
        if not passing.cancelled():
            await passing

    async def _pass(self, send: Send) -> None:
        asked = {k: v for k, v in self._request.headers.items() if k in _ASKED}
        asked |= {"accept": "*/*", "accept-encoding": "identity"}
        try:
            source, answer = await self._library.open(self._work, asked)
        except StreamError as error:
            await refuse(send, error)
            return
        agent = self._request.headers.get("user-agent", "")[:300]
        key = self._library.began(self._work, self._visitor, agent)
        sent = 0
        try:
            headers = [
                (name.encode(), answer.headers[name].encode("latin-1"))
                for name in _ANSWERED
                if name in answer.headers
            ]
            headers.append((b"cache-control", b"no-store"))
            await send(
                {"type": "http.response.start", "status": answer.status_code, "headers": headers}
            )
            if self._request.method != "HEAD":
                # A provider that breaks off leaves the answer incomplete: the player asks for the
                # rest by its range.
                async for piece in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    sent += len(piece)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except httpx2.HTTPError:
            return
        finally:
            with contextlib.suppress(Exception):
                await answer.aclose()
            self._library.ended(key, source, sent)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# In the database ---------------------------------------------------------------------------------


def find_work(kind: Kind, key: str | int) -> Work:
    """The film or episode of that primary key or UUID, with its offers by the accounts' priority.

    :raises Refused: 404, there is none.
    """
    from apps.vod.models import Episode, M3UEpisodeRelation, M3UMovieRelation, Movie

    tables: dict[Kind, tuple[Any, Any]] = {
        "movie": (Movie, M3UMovieRelation),
        "episode": (Episode, M3UEpisodeRelation),
    }
    table, offers = tables[kind]
    row = None
    if isinstance(key, int):
        row = table.objects.filter(pk=key).first() if key < 2**63 else None
    else:
        with contextlib.suppress(ValueError):
            row = table.objects.filter(uuid=uuid.UUID(key)).first()
    if row is None:
        raise no_such(f"{kind.capitalize()} {key}")
    found = offers.objects.filter(**{kind: row, "m3u_account__is_active": True})
    found = found.select_related("m3u_account__user_agent").order_by("-m3u_account__priority", "pk")
    sources = [source for offer in found for source in _sources(kind, offer, row.name)]
    return Work(str(row.uuid), row.name, sources)


def _sources(kind: Kind, offer: Any, name: str) -> list[Source]:
    from core.models import CoreSettings

    from jackfield.dialects.dispatcharr.iptv.xtream import XtreamClient

    account = offer.m3u_account
    said = offer.custom_properties or {}
    url = said.get("direct_source") or said.get("url") if isinstance(said, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        if not account.server_url:
            return []
        with XtreamClient(
            account.server_url, account.username or "", account.password or ""
        ) as client:
            extension = offer.container_extension or "mp4"
            place = client.get_vod_stream_url if kind == "movie" else client.get_episode_stream_url
            url = place(offer.stream_id, extension)
    agent = account.user_agent
    agent_text = agent.user_agent if agent is not None else CoreSettings.get_default_user_agent()
    return [
        Source(
            stream_id=offer.pk,
            stream_name=name,
            url=address,
            user_agent=agent_text,
            account=account.name,
            slot=login.pk if login is not None else None,
            slots=slots,
            slot_name=login.name if login is not None else "",
        )
        for login, slots, address in logins_of(account, url)
    ]
