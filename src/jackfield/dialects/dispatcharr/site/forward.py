"""Passes everything that the site does not answer itself to the application process.

Bodies are streamed both ways; nothing is gathered. Source: :mod:`..application.contract`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from posixpath import normpath
from typing import Final
from urllib.parse import quote, unquote

import httpx2
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from jackfield.dialects.dispatcharr.application import contract
from jackfield.dialects.dispatcharr.site.access import Access
from jackfield.dialects.dispatcharr.site.answers import Refused, reply
from jackfield.dialects.dispatcharr.site.application import Application
from jackfield.dialects.dispatcharr.site.tokens import Who
from jackfield.errors import Unavailable

_HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te",
     b"trailer", b"transfer-encoding", b"upgrade", b"proxy-connection"}
)  # fmt: skip
_DROPPED: Final = _HOP_BY_HOP | {name.encode() for name in contract.TRUSTED} | {b"x-api-key"}
_BODILESS: Final = ("GET", "HEAD", "OPTIONS", "TRACE")
STALLED_S: float = 600
"""A client that takes nothing for so long is let go; one that pauses a film may come back."""

_log = logging.getLogger(__name__)


class Forward:
    """An ASGI application that asks the application process."""

    def __init__(self, application: Application, access: Access) -> None:
        self._application = application
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and its answer back."""
        request = Request(scope, receive)
        if _is_internal(scope):
            await reply({"detail": "Not found."}, 404)(scope, receive, send)
            return
        try:
            who = await self._access.identify_player(request)
            await self._exchange(request, who, receive, send)
        except Refused as refused:
            await reply(refused.body, refused.status, refused.headers)(scope, receive, send)
        except Unavailable as error:
            body = {"detail": f"{error.message}; try again in a few seconds", "code": error.code}
            await reply(body, 503, {"retry-after": "2"})(scope, receive, send)

    async def _exchange(
        self, request: Request, who: Who | None, receive: Receive, send: Send
    ) -> None:
        gone = asyncio.Event()
        has_body = request.method not in _BODILESS and _declares_body(request)
        body = _body(receive, gone) if has_body else None
        opening = asyncio.create_task(
            self._application.open(request.method, _target(request), _headers(request, who), body)
        )
        # Whoever leaves before there is an answer leaves nothing behind either.
        leaving = asyncio.create_task(_left(gone) if has_body else _until_left(receive))
        try:
            await asyncio.wait({opening, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                opening.cancel()
                with contextlib.suppress(asyncio.CancelledError, Unavailable):
                    await (await opening).aclose()
                return
            answer = opening.result()
            if has_body:
                leaving.cancel()
                leaving = asyncio.create_task(_until_left(receive))
            await self._answer(request, answer, leaving, send)
        finally:
            leaving.cancel()

    @staticmethod
    async def _answer(
        request: Request, answer: httpx2.Response, leaving: asyncio.Task[None], send: Send
    ) -> None:
        passing = asyncio.create_task(_pass(request, answer, send))
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if passing.done():
                passing.result()
        finally:
            passing.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await passing
            with contextlib.suppress(Exception):
                await answer.aclose()


async def _pass(request: Request, answer: httpx2.Response, send: Send) -> None:
    headers = [(k.lower(), v) for k, v in answer.headers.raw if k.lower() not in _HOP_BY_HOP]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    try:
        async for part in answer.aiter_raw():
            async with asyncio.timeout(STALLED_S):
                await send({"type": "http.response.body", "body": part, "more_body": True})
    except TimeoutError:
        _log.info("Dispatcharr: nobody reads %s any more; it is given up", request.url.path)
        return
    except httpx2.HTTPError as error:
        # Left incomplete, so that the server hangs up and nobody takes a part for the whole.
        _log.warning("Dispatcharr: %s was cut off: %s", request.url.path, error)
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _body(receive: Receive, gone: asyncio.Event) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            gone.set()
            return
        if part := message.get("body", b""):
            yield part
        if not message.get("more_body", False):
            return


async def _left(gone: asyncio.Event) -> None:
    await gone.wait()


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_internal(scope: Scope) -> bool:
    """Whether the address may mean one of those for the site alone, however it is written."""
    path = unquote(scope["path"].removeprefix(scope.get("root_path", "")))
    parts = normpath("/" + path.replace("\\", "/")).lower().split("/")
    return next(filter(None, parts), "") == "internal"


def _declares_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get(
        "content-length", "0"
    ) not in ("", "0")


def _target(request: Request) -> bytes:
    """Path and query as they were sent, below the site's prefix."""
    scope = request.scope
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    root = quote(scope.get("root_path", "")).encode()
    path = raw.partition(b"?")[0]
    path = path.removeprefix(root) if root else path
    query: bytes = scope.get("query_string", b"")
    return (path or b"/") + (b"?" + query if query else b"")


def _headers(request: Request, who: Who | None) -> list[tuple[bytes, bytes]]:
    scope = request.scope
    found = [(k, v) for k, v in scope["headers"] if k not in _DROPPED]
    if who is not None:
        found = [(k, v) for k, v in found if k != b"authorization"]
        found.append((contract.USER_ID.encode(), str(who.id).encode()))
        found.append((contract.USER.encode(), quote(who.name, safe="").encode()))
        found.append((contract.LEVEL.encode(), str(who.level).encode()))
    if root := scope.get("root_path", ""):
        found.append((contract.PREFIX.encode(), quote(root).encode()))
    found.append((contract.SCHEME.encode(), str(scope.get("scheme", "http")).encode()))
    client = scope.get("client")
    if client:
        found.append((contract.ADDRESS.encode(), str(client[0]).encode()))
    return found
