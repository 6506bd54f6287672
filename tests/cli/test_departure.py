"""Streams end when the server stops; everything else notices nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from jackfield.cli.departure import Departure

Receive = Callable[[], Awaitable[dict[str, Any]]]


def serve(client: list[dict[str, Any]], app: Callable[[Receive, Departure], Any]) -> None:
    """Run one request whose client sends these messages and then stays, silent."""

    async def one() -> None:
        waiting = list(client)

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop(0)
            await asyncio.Event().wait()
            raise AssertionError("unreachable")

        async def inner(_scope: Any, given: Receive, _send: Any) -> None:
            await app(given, departure)

        departure = Departure(inner)
        await asyncio.wait_for(departure({"type": "http"}, receive, None), timeout=10)

    asyncio.run(one())


BODY = [{"type": "http.request", "body": b"all", "more_body": False}]


def test_a_stream_learns_that_it_is_over() -> None:
    async def stream(receive: Receive, departure: Departure) -> None:
        assert (await receive())["body"] == b"all"
        asyncio.get_running_loop().call_soon(departure.begin)
        assert await receive() == {"type": "http.disconnect"}

    serve(BODY, stream)


def test_who_looks_after_the_end_is_told_without_waiting() -> None:
    async def stream(receive: Receive, departure: Departure) -> None:
        await receive()
        departure.begin()
        looking = receive()
        try:
            looking.send(None)  # type: ignore[attr-defined]
        except StopIteration as done:
            assert done.value == {"type": "http.disconnect"}
        else:
            raise AssertionError("it waited")

    serve(BODY, stream)


def test_a_body_that_is_being_read_is_read_to_its_end() -> None:
    parts = [{"type": "http.request", "body": b"a", "more_body": True}, *BODY]

    async def upload(receive: Receive, departure: Departure) -> None:
        departure.begin()
        assert [(await receive())["body"], (await receive())["body"]] == [b"a", b"all"]

    serve(parts, upload)


def test_a_client_that_goes_first_is_gone() -> None:
    async def stream(receive: Receive, _departure: Departure) -> None:
        await receive()
        assert await receive() == {"type": "http.disconnect"}

    serve([*BODY, {"type": "http.disconnect"}], stream)


def test_sockets_and_the_lifespan_pass_untouched() -> None:
    async def run() -> None:
        seen: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            seen.extend([scope["type"], receive, send])

        ours = object()
        await Departure(app)({"type": "websocket"}, ours, ours)
        assert seen == ["websocket", ours, ours]

    asyncio.run(run())


def test_who_is_cut_off_is_told_so() -> None:
    async def one() -> None:
        sent: list[dict[str, Any]] = []

        async def never(_scope: Any, _receive: Any, _send: Any) -> None:
            await asyncio.Event().wait()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return BODY[0]

        departure = Departure(never)
        for begun in (False, True):
            if begun:
                departure.begin()
            task = asyncio.ensure_future(departure({"type": "http"}, receive, send))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled() is not begun
        assert [message.get("status") for message in sent] == [503, None]
        assert b"the host stopped" in sent[1]["body"]

    asyncio.run(one())
