"""``jackfield worker``: a real process, ended by signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redis_rig import RedisServer, needs_redis

JACKFIELD = [sys.executable, "-m", "jackfield"]


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("JACKFIELD_")}
    return subprocess.run(
        [*JACKFIELD, *words], capture_output=True, text=True, env=variables | more, timeout=120
    )


@pytest.mark.e2e
def test_without_a_broker_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path), "worker")
    assert done.returncode != 0
    assert "JACKFIELD_BROKER: a worker needs the Redis that leads to its host" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("url", ["amqp://somewhere", "redis://host:port/0", "nonsense"])
def test_a_broker_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    done = run("--data", str(tmp_path), "worker", JACKFIELD_BROKER=url)
    assert done.returncode != 0
    assert "JACKFIELD_BROKER" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.e2e
def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path), "worker", "--broker", "redis://127.0.0.1:1/0")
    assert done.returncode == 6
    assert "there is no database of Dispatcharr here" in done.stderr


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path / "redis", password="a secret")
    made.start()
    yield made
    made.stop(keep=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    home = tmp_path / "data" / "dispatcharr"
    home.mkdir(parents=True)
    (home / "dispatcharr.db").touch()  # new: the worker makes its tables
    return tmp_path / "data"


class Running:
    """A worker that runs, and what it printed."""

    def __init__(self, data: Path, broker: str, *words: str) -> None:
        self.process = subprocess.Popen(
            [*JACKFIELD, "--data", str(data), "--json", "worker", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"JACKFIELD_BROKER": broker},
        )
        self.printed: list[dict[str, Any]] = []

    def read_until(self, found: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(json.loads(line))
            if found in line:
                return self.printed[-1]
        raise AssertionError(f"{found!r} was not printed: {self.printed}")

    def end(self, *signals: int) -> int:
        for number in signals:
            self.process.send_signal(number)
            time.sleep(0.3)
        rest = self.process.communicate(timeout=60)[0]
        self.printed += [json.loads(line) for line in rest.splitlines()]
        return self.process.returncode


@pytest.fixture
def started(server: RedisServer, data: Path) -> Iterator[Running]:
    made = Running(data, server.url, "--queues", "celery,dvr", "--concurrency", "2")
    yield made
    made.process.kill()
    made.process.communicate()


@needs_redis
@pytest.mark.e2e
def test_it_says_what_it_does_and_ends_on_a_signal(started: Running, data: Path) -> None:
    told = started.read_until('"started"')
    assert told["connected"]
    assert told["queues"] == ["celery", "dvr"]
    assert told["database"] == str(data / "dispatcharr" / "dispatcharr.db")
    assert "apps.m3u.tasks.refresh_m3u_accounts" in told["tasks"]
    assert "a secret" not in json.dumps(told)
    assert "a%20secret" not in json.dumps(told)
    assert started.end(signal.SIGTERM) == 0
    assert any(line.get("text") == "ending" for line in started.printed)


@needs_redis
@pytest.mark.e2e
def test_it_outlives_its_redis(started: Running, server: RedisServer) -> None:
    started.read_until('"started"')
    server.stop(keep=False)
    assert started.read_until("Redis does not answer")["level"] == "error"
    server.start()
    started.read_until("Redis answers again")
    assert started.end(signal.SIGINT) == 0


@needs_redis
@pytest.mark.e2e
def test_without_redis_a_second_signal_ends_it(started: Running, server: RedisServer) -> None:
    started.read_until('"started"')
    server.stop(keep=False)
    started.read_until("Redis does not answer")
    assert started.end(signal.SIGTERM, signal.SIGTERM) == 0
    server.start()
