"""Redis as plugins reach it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.worker.shared_keys import SharedKeys, path_for, url_for
from redis_rig import RedisServer, needs_redis


@pytest.fixture
def made(django_env: Environment) -> Iterator[list[redis.Redis]]:
    clients: list[redis.Redis] = []
    yield clients
    for client in clients:
        client.close()


def client_of(url: str, made: list[redis.Redis]) -> redis.Redis:
    from core import redis_client

    made.append(redis_client._made(url, text=False))
    return made[-1]


def test_without_a_redis_keys_are_the_process_own(django_env: Environment) -> None:
    from core.utils import RedisClient
    from django_redis import get_redis_connection

    client = RedisClient.get_client()
    assert client is RedisClient.get_client(max_retries=2, retry_interval=1)
    client.set("a", "ü")
    assert get_redis_connection("default").get("a") == "ü".encode()
    assert RedisClient.get_text_client().get("a") == "ü"
    assert RedisClient.get_buffer() is client
    RedisClient.close()
    assert RedisClient.get_client().get("a") == "ü".encode()
    RedisClient.get_client().flushall()
    RedisClient.close()


def test_the_shared_keys_are_reached_and_found_again(
    made: list[redis.Redis], tmp_path: Path
) -> None:
    keys = SharedKeys(path_for(tmp_path))
    keys.start()
    client = client_of(url_for(tmp_path), made)
    client.set("a", 1)
    keys.stop()
    again = SharedKeys(path_for(tmp_path))
    later = threading.Timer(0.3, again.start)
    later.start()
    assert client.set("a", 2)  # waits for the one that comes back
    assert client.get("a") == b"2"
    later.join()
    again.stop()


def test_what_never_answers_is_an_error_in_time(made: list[redis.Redis], tmp_path: Path) -> None:
    client = client_of(url_for(tmp_path), made)
    with pytest.raises(redis.ConnectionError, match="No such file"):
        client.get("a")


@needs_redis
@pytest.mark.e2e
def test_a_real_redis_is_found_again(made: list[redis.Redis], tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", password="a secret")
    server.start()
    client = client_of(server.url, made)
    assert client.eval("return redis.call('incr', KEYS[1])", 1, "n") == 1
    server.stop(keep=True)
    later = threading.Timer(0.3, server.start)
    later.start()
    assert client.incr("n") == 2
    later.join()
    server.stop(keep=False)
