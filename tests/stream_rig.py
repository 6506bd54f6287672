"""What tests of the stream proxy share: sources without a database, and a server around them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from jackfield.dialects.dispatcharr.application.stream.limits import Limits
from jackfield.dialects.dispatcharr.application.stream.player import Playing, refuse
from jackfield.dialects.dispatcharr.application.stream.session import Channel, Client
from jackfield.dialects.dispatcharr.application.stream.source import Source, StreamError
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard
from jackfield.errors import NotFound

FAST = Limits(
    connect=2, silence=0.5, retries=1, rounds=2, pause=0.01, stable=60, start=5, filler=0.05,
    linger=2,
)  # fmt: skip
CHANNEL = Channel(1, "11111111-1111-1111-1111-111111111111", "News")


class Table:
    """A chooser over a list, which counts the connections as the real one does."""

    def __init__(self, *sources: Source) -> None:
        self.sources = list(sources)
        self.used: Counter[int | None] = Counter()

    def _take(self, source: Source) -> Source | None:
        if source.slots and self.used[source.slot] >= source.slots:
            return None
        self.used[source.slot] += 1
        return source

    async def choose(self, channel: Channel, avoid: frozenset[Any]) -> Source | None:
        left = [source for source in self.sources if source.key not in avoid]
        for source in left:
            if taken := self._take(source):
                return taken
        if left:
            raise StreamError("every account is fully used")
        return None

    async def choose_stream(self, channel: Channel, stream_id: int) -> Source:
        for source in self.sources:
            if source.stream_id == stream_id:
                if taken := self._take(source):
                    return taken
                raise StreamError("fully used")
        raise NotFound("no such stream")

    def release(self, source: Source) -> None:
        self.used[source.slot] -= 1


class Told(list[tuple[str, dict[str, Any]]]):
    def __call__(self, event: str, channel: Channel, **details: Any) -> None:
        assert channel is not None
        self.append((event, details))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self]

    def of(self, event: str) -> dict[str, Any]:
        return next(details for name, details in self if name == event)


class Rig:
    """A server that plays :data:`CHANNEL` at every path."""

    def __init__(self, table: Table, limits: Limits = FAST) -> None:
        self.table = table
        self.told = Told()
        self.limits = limits
        self.url = ""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.switchboard: Switchboard | None = None
        self._count = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http" and self.switchboard is not None
        self._count += 1
        client = Client(f"client-{self._count}", "127.0.0.1", "test")
        try:
            session = await self.switchboard.join(CHANNEL, client)
        except StreamError as error:
            await refuse(send, error)
            return
        await Playing(session, client, self.switchboard.left)(scope, receive, send)

    def run(self, coroutine: Any) -> Any:
        """Run on the server's loop and wait."""
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def session(self) -> Any:
        assert self.switchboard is not None
        return self.switchboard.sessions.get(CHANNEL.uuid)


@contextlib.contextmanager
def running(rig: Rig) -> Iterator[Rig]:
    server = uvicorn.Server(
        uvicorn.Config(
            rig.app, port=0, log_level="warning", lifespan="off", ws="none", interface="asgi3"
        )
    )
    ready = threading.Event()

    async def main() -> None:
        rig.loop = asyncio.get_running_loop()
        rig.switchboard = Switchboard(chooser=rig.table, tell=rig.told, limits=rig.limits)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        rig.url = f"http://127.0.0.1:{port}/"
        ready.set()
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(10)
    try:
        yield rig
    finally:
        assert rig.switchboard is not None
        rig.run(rig.switchboard.close())
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()
