"""Endpoints are plain functions in threads; this is what they get and how they are run there.

Django's ORM keeps a connection a thread, so each call closes what it opened: threads come and go,
and a connection that waits in one of them would hold a lock, or a server's slot.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from jackfield.dialects.dispatcharr.application.contract import ANONYMOUS
from jackfield.dialects.dispatcharr.application.failures import (
    BadFields,
    Refused,
    must_sign_in,
    too_low,
)
from jackfield.dialects.dispatcharr.application.visitor import Visitor, visitor_of

T = TypeVar("T")

MAX_BODY = 10 * 1024 * 1024
_QUEUED = 4
"""Pieces of a streamed answer that wait for a slow reader; the thread that makes them pauses."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its body read."""

    method: str
    path: str
    visitor: Visitor
    query: QueryParams
    headers: Headers
    args: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object. Forms are read, too.

        :raises BadFields: it is neither.
        """
        if not self.body.strip():
            return {}
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self.form()
        value = self.json_value()
        if not isinstance(value, dict):
            raise BadFields({"non_field_errors": ["A JSON object is expected as the body"]})
        return value

    def json_value(self) -> Any:
        """The body as any JSON value.

        :raises BadFields: it is no JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadFields({"non_field_errors": [f"The body is not JSON: {error}"]}) from None

    def form(self) -> dict[str, Any]:
        return dict(QueryParams(self.body.decode("utf-8", "replace")))

    def link(self, path: str) -> str:
        """The address of *path* as the visitor sees it."""
        return self.visitor.base + path


Endpoint = Callable[[Call], Response]


def route(
    path: str,
    endpoint: Endpoint,
    *,
    methods: Sequence[str] = ("GET",),
    level: int = ANONYMOUS,
    write_level: int | None = None,
) -> Route:
    """A route whose *endpoint* runs in a thread.

    :param level: of the user, needed for any method.
    :param write_level: needed for other methods than GET and HEAD.
    """

    async def handle(request: Request) -> Response:
        visitor = visitor_of(request)
        wanted = level
        if write_level is not None and request.method not in ("GET", "HEAD"):
            wanted = write_level
        require(visitor, wanted)
        call = Call(
            method=request.method,
            path=request.url.path,
            visitor=visitor,
            query=request.query_params,
            headers=request.headers,
            args=dict(request.path_params),
            body=await body_of(request),
        )
        return await in_thread(endpoint, call)

    return Route(path, handle, methods=list(methods))


def require(visitor: Visitor, level: int) -> None:
    """:raises Refused: 401 for nobody, 403 for somebody of a lower level."""
    if visitor.level < level:
        raise must_sign_in() if visitor.level == ANONYMOUS else too_low()


async def body_of(request: Request, limit: int = MAX_BODY) -> bytes:
    """:raises Refused: 413 for more than *limit* bytes."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise Refused(f"The body is larger than {limit} bytes", 413)
        pieces.append(piece)
    return b"".join(pieces)


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run *work*, which may use the database, off the event loop."""
    return await run_in_threadpool(closing_connections, work, *args)


def closing_connections(work: Callable[..., T], *args: Any) -> T:
    """Run *work* and close this thread's database connections after it."""
    from django.db import connections

    try:
        return work(*args)
    finally:
        connections.close_all()


class Streamed(StreamingResponse):
    """An answer made piece by piece by *pieces* in one thread, as fast as it is taken."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]], **response: Any) -> None:
        super().__init__(_from_thread(pieces), **response)


async def _from_thread(pieces: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(_QUEUED)
    left = threading.Event()

    def put(item: bytes | BaseException | None) -> bool:
        if left.is_set():
            return False
        asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()
        return not left.is_set()

    def work() -> None:
        try:
            for piece in pieces():
                if not put(piece):
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised again where it belongs
            put(error)
        else:
            put(None)

    running = loop.run_in_executor(None, closing_connections, work)
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()
        while not running.done():  # it may wait for room
            while not queue.empty():
                queue.get_nowait()
            await asyncio.wait({running}, timeout=0.05)
