"""``/proxy/ts/…`` and its newer name ``/proxy/live/…``: watching, seeing who watches, steering."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from jackfield.dialects.dispatcharr.application import access
from jackfield.dialects.dispatcharr.application.calls import body_of, in_thread, require
from jackfield.dialects.dispatcharr.application.contract import ADMIN
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused, no_such
from jackfield.dialects.dispatcharr.application.stream.library import (
    KINDS,
    Kind,
    Library,
    Work,
    find_work,
)
from jackfield.dialects.dispatcharr.application.stream.player import Playing, refuse
from jackfield.dialects.dispatcharr.application.stream.selection import sources_of_channel
from jackfield.dialects.dispatcharr.application.stream.session import Channel, Client
from jackfield.dialects.dispatcharr.application.stream.source import StreamError
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard, snapshot
from jackfield.dialects.dispatcharr.application.visitor import Visitor, visitor_of

_HEAD = {"content-type": "video/mp2t", "cache-control": "no-store"}


class Watching(Response):
    """Answers with a channel's stream, or with the reason why not."""

    def __init__(self, switchboard: Switchboard, channel: Channel, client: Client) -> None:
        self._switchboard = switchboard
        self._channel = channel
        self._client = client
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            session = await self._switchboard.join(self._channel, self._client)
        except StreamError as error:
            await refuse(send, error)
            return
        await Playing(session, self._client, self._switchboard.left)(scope, receive, send)


async def watch(
    request: Request,
    switchboard: Switchboard,
    find: Callable[[Visitor], tuple[Channel, str | None]],
    *,
    visitor: Visitor | None = None,
    user_limit: int = 0,
) -> Response:
    """Let the visitor watch what *find* (run in a thread) gives: a channel, or where to go instead.

    :param user_limit: how many streams this user may watch at once; 0 for any number.
    :raises Refused: as *find* does, or 403: the user watches as many as they may.
    """
    visitor = visitor or visitor_of(request)
    channel, elsewhere = await in_thread(find, visitor)
    if elsewhere is not None:
        return RedirectResponse(elsewhere, 302, {"cache-control": "no-store"})
    if request.method == "HEAD":
        return Response(headers=_HEAD)
    if user_limit and visitor.id is not None:
        watching = sum(
            client.user_id == visitor.id
            for session in switchboard.sessions.values()
            for client in session.clients.values()
        )
        if watching >= user_limit:
            raise Refused(f"You watch {watching} streams; you may watch {user_limit} at once", 403)
    client = Client(
        id=f"client_{secrets.token_hex(8)}",
        address=visitor.address,
        user_agent=request.headers.get("user-agent", "")[:300],
        user_id=visitor.id,
        username=visitor.name,
    )
    return Watching(switchboard, channel, client)


def stream_routes(switchboard: Switchboard, library: Library) -> list[BaseRoute]:
    """The routes under both names."""
    steer = _Steering(switchboard)

    async def stream(request: Request) -> Response:
        name = request.path_params["channel"]

        def find(visitor: Visitor) -> tuple[Channel, str | None]:
            access.allow(visitor, access.STREAMS)
            return find_channel(name, visitor)

        visitor = visitor_of(request)
        limit = await in_thread(stream_limit, visitor.id)
        return await watch(request, switchboard, find, visitor=visitor, user_limit=limit)

    async def status(request: Request) -> Response:
        require(visitor_of(request), ADMIN)
        channels = switchboard.status()
        return JSONResponse({"channels": channels, "count": len(channels)})

    def on_demand(kind: Kind) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            visitor = visitor_of(request)

            def find() -> Work:
                access.allow(visitor, access.STREAMS)
                return find_work(kind, request.path_params["uuid"])

            return await library.answer(request, visitor, find)

        return endpoint

    routes: list[BaseRoute] = [
        Route(f"/proxy/vod/{kind}/{{uuid}}{slash}", on_demand(kind), methods=["GET"])
        for kind in KINDS
        for slash in ("", "/")
    ]
    for base in ("/proxy/ts", "/proxy/live"):
        routes += [
            Route(f"{base}/stream/{{channel}}", stream, methods=["GET"]),
            Route(f"{base}/status", status, methods=["GET"]),
            Route(f"{base}/status/{{channel}}", steer(_status), methods=["GET"]),
            Route(f"{base}/stop/{{channel}}", steer(_stop), methods=["POST", "DELETE"]),
            Route(f"{base}/stop_client/{{channel}}", steer(_stop_client), methods=["POST"]),
            Route(f"{base}/change_stream/{{channel}}", steer(_change), methods=["POST"]),
            Route(f"{base}/next_stream/{{channel}}", steer(_next), methods=["POST"]),
        ]
    return routes


