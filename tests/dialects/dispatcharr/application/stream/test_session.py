"""Sessions against a real provider, without a server between them and the reader."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from jackfield.dialects.dispatcharr.application.stream.limits import Limits
from jackfield.dialects.dispatcharr.application.stream.ring import Overrun
from jackfield.dialects.dispatcharr.application.stream.session import Client, Session
from jackfield.dialects.dispatcharr.application.stream.source import Source
from provider_of_streams import Behaviour, Provider, numbers
from stream_rig import CHANNEL, FAST, Table, Told


def source(provider: Provider, number: int, path: str, slots: int = 0) -> Source:
    return Source(number, f"stream {number}", provider.url + path, slot=number, slots=slots)


def play(
    table: Table,
    scenario: Callable[[Session, Client], Awaitable[Any]],
    *,
    limits: Limits = FAST,
    told: Told | None = None,
) -> Any:
    """Run *scenario* with a session that one client has joined; nothing is left afterwards."""

    async def main() -> Any:
        ended = asyncio.Event()

        async def on_end(_session: Session) -> None:
            ended.set()

        async with httpx2.AsyncClient(trust_env=False) as http:
            session = Session(
                CHANNEL,
                chooser=table,
                http=http,
                limits=limits,
                tell=Told() if told is None else told,
            )
            session.start(on_end)
            client = Client("one", "127.0.0.1", "test")
            session.join(client)
            try:
                async with asyncio.timeout(30):
                    return await scenario(session, client)
            finally:
                await session.stop()
                assert ended.is_set()

    result = asyncio.run(main())
    assert all(count == 0 for count in table.used.values()), "a connection was not given back"
    return result


async def read(session: Session, client: Client, until: Callable[[bytes], bool]) -> bytes:
    data = b""
    while not until(data):
        if client.position < session.ring.head:
            piece, position = session.ring.read(client.position)
            data += piece
            session.took(client, position)
        elif session.finished.is_set():
            break
        else:
            await session.more(client, 1)
    return data


def has(stream: int, count: int) -> Callable[[bytes], bool]:
    return lambda data: sum(1 for s, _ in numbers(data) if s == stream) >= count


def test_plays_every_packet_in_order(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=None)
    told = Told()

    async def scenario(session: Session, client: Client) -> bytes:
        data = await read(session, client, has(0, 500))
        assert session.state == "active"
        assert session.ready.is_set() and session.failure is None
        return data

    data = play(Table(source(provider, 1, "/a")), scenario, told=told)
    assert [n for _, n in numbers(data)] == list(range(len(numbers(data))))
    assert told.names == ["channel_start", "channel_stop"]
    assert told.of("channel_start")["stream_name"] == "stream 1"
    assert told.of("channel_stop")["total_bytes"] >= len(data)


def test_reconnects_to_a_source_that_broke(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=50)
    told = Told()
    data = play(
        Table(source(provider, 1, "/a")),
        lambda session, client: read(session, client, has(0, 100)),
        told=told,
    )
    assert [n for _, n in numbers(data)][:100] == [*range(50), *range(50)]
    assert "channel_reconnect" in told.names
    assert provider.opened["/a"] >= 2


def test_fails_over_in_order_and_players_see_whole_packets(provider: Provider) -> None:
    provider.paths["/dead"] = Behaviour(status=503)
    provider.paths["/dying"] = Behaviour(stream=2, packets=60, hang=True)
    provider.paths["/good"] = Behaviour(stream=3)
    told = Told()
    table = Table(
        source(provider, 1, "/dead"), source(provider, 2, "/dying"), source(provider, 3, "/good")
    )

    async def scenario(session: Session, client: Client) -> bytes:
        data = await read(session, client, has(3, 200))
        assert session.failovers == 1
        assert session.source is not None and session.source.stream_id == 3
        return data

    data = play(table, scenario, told=told)
    order = list(dict.fromkeys(stream for stream, _ in numbers(data)))
    assert order == [2, 3]
    assert provider.opened == {"/dead": 2, "/dying": 2, "/good": 1}
    failover = told.of("channel_failover")
    assert failover["stream_id"] == 3
    assert "nothing came" in failover["reason"]
    assert told.of("channel_start")["stream_id"] == 2


def test_a_source_that_falls_silent_is_dead(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=10, hang=True)
    provider.paths["/b"] = Behaviour(stream=2)
    play(
        Table(source(provider, 1, "/a"), source(provider, 2, "/b")),
        lambda session, client: read(session, client, has(2, 10)),
    )


def test_gives_up_when_nothing_can_be_played(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(status=403)
    told = Told()

    async def scenario(session: Session, client: Client) -> None:
        await session.ready.wait()
        await session.finished.wait()
        assert session.state == "error"
        assert session.failure is not None
        assert "403" in str(session.failure) and "stream 1" in str(session.failure)

    play(Table(source(provider, 1, "/a")), scenario, told=told)
    error = told.of("channel_error")
    assert "403" in error["error_message"]
    assert error["attempts"] == FAST.rounds * (FAST.retries + 1)
    assert "channel_start" not in told.names and "channel_stop" not in told.names


def test_a_channel_without_streams_says_so() -> None:
    async def scenario(session: Session, client: Client) -> str:
        await session.ready.wait()
        return str(session.failure)

    assert "no stream" in play(Table(), scenario)


def test_full_accounts_are_passed_over_and_named_when_there_is_nothing_else(
    provider: Provider,
) -> None:
    provider.paths["/b"] = Behaviour(stream=2)
    table = Table(source(provider, 1, "/a", slots=1), source(provider, 2, "/b"))
    table.used[1] = 1  # taken by another channel

    async def scenario(session: Session, client: Client) -> None:
        await read(session, client, has(2, 5))
        table.used[1] = 0

    play(table, scenario)
    assert "/a" not in provider.opened

    lone = Table(source(provider, 1, "/a", slots=1))
    lone.used[1] = 1

    async def refused(session: Session, client: Client) -> str:
        await session.ready.wait()
        lone.used[1] = 0
        return str(session.failure)

    assert "fully used" in play(lone, refused)


def test_an_operator_changes_the_stream_while_it_plays(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(stream=1)
    provider.paths["/b"] = Behaviour(stream=2)
    table = Table(source(provider, 1, "/a"), source(provider, 2, "/b"))
    told = Told()

    async def scenario(session: Session, client: Client) -> bytes:
        data = await read(session, client, has(1, 50))
        before = session.ring.head
        session.change(await table.choose_stream(CHANNEL, 2))
        data += await read(session, client, has(2, 50))
        assert session.ring.head > before
        assert table.used[1] == 0 and table.used[2] == 1
        return data

    data = play(table, scenario, told=told)
    assert list(dict.fromkeys(s for s, _ in numbers(data))) == [1, 2]
    assert told.of("stream_switch")["stream_id"] == 2
    assert "channel_failover" not in told.names


def test_of_two_changes_at_once_the_later_counts(provider: Provider) -> None:
    for number in (1, 2, 3):
        provider.paths[f"/{number}"] = Behaviour(stream=number)
    table = Table(*(source(provider, n, f"/{n}") for n in (1, 2, 3)))

    async def scenario(session: Session, client: Client) -> None:
        await read(session, client, has(1, 5))
        session.change(await table.choose_stream(CHANNEL, 2))
        session.change(await table.choose_stream(CHANNEL, 3))
        await read(session, client, has(3, 5))

    play(table, scenario)


def test_a_source_faster_than_its_player_waits_for_it(provider: Provider) -> None:
    provider.paths["/fast"] = Behaviour(burst=700, pause=0)
    limits = replace(FAST, ring=188 * 1000, silence=5)

    async def scenario(session: Session, client: Client) -> list[int]:
        got: list[int] = []
        while len(got) < 20_000:
            data, position = session.ring.read(client.position)
            if not data:
                await session.more(client, 1)
                continue
            got += [n for _, n in numbers(data)]
            session.took(client, position)
            await asyncio.sleep(0.002)  # a player that takes its time
        return got

    got = play(Table(source(provider, 1, "/fast")), scenario, limits=limits)
    assert got == list(range(len(got)))


def test_a_slow_player_is_overrun_and_the_fast_one_misses_nothing(provider: Provider) -> None:
    provider.paths["/fast"] = Behaviour(burst=200, pause=0)
    limits = replace(FAST, ring=188 * 1000, behind=0, silence=5, patience=0.1)

    async def scenario(session: Session, client: Client) -> list[int]:
        slow = Client("slow", "127.0.0.2", "stalls")
        session.join(slow)
        got: list[int] = []
        while len(got) < 10_000:
            data, position = session.ring.read(client.position)
            got += [n for _, n in numbers(data)]
            session.took(client, position)
            await session.more(client, 1)
        with pytest.raises(Overrun):
            session.ring.read(slow.position)
        assert session.ring.head - session.ring.tail <= limits.ring + 65536
        return got

    got = play(Table(source(provider, 1, "/fast")), scenario, limits=limits)
    assert got == list(range(len(got)))


def test_what_is_no_transport_stream_passes_unchanged(provider: Provider) -> None:
    body = b"OggS" + bytes(range(1, 70)) * 400
    provider.paths["/radio"] = Behaviour(packets=0, body=body, hang=True)

    async def scenario(session: Session, client: Client) -> None:
        data = await read(session, client, lambda data: len(data) >= len(body))
        assert data == body
        assert session.is_transport_stream is False

    play(Table(source(provider, 1, "/radio")), scenario)


def test_ends_with_its_last_player(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour()

    async def scenario(session: Session, client: Client) -> None:
        await read(session, client, has(0, 5))
        session.leave(client)
        await session.finished.wait()
        assert session.state == "stopped"

    play(Table(source(provider, 1, "/a")), scenario)


def test_outlives_its_last_player_for_a_while_when_asked_to(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour()

    async def scenario(session: Session, client: Client) -> None:
        await read(session, client, has(0, 5))
        session.leave(client)
        await asyncio.sleep(0.05)
        assert not session.closing
        again = Client("two", "127.0.0.1", "test")
        session.join(again)
        await read(session, again, has(0, 5))
        assert provider.opened["/a"] == 1

    play(Table(source(provider, 1, "/a")), scenario, limits=replace(FAST, shutdown_delay=30))


def test_a_fault_of_ours_is_an_error_and_no_empty_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Table):
        async def choose(self, channel: Any, avoid: Any) -> Source | None:
            raise OSError("the disk is gone")

    async def scenario(session: Session, client: Client) -> str:
        await session.finished.wait()
        assert session.state == "error"
        return str(session.failure)

    assert "the disk is gone" in play(Broken(), scenario)
    assert "fault of the proxy" in caplog.text
