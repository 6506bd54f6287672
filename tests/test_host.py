"""A host's life: made, started, stopped, in any order and more than once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jackfield.config import ChatSettings, Config
from jackfield.errors import Conflict
from jackfield.host import Host
from jackfield.services.chat_room import ChatRoom


def free(folder: Path) -> bool:
    """Whether another host could use that data directory now."""
    try:
        Host(Config(data_dir=folder), dialects={}).stop()
    except Conflict:
        return False
    return True


class Closed:
    """A lent service that notes when it is closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self.error = error

    def close(self) -> None:
        self.times += 1
        if self.error is not None:
            raise self.error


async def live(app: Any) -> None:
    """One lifespan of an ASGI application."""
    started: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan"}, told.get, started.put))
    await told.put({"type": "lifespan.startup"})
    assert (await started.get())["type"] == "lifespan.startup.complete"
    await told.put({"type": "lifespan.shutdown"})
    assert (await started.get())["type"] == "lifespan.shutdown.complete"
    await task


def test_stopping_twice_stops_once(tmp_path: Path) -> None:
    lent = Closed()
    host = Host(Config(data_dir=tmp_path), dialects={}, services={Closed: lent})
    host.start()
    assert host.wait_started(30)
    assert not free(tmp_path)
    host.stop()
    host.stop()
    assert lent.times == 1
    assert free(tmp_path)


def test_a_host_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    Host(Config(data_dir=tmp_path), dialects={}).stop()
    assert free(tmp_path)


def test_a_stopped_host_does_not_start_again() -> None:
    host = Host(dialects={})
    host.stop()
    with pytest.raises(Conflict, match="was stopped"):
        host.start()


def test_stopped_from_many_threads_at_once() -> None:
    lent = Closed()
    host = Host(dialects={}, services={Closed: lent})
    host.start()
    threads = [threading.Thread(target=host.stop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert lent.times == 1


def test_what_fails_to_close_keeps_nothing_else_open(tmp_path: Path) -> None:
    host = Host(
        Config(data_dir=tmp_path),
        dialects={},
        services={Closed: Closed(RuntimeError("no")), Path: (last := Closed())},
    )
    with pytest.raises(RuntimeError, match="no"):
        host.stop()
    assert last.times == 1
    assert free(tmp_path)
    host.stop()


def test_a_host_that_could_not_be_made_lets_go_of_everything(tmp_path: Path) -> None:
    def attach(_core: object) -> None:
        raise RuntimeError("not today")

    broken: Any = SimpleNamespace(name="broken", suffixes=(), permissions={}, attach=attach)
    before = set(threading.enumerate())
    lent = Closed()
    with pytest.raises(RuntimeError, match="not today"):
        Host(
            Config(data_dir=tmp_path),
            dialects={"broken": broken},
            services={Closed: lent},
        )
    assert lent.times == 1
    assert free(tmp_path)
    assert set(threading.enumerate()) <= before


def test_with_a_host_and_its_applications_lifespan(tmp_path: Path) -> None:
    with Host(Config(data_dir=tmp_path), dialects={}) as host:
        asyncio.run(live(host.asgi()))
        assert free(tmp_path), "the lifespan's end stopped it"
    assert free(tmp_path)


def test_a_lifespan_of_a_stopped_host_fails_and_says_why() -> None:
    host = Host(dialects={})
    host.stop()
    with pytest.raises(Conflict, match="was stopped"):
        asyncio.run(asyncio.wait_for(live_raising(host.asgi()), 30))


async def live_raising(app: Any) -> None:
    told = [{"type": "lifespan.startup"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return told.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await app({"type": "lifespan"}, receive, send)


def test_the_chats_bounds_are_the_configured_ones() -> None:
    config = Config(chat=ChatSettings(history=7, max_per_address=3))
    with Host(config, dialects={}) as host:
        assert host.services.get(ChatRoom).settings == config.chat
