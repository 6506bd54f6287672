"""What single players meet: over a real server, sources without a database."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace

import httpx2

from jackfield.dialects.dispatcharr.application.stream.source import Source
from provider_of_streams import Behaviour, Provider, numbers
from stream_rig import FAST, Rig, Table, running


def wait_until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 15
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def connect(url: str) -> socket.socket:
    """A player that has asked and has not read yet."""
    host, _, port = url.removeprefix("http://").strip("/").partition(":")
    player = socket.create_connection((host, int(port)), timeout=10)
    player.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return player


def test_a_player_that_reads_nothing_is_dropped_and_the_other_misses_nothing(
    provider: Provider,
) -> None:
    provider.paths["/a"] = Behaviour(burst=500, pause=0.001)
    limits = replace(FAST, ring=188 * 5000, behind=0, send=1, patience=0.2, silence=5)
    table = Table(Source(1, "one", provider.url + "/a"))
    with running(Rig(table, limits)) as rig:
        stalled = connect(rig.url)
        with httpx2.stream("GET", rig.url, trust_env=False, timeout=20) as answer:
            got: list[int] = []
            rest = b""
            for piece in answer.iter_raw():
                rest += piece
                whole = len(rest) // 188 * 188
                got += [number for _, number in numbers(rest[:whole])]
                rest = rest[whole:]
                session = rig.session()
                if len(got) > 60_000 and session and len(session.clients) == 1:
                    break
        assert got == list(range(got[0], got[0] + len(got)))
        stalled.close()
        wait_until(lambda: not rig.switchboard.sessions)
        assert rig.told.names.count("client_disconnect") == 2
        reasons = [d["reason"] for name, d in rig.told if name == "client_disconnect"]
        assert any("too slow" in reason for reason in reasons)


def test_fillers_keep_a_player_while_its_source_is_replaced(provider: Provider) -> None:
    provider.paths["/dying"] = Behaviour(stream=1, packets=100, hang=True)
    provider.paths["/good"] = Behaviour(stream=2)
    table = Table(
        Source(1, "one", provider.url + "/dying"), Source(2, "two", provider.url + "/good")
    )
    # It takes longer to see that a source is dead than to find the player silent.
    limits = replace(FAST, silence=0.6, retries=1, pause=0.3, filler=0.05)
    with running(Rig(table, limits)) as rig:
        data = b""
        with httpx2.stream("GET", rig.url, trust_env=False, timeout=20) as answer:
            for piece in answer.iter_raw():
                data += piece
                if any(stream == 2 for stream, _ in numbers(data[: len(data) // 188 * 188])):
                    break
        data = data[: len(data) // 188 * 188]
        fillers = len(data) // 188 - len(numbers(data))
        assert fillers > 0


def test_stopping_lets_players_end_whole(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour()
    with running(Rig(Table(Source(1, "one", provider.url + "/a")))) as rig:
        data = b""
        with httpx2.stream("GET", rig.url, trust_env=False, timeout=20) as answer:
            for piece in answer.iter_raw():  # ends without an error: the answer is complete
                if not data:
                    rig.loop.call_soon_threadsafe(
                        lambda: rig.loop.create_task(rig.switchboard.close())
                    )
                data += piece
        assert data and len(data) % 188 == 0
        refused = httpx2.get(rig.url, trust_env=False)
        assert refused.status_code == 503 and "being stopped" in refused.json()["error"]
    assert "channel_stop" in rig.told.names


def test_a_player_that_comes_as_the_last_one_goes_gets_a_new_session(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour()
    with running(Rig(Table(Source(1, "one", provider.url + "/a")))) as rig:
        for _ in range(15):
            with httpx2.stream("GET", rig.url, trust_env=False, timeout=20) as answer:
                assert answer.status_code == 200
                pieces = answer.iter_raw()
                assert next(pieces)
        wait_until(lambda: not rig.switchboard.sessions)
        assert rig.table.used[None] == 0


def test_a_player_that_leaves_before_the_first_byte_leaves_nothing(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=0, hang=True)
    limits = replace(FAST, silence=30)
    with running(Rig(Table(Source(1, "one", provider.url + "/a")), limits)) as rig:
        player = connect(rig.url)
        wait_until(lambda: provider.open)
        player.close()
        wait_until(lambda: not rig.switchboard.sessions and not provider.open)
        assert rig.told.names == ["client_connect", "client_disconnect"]


def test_nothing_in_time_is_an_answer_too(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=0, hang=True)
    limits = replace(FAST, silence=30, start=0.2)
    with running(Rig(Table(Source(1, "one", provider.url + "/a")), limits)) as rig:
        answer = httpx2.get(rig.url, trust_env=False, timeout=20)
        assert answer.status_code == 503 and "nothing came" in answer.json()["error"]
        assert answer.headers["retry-after"]
