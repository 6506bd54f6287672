"""What workers elsewhere tell the host, over a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from jackfield.dialects.dispatcharr.worker.broker_watch import BrokerWatch
from jackfield.dialects.dispatcharr.worker.reports_stream import (
    STREAM,
    ReportsReader,
    ReportsWriter,
)
from redis_rig import RedisServer, needs_redis
from task_host import until

pytestmark = [pytest.mark.e2e, needs_redis]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path / "redis")
    made.start()
    yield made
    made.stop(keep=False)


def reader(server: RedisServer, heard: list[Any]) -> ReportsReader:
    made = ReportsReader(
        redis.Redis.from_url(server.url), "host", lambda m, p: heard.append((m, p))
    )
    made.start()
    return made


def test_reports_arrive_in_order_and_once(server: RedisServer) -> None:
    heard: list[Any] = []
    writer = ReportsWriter(redis.Redis.from_url(server.url))
    for number in range(500):
        writer.tell("job.report", {"id": "t", "progress": number})
    first = reader(server, heard)
    assert until(lambda: len(heard) == 500)
    first.stop()
    second = reader(server, heard)
    writer.tell("job.report", {"id": "t", "progress": 500})
    assert until(lambda: len(heard) == 501)
    second.stop()
    assert writer.close() == 0
    assert heard == [("job.report", {"id": "t", "progress": n}) for n in range(501)]
    with server.client() as client:
        assert client.xlen(STREAM) == 0


def test_what_waits_while_redis_is_away_arrives(server: RedisServer) -> None:
    heard: list[Any] = []
    writer = ReportsWriter(redis.Redis.from_url(server.url))
    reading = reader(server, heard)
    writer.tell("websocket", {"data": 1})
    assert until(lambda: len(heard) == 1)
    server.stop(keep=False)
    writer.tell("websocket", {"data": 2})
    server.start()
    assert until(lambda: len(heard) == 2)
    reading.stop()
    assert writer.close() == 0


def test_what_makes_no_sense_is_left_out(server: RedisServer) -> None:
    heard: list[Any] = []
    with server.client() as client:
        client.xadd(STREAM, {"m": "task.ended", "p": "{broken"})
        client.xadd(STREAM, {"nothing": "at all"})
        client.xadd(STREAM, {"m": "os.system", "p": "{}"})
        client.xadd(STREAM, {"m": "task.acked", "p": '{"key": "k"}'})
    reading = reader(server, heard)
    assert until(lambda: heard)
    reading.stop()
    assert heard == [("task.acked", {"key": "k"})]


def test_what_cannot_be_sent_is_counted(server: RedisServer) -> None:
    server.stop(keep=False)
    writer = ReportsWriter(redis.Redis.from_url(server.url, retry=None))
    writer.tell("task.acked", {"key": "k"})
    assert writer.close(10) == 1


def test_the_watch_says_when_redis_goes_and_comes(server: RedisServer) -> None:
    said: list[tuple[bool, str]] = []
    watch = BrokerWatch(server.url, lambda up, why: said.append((up, why)))
    watch.start()
    server.stop(keep=False)
    assert until(lambda: len(said) == 1)
    assert said[0][0] is False
    assert "Connection refused" in said[0][1]
    server.start()
    assert until(lambda: len(said) == 2)
    assert said[1] == (True, "")
    watch.stop()
