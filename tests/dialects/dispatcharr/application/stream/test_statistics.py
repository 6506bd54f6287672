from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.application.stream.session import Channel, Client
from jackfield.dialects.dispatcharr.application.stream.statistics import PREFIXES, RedisStatistics
from jackfield.dialects.dispatcharr.django_setup import Environment

UUID = "11111111-1111-1111-1111-111111111111"


def snapshot(*clients: str, **change: Any) -> dict[str, Any]:
    row = {
        "channel_id": UUID,
        "channel_name": "News",
        "state": "active",
        "url": "http://x/1",
        "stream_id": 4,
        "stream_name": "one",
        "m3u_profile_id": 2,
        "stream_profile": None,
        "owner": "application",
        "started_at": 1.5,
        "total_bytes": 1000,
        "avg_bitrate_kbps": 8.0,
        "failovers": 1,
        "reconnects": 0,
        "clients": [
            {
                "client_id": key,
                "ip_address": "127.0.0.1",
                "user_agent": "x",
                "user_id": "0",
                "username": "",
                "connected_at": 2.0,
                "bytes_sent": 5,
            }
            for key in clients
        ],
    }
    return {**row, **change}


@pytest.fixture
def client(django_env: Environment) -> Any:
    from core.utils import RedisClient

    client = RedisClient.get_client()
    client.flushall()
    return client


def keys(client: Any) -> set[str]:
    return {key.decode() if isinstance(key, bytes) else key for key in client.keys("*")}


def test_what_plays_is_there_and_what_ended_is_not(client: Any) -> None:
    connections = {2: 1}
    statistics = RedisStatistics(lambda: connections)
    asyncio.run(statistics.show([snapshot("a", "b")]))
    wanted = {"profile_connections:2"}
    for prefix in PREFIXES:
        base = f"{prefix}channel:{UUID}"
        wanted |= {f"{base}:metadata", f"{base}:clients", f"{base}:clients:a", f"{base}:clients:b"}
    assert keys(client) == wanted
    assert all(0 < client.ttl(key) <= 60 for key in wanted)  # nothing outlives us for long
    asyncio.run(statistics.show([snapshot("b", state="reconnecting")]))
    assert keys(client) == {key for key in wanted if not key.endswith(":a")}
    connections.clear()
    asyncio.run(statistics.show([]))
    assert keys(client) == set()


def test_a_redis_that_is_gone_is_logged_once_and_streams_go_on(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from core.utils import RedisClient

    def gone() -> Any:
        raise ConnectionError("refused")

    statistics = RedisStatistics(dict)
    with monkeypatch.context() as patch:
        patch.setattr(RedisClient, "get_client", staticmethod(gone))
        for _ in range(3):
            asyncio.run(statistics.show([snapshot("a")]))
    assert caplog.text.count("statistics of streams cannot be written") == 1
    asyncio.run(statistics.show([snapshot("a")]))
    assert keys(client)


def test_a_client_of_a_session_is_what_the_snapshot_needs() -> None:
    one = Client("a", "127.0.0.1", "x")
    assert (one.sent, one.position, one.ended) == (0, 0, "")
    assert Channel(1, UUID, "News").stream_id is None
