"""A channel that plays: keeps a source open, replaces it when it fails, feeds its players."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import httpx2

from jackfield.dialects.dispatcharr.application.stream.limits import Limits
from jackfield.dialects.dispatcharr.application.stream.packets import Aligner
from jackfield.dialects.dispatcharr.application.stream.ring import Ring
from jackfield.dialects.dispatcharr.application.stream.source import (
    Source,
    StreamError,
    UpstreamError,
)
from jackfield.dialects.dispatcharr.application.stream.upstream import open_source

_logger = logging.getLogger(__name__)

State = Literal["initializing", "connecting", "active", "reconnecting", "error", "stopped"]


@dataclass(frozen=True, slots=True)
class Channel:
    """What a session needs to know of the row.

    :param stream_id: set for a stream that is tried out by itself, in place of a channel.
    """

    id: int
    uuid: str
    name: str
    stream_id: int | None = None


@dataclass(slots=True, eq=False)
class Client:
    """One player on a channel. Times are seconds since the epoch."""

    id: str
    address: str
    user_agent: str
    user_id: int | None = None
    username: str = ""
    connected: float = field(default_factory=time.time)
    position: int = 0
    sent: int = 0
    patience: float = 0.0
    ended: str = ""
    """Why the session ended it; empty while it may go on."""


class Chooser(Protocol):
    """Finds sources and keeps count of the accounts' connections."""

    async def choose(
        self, channel: Channel, avoid: frozenset[tuple[int, int | None, str]]
    ) -> Source | None:
        """The first source not in *avoid* with a free connection, which is then taken.

        :raises StreamError: the channel has sources, but each one's account is fully used.
        """
        ...

    async def choose_stream(self, channel: Channel, stream_id: int) -> Source:
        """That stream's source, its connection taken."""
        ...

    def release(self, source: Source) -> None:
        """Give the connection back."""


Tell = Callable[..., None]
"""``tell(event_type, channel, **details)``: does not wait and does not raise."""


