"""The application process, as the site asks it: over its Unix socket, started with first need."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec
from anyio import to_thread

from jackfield.errors import JackfieldError, Unavailable

PATIENCE_S: Final = 15.0
"""How long a request waits for the application to start before it is told to come again."""

AGAIN_S: Final = 5.0
"""How long a failed start is believed before the next one is tried."""

MAX_STREAMS: Final = 2000
CONNECT_S: Final = 5.0
ASK_S: Final = 30.0

_log = logging.getLogger(__name__)


class Application:
    """See the module. Used on one event loop.

    :param socket: starts the process if need be and returns its socket's path once it answers;
        blocks. Raises :class:`Unavailable` where it does not start.
    """

    def __init__(self, socket: Callable[[], Path], *, patience: float = PATIENCE_S) -> None:
        self._socket = socket
        self._patience = patience
        self._starting: asyncio.Task[Path] | None = None
        self._failed: tuple[float, str] | None = None
        self._path: Path | None = None
        self._transport: httpx2.AsyncHTTPTransport | None = None

    async def _ready(self) -> Path:
        """:raises Unavailable: it starts still, or did not start."""
        if self._failed is not None and time.monotonic() - self._failed[0] < AGAIN_S:
            raise Unavailable(self._failed[1])
        if self._starting is None:
            self._starting = asyncio.create_task(to_thread.run_sync(self._socket))
        starting = self._starting
        try:
            path = await asyncio.wait_for(asyncio.shield(starting), self._patience)
        except TimeoutError:
            raise Unavailable("the application process is starting", hint="try again") from None
        except JackfieldError as error:
            self._failed = time.monotonic(), error.message.splitlines()[0]
            self._starting = None
            _log.error("Dispatcharr: %s", error.message)
            raise Unavailable(self._failed[1]) from None
        self._starting, self._failed = None, None
        return path

    @property
    def is_up(self) -> bool:
        """Whether it has answered before, so that asking it costs next to nothing."""
        return self._transport is not None

    async def _way(self) -> httpx2.AsyncHTTPTransport:
        """What carries requests to it: no client, which would keep visitors' cookies.

        :raises Unavailable: it starts still, or did not start.
        """
        path = await self._ready()
        if self._transport is None or path != self._path:
            await self.close()
            # A connection is cheap here, and one that waits may be of a process that has ended.
            limits = httpx2.Limits(max_connections=MAX_STREAMS, max_keepalive_connections=0)
            self._transport = httpx2.AsyncHTTPTransport(
                uds=str(path), trust_env=False, limits=limits
            )
            self._path = path
        return self._transport

    async def ask(self, path: str, body: Any) -> tuple[int, Any]:
        """Ask one of the paths that are for the site alone. Returns status and JSON.

        :raises Unavailable: it does not answer.
        """
        data = msgspec.json.encode(body)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(data)).encode()),
        ]
        answer = await self.open("POST", path.encode(), headers, _once(data), seconds=ASK_S)
        try:
            return answer.status_code, msgspec.json.decode(await answer.aread())
        except (httpx2.HTTPError, msgspec.DecodeError) as error:
            raise _no_answer(error) from None
        finally:
            await answer.aclose()

    async def open(
        self,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        body: AsyncIterator[bytes] | None,
        *,
        seconds: float | None = None,
    ) -> httpx2.Response:
        """Begin a request; the answer's body is not read yet.

        :param target: path and query as they were sent.
        :param seconds: how long it may be silent; a stream may be for as long as it likes.
        :raises Unavailable: it does not answer.
        """
        transport = await self._way()
        timeout = httpx2.Timeout(seconds, connect=CONNECT_S, pool=CONNECT_S)
        request = httpx2.Request(
            method,
            "http://application/",
            headers=headers,
            content=body,
            extensions={
                "target": target,  # in an address, dots and escapes would be put right
                "timeout": timeout.as_dict(),
            },
        )
        try:
            answer = await transport.handle_async_request(request)
        except httpx2.ConnectError:
            raise Unavailable(
                "the application process cannot be reached", hint="try again"
            ) from None
        except httpx2.HTTPError as error:
            raise _no_answer(error) from None
        answer.request = request
        return answer

    async def close(self) -> None:
        """Let go of what carries requests."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _no_answer(error: Exception) -> Unavailable:
    return Unavailable(f"the application process does not answer: {type(error).__name__}: {error}")
