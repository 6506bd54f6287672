"""The way to one chat client: a bounded queue, filled from any thread, emptied on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket

from jackfield.services.chat_frames import Bye, Ping

CLOSE_CODES = {
    "restart": 1012,
    "full": 1013,
    "unauthorized": 4401,
    "forbidden": 4403,
    "silent": 4408,
    "kicked": 4409,
    "banned": 4410,
    "frame": 4413,
    "flood": 4429,
    "slow": 4430,
}
"""WebSocket close code for each code of a ``bye`` frame."""

_PING = Ping().encoded()
_CLOSE_SECONDS = 2.0


class SocketWire:
    """Implements :class:`~jackfield.services.chat_room.Wire` over a WebSocket.

    :param queue: frames that may wait; one more and the client counts as too slow.
    :param ping_seconds: between signs of life that are asked of the client.
    """

    def __init__(self, socket: WebSocket, queue: int, ping_seconds: float) -> None:
        self._socket = socket
        self._queue: deque[str] = deque()
        self._most = queue
        self._ping_seconds = ping_seconds
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._overflown = asyncio.Event()
        self._lock = threading.Lock()
        self._scheduled = False
        self._closing = ""
        self.alive = True

    # -- from any thread --------------------------------------------------------------------

    def send(self, frame: str) -> None:
        """Queue a frame; nothing when the connection closes already."""
        with self._lock:
            if self._closing:
                return
            if len(self._queue) >= self._most:
                self._closing = "slow"
                self._queue.clear()
                self._tell(self._overflown.set)
                return
            self._queue.append(frame)
            if self._scheduled:
                return
            self._scheduled = True
        self._tell(self._ready.set)

    def close(self, code: str) -> None:
        """Send what is queued, then close."""
        with self._lock:
            if self._closing:
                return
            self._closing = code
        self._tell(self._ready.set)

    def _tell(self, callback: Callable[[], object]) -> None:
        # A closed loop means that the server stopped, and the connection with it.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback)

    # -- on the loop ------------------------------------------------------------------------

    async def pump(self) -> None:
        """Send until the connection is to be closed, then close it."""
        sending = asyncio.create_task(self._send_queued())
        overflow = asyncio.create_task(self._overflown.wait())
        try:
            await asyncio.wait({sending, overflow}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, overflow):
                task.cancel()
            await asyncio.gather(sending, overflow, return_exceptions=True)
        if self._closing == "slow":
            await self._last(Bye(code="slow", reason="you read too slowly", retry=True).encoded())
        await self._close()

    async def _send_queued(self) -> None:
        while True:
            try:
                # Not wait_for: in Python 3.11 that one can swallow being cancelled.
                async with asyncio.timeout(self._ping_seconds):
                    await self._ready.wait()
            except TimeoutError:
                if not self.alive:
                    self._closing = self._closing or "silent"
                    return
                self.alive = False
                await self._socket.send_text(_PING)
                continue
            with self._lock:
                self._ready.clear()
                self._scheduled = False
                frames = list(self._queue)
                self._queue.clear()
                closing = self._closing
            for frame in frames:
                await self._socket.send_text(frame)
            if closing:
                return

    async def _last(self, frame: str) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._socket.send_text(frame)
        except Exception:  # noqa: BLE001 - it reads slowly or is gone; it is closed anyway
            return

    async def _close(self) -> None:
        code = CLOSE_CODES.get(self._closing, 1000)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._socket.close(code, self._closing)
        except Exception:  # noqa: BLE001 - the client closed first, or will never read again
            return