class Session:
    """One channel's connection to its provider and the players on it. Belongs to one event loop.

    ``ready`` is set with the first byte, or when there will be none: then ``failure`` says why.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        chooser: Chooser,
        http: httpx2.AsyncClient,
        limits: Limits,
        tell: Tell,
        first: Source | None = None,
    ) -> None:
        self.channel = channel
        self.limits = limits
        self.state: State = "initializing"
        self.state_since = time.time()
        self.started = time.time()
        self.source: Source | None = None
        self.failovers = 0
        self.reconnects = 0
        self.clients: dict[str, Client] = {}
        self.ring = Ring(limits.ring)
        self.is_transport_stream: bool | None = None
        self.failure: StreamError | None = None
        self.last_error = ""
        self.ready = asyncio.Event()
        self.finished = asyncio.Event()
        self._chooser = chooser
        self._http = http
        self._tell = tell
        self._next = first
        self._switch = asyncio.Event()
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._was_active = False
        self._why: Literal["channel_reconnect", "channel_failover", "stream_switch"] | None = None
        self._last_failure: StreamError | None = None
        self.closing = False
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    # Life ----------------------------------------------------------------------------------------

    def start(self, on_end: Callable[[Session], Awaitable[None]]) -> None:
        async def live() -> None:
            try:
                await self._run()
            except Exception as error:  # the database, for one, may be gone
                _logger.exception("channel %s: a fault of the proxy", self.channel.name)
                self.failure = StreamError(f"A fault of the proxy: {error!r}")
            finally:
                self.closing = True
                self._set("error" if self.failure else "stopped")
                self.finished.set()
                self.ready.set()
                self._wake()
                for source in (self.source, self._next):
                    if source is not None:
                        self._chooser.release(source)
                if self._was_active:
                    self._tell(
                        "channel_stop",
                        self.channel,
                        runtime=round(time.time() - self.started, 1),
                        total_bytes=self.ring.head,
                    )
                await on_end(self)

        self._task = asyncio.create_task(live(), name=f"channel {self.channel.uuid}")

    async def stop(self) -> None:
        """End the connection; players get what is left in the ring and then the end."""
        self.closing = True
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    @property
    def wanted(self) -> Source | None:
        """The source that was asked for last, or else the one that plays."""
        return self._next or self.source

    def change(self, source: Source) -> None:
        """Go on with *source*, whose connection the caller has taken, without players noticing."""
        if self._next is not None:
            self._chooser.release(self._next)
        self._next = source
        self._switch.set()

    # Players -------------------------------------------------------------------------------------

    def join(self, client: Client) -> None:
        """Let *client* read, from a recent point on."""
        client.position = self.ring.entry(self.limits.behind)
        client.patience = self.limits.patience
        self.clients[client.id] = client
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def leave(self, client: Client) -> None:
        if self.clients.pop(client.id, None) is None:
            return
        self._room.set()
        if not self.clients and not self.finished.is_set():
            self._ending = asyncio.create_task(self._end_unless_joined())

    async def _end_unless_joined(self) -> None:
        await asyncio.sleep(self.limits.shutdown_delay)
        self._ending = None
        if not self.clients:
            await self.stop()

    async def more(self, client: Client, timeout: float) -> bool:
        """Wait for bytes behind the client's position, at most *timeout* seconds."""
        if client.position < self.ring.head or self.finished.is_set() or client.ended:
            return True
        self._room.set()  # it has everything: who waits for room may look again
        try:
            async with asyncio.timeout(timeout):
                await self._more.wait()
        except TimeoutError:
            return False
        return True

    def took(self, client: Client, position: int) -> None:
        """Note how far the client has read."""
        client.sent += position - client.position
        client.position = position
        self._room.set()

    def drop(self, client: Client, why: str) -> None:
        client.ended = why
        self._wake()

    # The source ----------------------------------------------------------------------------------

    async def _run(self) -> None:
        avoid: set[tuple[int, int | None, str]] = set()
        rounds = attempts = total = 0
        while True:
            if self.source is None:
                self.source, switched = await self._find(frozenset(avoid))
                if switched:
                    avoid.clear()
                    rounds = 0
                attempts = 0
            if self.source is None:
                rounds += 1
                if avoid and rounds < self.limits.rounds:
                    avoid.clear()
                    await asyncio.sleep(self.limits.pause)
                    continue
                self._give_up(total)
                return
            began = time.monotonic()
            total += 1
            self._set("reconnecting" if self._was_active else "connecting")
            try:
                switched = await self._play(self.source)
                if not switched:
                    self.last_error = f"Stream {self.source.stream_name!r} ended"
                    self._last_failure = UpstreamError(self.last_error)
            except Exception as error:
                if not isinstance(error, StreamError):
                    _logger.exception("channel %s: a fault of the proxy", self.channel.name)
                    error = UpstreamError(f"A fault of the proxy: {error!r}")
                switched = False
                self.last_error = str(error)
                self._last_failure = error
            if switched:
                self._chooser.release(self.source)
                self.source = None
                continue
            if time.monotonic() - began >= self.limits.stable:
                attempts = rounds = 0
                avoid.clear()
            attempts += 1
            if attempts <= self.limits.retries:
                self._why = self._why or "channel_reconnect"
                self._set("reconnecting")
                await self._pause(self.limits.pause * 2 ** (attempts - 1))
                if self._switch.is_set():
                    self._chooser.release(self.source)
                    self.source = None
                continue
            avoid.add(self.source.key)
            self._why = "channel_failover"
            self._chooser.release(self.source)
            self.source = None

    async def _find(
        self, avoid: frozenset[tuple[int, int | None, str]]
    ) -> tuple[Source | None, bool]:
        """The source to use, and whether somebody asked for it."""
        self._switch.clear()
        if self._next is not None:
            source, self._next = self._next, None
            if self._was_active:
                self._why = "stream_switch"
            return source, True
        try:
            return await self._chooser.choose(self.channel, avoid), False
        except StreamError as error:
            self.last_error = str(error)
            self._last_failure = error
            return None, False

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._switch.wait()

    async def _play(self, source: Source) -> bool:
        """Read *source* to its end. ``True`` when another one is wanted instead."""
        reading = asyncio.create_task(self._read(source))
        switching = asyncio.create_task(self._switch.wait())
        try:
            await asyncio.wait({reading, switching}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await reading
            return self._switch.is_set()
        finally:
            for task in (reading, switching):
                task.cancel()
            await asyncio.gather(reading, switching, return_exceptions=True)

    async def _read(self, source: Source) -> None:
        aligner = Aligner()
        limit = self.limits.connect
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(limit):
                    pieces = await stack.enter_async_context(open_source(source, self._http))
                limit = self.limits.silence
                while True:
                    async with asyncio.timeout(limit):
                        piece = await anext(pieces, None)
                    if piece is None:
                        break
                    await self._got(aligner.feed(piece), aligner, source)
            await self._got(aligner.rest(), aligner, source)
        except TimeoutError as error:
            raise UpstreamError(
                f"Stream {source.stream_name!r}: nothing came for {limit:g} seconds"
            ) from error

    async def _got(self, data: bytes, aligner: Aligner, source: Source) -> None:
        if not data:
            return
        if self.state != "active":
            self._begin(source)
        self.is_transport_stream = aligner.is_transport_stream
        self.ring.append(data)
        self._wake()
        await self._wait_for_room()

    def _begin(self, source: Source) -> None:
        self._set("active")
        details: dict[str, Any] = {
            "stream_id": source.stream_id,
            "stream_name": source.stream_name,
        }
        if not self._was_active:
            self._was_active = True
            self._tell("channel_start", self.channel, **details)
        elif self._why is not None:
            if self._why == "channel_reconnect":
                self.reconnects += 1
            else:
                self.failovers += 1
            self._tell(self._why, self.channel, reason=self.last_error, **details)
        self._why = None
        self.ready.set()

    async def _wait_for_room(self) -> None:
        """Let players catch up, so that a source faster than they are does not run them over.

        A player that lags while another one waits for bytes uses up its patience, once; after
        that nobody waits for it and the ring overruns it.
        """
        window = self.limits.ring // 2
        while True:
            lagging = [
                client
                for client in self.clients.values()
                if self.ring.head - client.position > window
                and client.patience > 0
                and not client.ended
            ]
            if not lagging:
                return
            starving = any(c.position >= self.ring.head for c in self.clients.values())
            self._room.clear()
            began = time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.limits.patience / 4):
                    await self._room.wait()
            if starving:
                for client in lagging:
                    client.patience -= time.monotonic() - began

    def _give_up(self, attempts: int) -> None:
        self.failure = self._last_failure or UpstreamError(
            self.last_error or f"Channel {self.channel.name!r} has no stream that could be played"
        )
        self._tell(
            "channel_error",
            self.channel,
            error_type=self.failure.code,
            error_message=str(self.failure),
            attempts=attempts,
        )

    # Small things --------------------------------------------------------------------------------

    def _set(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_since = time.time()

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()