Command = Callable[[Switchboard, str, dict[str, Any]], Awaitable[dict[str, Any]]]


class _Steering:
    """Makes endpoints for administrators of commands on a channel that plays."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def __call__(self, command: Command) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            require(visitor_of(request), ADMIN)
            values: dict[str, Any] = {}
            body = await body_of(request)
            if body.strip():
                try:
                    values = json.loads(body)
                except ValueError as error:
                    said = {"non_field_errors": [f"The body is not JSON: {error}"]}
                    raise BadFields(said) from None
                if not isinstance(values, dict):
                    raise BadFields({"non_field_errors": ["A JSON object is expected"]})
            channel = request.path_params["channel"]
            return JSONResponse(await command(self._switchboard, channel, values))

        return endpoint


async def _status(switchboard: Switchboard, channel: str, _values: dict[str, Any]) -> Any:
    return snapshot(switchboard.playing(channel))


async def _stop(switchboard: Switchboard, channel: str, _values: dict[str, Any]) -> Any:
    await switchboard.stop(channel)
    return {"status": "success", "message": "Channel stopped", "channel_id": channel}


async def _stop_client(switchboard: Switchboard, channel: str, values: dict[str, Any]) -> Any:
    client = values.get("client_id")
    if not isinstance(client, str) or not client:
        raise BadFields({"client_id": ["The id of a client is needed"]})
    switchboard.stop_client(channel, client)
    return {"status": "success", "channel_id": channel, "client_id": client}


async def _change(switchboard: Switchboard, channel: str, values: dict[str, Any]) -> Any:
    stream_id, url = values.get("stream_id"), values.get("url")
    if isinstance(stream_id, str) and stream_id.isdecimal():
        stream_id = int(stream_id)
    if isinstance(stream_id, int) and not isinstance(stream_id, bool):
        session = await switchboard.change(channel, stream_id)
    elif isinstance(url, str) and url:
        session = switchboard.change_url(channel, url, str(values.get("user_agent") or ""))
    else:
        raise BadFields({"stream_id": ["The id of a stream is needed, or a url"]})
    return _changed(session.channel.uuid, session.wanted)


async def _next(switchboard: Switchboard, channel: str, _values: dict[str, Any]) -> Any:
    session = await switchboard.next(channel)
    return _changed(session.channel.uuid, session.wanted)


def _changed(channel: str, source: Any) -> dict[str, Any]:
    return {
        "status": "success",
        "message": "Stream changed",
        "channel_id": channel,
        "channel": channel,
        "url": source.url if source else None,
        "stream_id": source.stream_id if source else None,
        "owner": True,
        "worker_id": "application",
    }


# What to watch -----------------------------------------------------------------------------------


def find_channel(name: str, visitor: Visitor) -> tuple[Channel, str | None]:
    """The channel of that UUID and, if its profile redirects, where to.

    An administrator may name a stream's hash instead, to try that stream out.

    :raises Refused: 404 unknown, 403 above the visitor's level.
    """
    from apps.channels.models import Channel as Row
    from apps.channels.models import Stream

    try:
        row = Row.objects.filter(uuid=uuid.UUID(name)).first()
    except ValueError:
        row = None
    if row is None:
        stream = Stream.objects.filter(stream_hash=name).first() if visitor.is_admin else None
        if stream is None:
            raise no_such(f"Channel {name}")
        return Channel(0, name, stream.name, stream_id=stream.pk), None
    return channel_to_watch(row, visitor.watches_up_to)


def channel_to_watch(row: Any, level: int) -> tuple[Channel, str | None]:
    """:raises Refused: 403, the channel is for users of a higher level."""
    if row.user_level > level:
        raise Refused(f"Channel {row.name!r} is for users of a higher level", 403)
    sources = sources_of_channel(row.pk)
    if sources and sources[0].kind == "redirect":
        return Channel(row.pk, str(row.uuid), row.name), sources[0].url
    return Channel(row.pk, str(row.uuid), row.name), None


def stream_limit(user_id: int | None) -> int:
    """How many streams that user may watch at once; 0 for any number."""
    from apps.accounts.models import User

    if user_id is None:
        return 0
    limit = User.objects.filter(pk=user_id).values_list("stream_limit", flat=True).first()
    return max(limit or 0, 0)
