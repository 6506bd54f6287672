from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from dialects.dispatcharr.site.stand_in import StandIn
from jackfield.dialects.dispatcharr.site import application as module
from jackfield.dialects.dispatcharr.site.application import Application
from jackfield.errors import Unavailable


def test_it_is_started_once_and_asked(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "a.sock")
    starts: list[int] = []

    def start() -> Path:
        starts.append(1)
        return stand_in.path

    async def play() -> None:
        application = Application(start)
        question = {"username": "ann", "password": "pw"}
        answers = await asyncio.gather(
            *(application.ask("/internal/authenticate", question) for _ in range(5))
        )
        assert answers == [(200, {"id": 1, "username": "ann", "level": 10})] * 5
        assert len(starts) == 1
        await application.close()

    asyncio.run(play())
    stand_in.stop()


def test_a_slow_start_is_said_and_goes_on(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "a.sock")
    gate = threading.Event()

    def start() -> Path:
        assert gate.wait(10)
        return stand_in.path

    async def play() -> None:
        application = Application(start, patience=0.01)
        with pytest.raises(Unavailable, match="is starting"):
            await application.ask("/x", {})
        gate.set()
        for _ in range(500):
            try:
                assert (await application.ask("/internal/authenticate", {}))[0] == 401
                break
            except Unavailable:
                await asyncio.sleep(0.01)
        else:
            raise AssertionError("it did not come")
        await application.close()

    asyncio.run(play())
    stand_in.stop()


def test_a_failed_start_is_believed_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[int] = []

    def start() -> Path:
        starts.append(1)
        raise Unavailable("Django is broken\nTraceback …")

    async def play() -> None:
        application = Application(start)
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                await application.ask("/x", {})
            assert caught.value.message == "Django is broken"
        assert len(starts) == 1
        monkeypatch.setattr(module, "AGAIN_S", 0.0)
        with pytest.raises(Unavailable):
            await application.ask("/x", {})
        assert len(starts) == 2

    asyncio.run(play())


def test_nobody_is_there(tmp_path: Path) -> None:
    async def play() -> None:
        application = Application(lambda: tmp_path / "nothing.sock")
        with pytest.raises(Unavailable, match="cannot be reached"):
            await application.ask("/x", {})
        with pytest.raises(Unavailable, match="cannot be reached"):
            await application.open("GET", b"/x", [], None)
        await application.close()

    asyncio.run(play())
