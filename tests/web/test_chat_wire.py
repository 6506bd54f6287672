"""The queue of one client: filled by threads, emptied on the loop, never without bound."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from typing import Any

from jackfield.web.chat_wire import CLOSE_CODES, SocketWire


class FakeSocket:
    """Takes frames as fast as *gate* lets it."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: tuple[int, str | None] | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def send_text(self, frame: str) -> None:
        await self.gate.wait()
        self.sent.append(frame)

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.closed = (code, reason)


def wire(socket: FakeSocket, queue: int = 4, ping: float = 60) -> SocketWire:
    fake: Any = socket
    return SocketWire(fake, queue, ping)


def play(scene: Coroutine[Any, Any, None]) -> None:
    """Run one scene; one that hangs fails."""

    async def bounded() -> None:
        async with asyncio.timeout(10):
            await scene

    asyncio.run(bounded())


def test_frames_keep_their_order_across_threads() -> None:
    async def scene() -> None:
        socket = FakeSocket()
        one = wire(socket, queue=1000)
        pump = asyncio.create_task(one.pump())

        def send() -> None:
            for number in range(200):
                one.send(str(number))
            one.close("restart")

        threading.Thread(target=send).start()
        await pump
        assert socket.sent == [str(number) for number in range(200)]
        assert socket.closed == (1012, "restart")

    play(scene())


def test_what_is_queued_is_sent_before_closing_and_nothing_after() -> None:
    async def scene() -> None:
        socket = FakeSocket()
        one = wire(socket)
        one.send("a")
        one.close("kicked")
        one.send("b")
        one.close("restart")
        await one.pump()
        assert socket.sent == ["a"]
        assert socket.closed == (CLOSE_CODES["kicked"], "kicked")

    play(scene())


def test_one_frame_too_many_is_the_end() -> None:
    async def scene() -> None:
        socket = FakeSocket()
        one = wire(socket, queue=3)
        socket.gate.clear()
        pump = asyncio.create_task(one.pump())
        for number in range(20):
            one.send(str(number))
        await asyncio.sleep(0)
        socket.gate.set()
        await pump
        assert json.loads(socket.sent[-1])["code"] == "slow"
        assert socket.closed == (CLOSE_CODES["slow"], "slow")

    play(scene())


def test_a_socket_that_takes_nothing_is_given_up(monkeypatch: Any) -> None:
    monkeypatch.setattr("jackfield.web.chat_wire._CLOSE_SECONDS", 0.01)

    async def scene() -> None:
        socket = FakeSocket()
        one = wire(socket, queue=1)
        socket.gate.clear()
        pump = asyncio.create_task(one.pump())
        for number in range(3):
            one.send(str(number))
        await pump
        assert socket.sent == []
        assert socket.closed is not None

    play(scene())


def test_silence_is_asked_about_once_then_ended() -> None:
    async def scene() -> None:
        socket = FakeSocket()
        await wire(socket, ping=0.01).pump()
        assert [json.loads(frame)["type"] for frame in socket.sent] == ["ping"]
        assert socket.closed == (CLOSE_CODES["silent"], "silent")

    play(scene())


def test_an_answer_keeps_the_connection() -> None:
    async def scene() -> None:
        socket = FakeSocket()
        one = wire(socket, ping=0.01)
        pump = asyncio.create_task(one.pump())
        while len(socket.sent) < 4:
            one.alive = True
            await asyncio.sleep(0.001)
        assert socket.closed is None
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)

    play(scene())


def test_cancelling_right_after_a_frame_is_not_swallowed() -> None:
    async def scene() -> None:
        one = wire(FakeSocket())
        pump = asyncio.create_task(one.pump())
        await asyncio.sleep(0.01)
        one.send("a")
        await asyncio.sleep(0)
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        assert pump.cancelled()

    play(scene())


def test_a_frame_after_the_loop_ended_does_no_harm() -> None:
    kept: list[SocketWire] = []

    async def scene() -> None:
        kept.append(wire(FakeSocket()))

    play(scene())
    kept[0].send("late")
    kept[0].close("restart")
