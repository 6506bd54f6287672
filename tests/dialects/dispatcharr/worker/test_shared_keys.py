"""The stand-in for Redis, as real clients see it."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from jackfield.dialects.dispatcharr.worker.shared_keys import SharedKeys, path_for, url_for


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[SharedKeys]:
    made = SharedKeys(path_for(tmp_path))
    assert made.start()
    yield made
    made.stop()


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def client(
    keys: SharedKeys, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(url_for(tmp_path), protocol=request.param) as made:
        yield made


def test_what_plugins_use_of_redis(client: redis.Redis) -> None:
    """Source: dispatcharr spec 4.2."""
    assert client.set("a", "1", ex=100, nx=True)
    assert client.set("a", "2", nx=True) is None
    assert client.get("a") == b"1"
    assert 0 < client.ttl("a") <= 100
    client.execute_command("SETEX", "b", 50, b"\x00\xff\r\n")
    assert client.get("b") == b"\x00\xff\r\n"
    assert client.expire("a", 5)
    assert client.exists("a", "b", "c") == 2
    assert client.incr("n") == 1
    client.hset("h", mapping={"x": 1, "y": "z"})
    assert client.hgetall("h") == {b"x": b"1", b"y": b"z"}
    assert client.hget("h", "y") == b"z"
    client.sadd("s", "m", "n")
    assert client.smembers("s") == {b"m", b"n"}
    assert sorted(client.scan_iter(match="[abn]")) == [b"a", b"b", b"n"]
    assert client.scan(0, match="h")[1] == [b"h"]
    assert client.delete("a", "b") == 2
    assert client.eval("return redis.call('incrby', KEYS[1], ARGV[1])", 1, "n", 5) == 6


def test_pipelines_and_locks(client: redis.Redis) -> None:
    with client.pipeline() as pipe:
        pipe.set("a", 1)
        pipe.get("a")
        assert pipe.execute() == [True, b"1"]
    with client.lock("l", timeout=5):
        assert not client.lock("l").acquire(blocking=False)


def test_messages_arrive_unasked(client: redis.Redis) -> None:
    with client.pubsub() as heard:
        heard.subscribe("news")
        assert heard.get_message(timeout=5)["type"] == "subscribe"
        client.publish("news", "hello")
        assert heard.get_message(timeout=5)["data"] == b"hello"


def test_who_waits_for_an_element_gets_it(client: redis.Redis) -> None:
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.append(client.blpop(["q"], timeout=20)))
    waiting.start()
    while not got:
        client.rpush("q", "x")
        waiting.join(0.05)
    assert list(got[0]) == [b"q", b"x"]  # type: ignore[call-overload]


def test_wrong_commands_are_answered(client: redis.Redis) -> None:
    with pytest.raises(redis.ResponseError, match="unknown command"):
        client.execute_command("NONSENSE")
    with pytest.raises(redis.ResponseError, match="wrong number of arguments"):
        client.execute_command("GET")
    client.set("text", "x")
    with pytest.raises(redis.ResponseError, match="not an integer"):
        client.incr("text")
    assert client.ping()


def test_what_is_no_command_ends_the_connection_alone(keys: SharedKeys, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path_for(tmp_path)))
        sock.sendall(b"\x16\x03\x01 not redis at all\r\n\r\n")
        assert sock.recv(100).startswith(b"-ERR Protocol error")
        assert sock.recv(100) == b""
    with redis.Redis.from_url(url_for(tmp_path)) as client:
        assert client.ping()


def test_only_this_user_may_connect(keys: SharedKeys, tmp_path: Path) -> None:
    mode = path_for(tmp_path).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_there_is_one_of_it(keys: SharedKeys, tmp_path: Path) -> None:
    assert not SharedKeys(path_for(tmp_path)).start()
    with redis.Redis.from_url(url_for(tmp_path)) as client:
        assert client.ping()


def test_the_next_one_takes_over(tmp_path: Path) -> None:
    first = SharedKeys(path_for(tmp_path))
    assert first.start()
    client = redis.Redis.from_url(url_for(tmp_path))
    client.set("a", 1)
    first.stop()
    first.stop()
    with pytest.raises(redis.ConnectionError):
        client.get("a")
    second = SharedKeys(path_for(tmp_path))
    assert second.start()
    assert client.get("a") is None  # as after a start of a Redis that keeps no file
    client.close()
    second.stop()


def test_many_clients_at_once(keys: SharedKeys, tmp_path: Path) -> None:
    def count() -> None:
        with redis.Redis.from_url(url_for(tmp_path)) as client:
            for _ in range(50):
                client.incr("n")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with redis.Redis.from_url(url_for(tmp_path)) as client:
        assert client.get("n") == b"400"


def test_a_long_path_finds_a_short_place(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20) / ("longer" * 10)
    home.mkdir(parents=True)
    path = path_for(home)
    assert len(str(path)) < 100
    keys = SharedKeys(path)
    assert keys.start()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with redis.Redis.from_url(url_for(home)) as client:
        assert client.ping()
    keys.stop()


def test_many_open_files_keep_no_client_out(keys: SharedKeys, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limits[0], min(4096, limits[1])), limits[1]))
    with contextlib.ExitStack() as opened:
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        number = 0
        while number < 1100:  # beyond what select() can watch
            number = os.dup(0)
            opened.callback(os.close, number)
        with redis.Redis.from_url(url_for(tmp_path)) as client:
            assert client.set("a", "1")
            assert client.get("a") == b"1"
