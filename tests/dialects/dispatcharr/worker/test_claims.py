"""Redis gives nobody a message that a living worker holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kombu import Connection

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.worker.claims import Claims
from jackfield.dialects.dispatcharr.worker.transports import BrokerOutlet
from redis_rig import RedisServer, needs_redis
from task_host import until

pytestmark = [pytest.mark.e2e, needs_redis]


@pytest.fixture
def server(tmp_path: Path, django_env: Environment) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path / "redis")
    made.start()
    yield made
    made.stop(keep=False)


def message(key: str) -> dict[str, Any]:
    return {
        "body": "e30=", "content-type": "application/json", "content-encoding": "utf-8",
        "headers": {"id": key, "task": "a.task"},
        "properties": {
            "delivery_tag": key, "body_encoding": "base64", "priority": 0,
            "delivery_info": {"exchange": "", "routing_key": "celery"},
        },
    }  # fmt: skip


def test_what_is_held_is_renewed(server: RedisServer) -> None:
    outlet = BrokerOutlet(server.url)
    for key in ("one", "two", "three"):
        outlet(message(key))
    with Connection(server.url) as connection:
        channel = connection.default_channel
        taken = [channel.basic_get("celery") for _ in range(2)]
        taken[0].ack()
        held = taken[1].delivery_tag
        with server.client() as client:
            client.zadd("unacked_index", {held: 1.0})
            claims = Claims(lambda: SimpleNamespace(task_consumer=SimpleNamespace(channel=channel)))
            assert claims.renew() == 1
            assert client.zscore("unacked_index", held) > 1e9
            assert client.zcard("unacked_index") == 1
        absent = outlet.absent(dict.fromkeys(("one", "two", "three", "four"), "celery"))
        assert absent == ["one", "four"]  # what was done with, and what never was
        taken[1].ack()
    outlet.close()


def test_without_a_consumer_nothing_is_renewed() -> None:
    assert Claims(lambda: None).renew() == 0


def test_it_goes_on_after_a_failure() -> None:
    asked: list[int] = []

    def consumer() -> Any:
        asked.append(1)
        raise ConnectionError("away")

    claims = Claims(consumer, every=0.01)
    claims.start()
    assert until(lambda: len(asked) > 3)
    claims.stop()
