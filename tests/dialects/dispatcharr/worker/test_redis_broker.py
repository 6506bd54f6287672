"""Tasks by way of a real Redis, which is stopped and started while they run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.processes.link import LinkClosed
from jackfield.dialects.dispatcharr.worker.celery_app import REDELIVER_S
from redis_rig import RedisServer, needs_redis
from task_host import SmallHost, until

pytestmark = [pytest.mark.e2e, needs_redis]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path / "redis", password="a secret")
    made.start()
    yield made
    made.stop(keep=False)


@pytest.fixture
def redis_host(server: RedisServer, new_host: Callable[..., SmallHost]) -> SmallHost:
    return new_host(broker=server.url)


def counted(file: Path) -> dict[str, int]:
    """How often each note was ended."""
    seen: dict[str, int] = {}
    if file.exists():
        for line in file.read_text().splitlines():
            what, _, text = line.partition(" ")
            if what == "end":
                seen[text] = seen.get(text, 0) + 1
    return seen


def test_tasks_run(redis_host: SmallHost) -> None:
    host = redis_host
    host.plugin()
    assert host.ended(host.send("add", 2, 3)).result == 5
    assert host.ended(host.send("flaky", 2)).result == 2
    assert host.ended(host.send("add", 1, 1, queue="another queue")).result == 2
    assert host.act("result", x=4, y=5) == 9
    assert host.act("chain") == 16
    assert host.ended(host.tasks.send("sample.named", [4])).result == 8
    assert until(lambda: host.tasks.waiting() == 0)


def test_all_processes_see_the_same_keys(redis_host: SmallHost, server: RedisServer) -> None:
    redis_host.plugin()
    redis_host.act("set", name="greeting", value="hello")
    assert redis_host.ended(redis_host.send("fetch", "greeting")).result == "hello"
    with server.client() as client:
        assert client.get("greeting") == b"hello"


def test_workers_can_be_asked_and_tasks_ended(redis_host: SmallHost, tmp_path: Path) -> None:
    host = redis_host
    host.plugin()
    assert host.ended(host.send("add", 1, 1)).result == 2
    (answers,) = host.act("inspect")["ping"].values()
    assert answers == {"ok": "pong"}
    task_id = host.send("stubborn", str(tmp_path / "end"))
    assert until(lambda: host.job(task_id).state == "running")
    host.jobs.cancel(host.job(task_id).id)
    assert host.ended(task_id).state == "cancelled"
    assert until((tmp_path / "end").exists)


def test_a_redis_that_is_away_at_first_is_waited_for(
    tmp_path: Path, new_host: Callable[..., SmallHost]
) -> None:
    server = RedisServer(tmp_path / "redis")
    host = new_host(broker=server.url)
    host.family.worker()
    message_taken = host.send("add", 1, 2)
    assert until(lambda: "tasks wait" in host.texts())
    assert "a secret" not in host.texts()
    server.start()
    try:
        assert host.ended(message_taken).result == 3
        assert until(lambda: "answers again" in host.texts() or "taken again" in host.texts())
    finally:
        server.stop(keep=False)


@pytest.mark.parametrize("keep", [True, False], ids=["with its data", "without its data"])
def test_a_redis_that_is_started_again_loses_no_task(
    redis_host: SmallHost, server: RedisServer, tmp_path: Path, keep: bool
) -> None:
    host = redis_host
    file = tmp_path / "notes"
    before = [host.send("note", str(file), f"a{n}", 0.1) for n in range(60)]
    assert until(lambda: len(counted(file)) > 5)
    server.stop(keep=keep)
    assert until(lambda: "tasks wait" in host.texts())
    away = [host.send("note", str(file), f"b{n}", 0.01) for n in range(20)]
    server.start()
    for task_id in before + away:
        assert host.ended(task_id, 3 * REDELIVER_S).state == "done"
    seen = counted(file)
    assert sorted(seen) == sorted([f"a{n}" for n in range(60)] + [f"b{n}" for n in range(20)])
    again = [text for text, times in seen.items() if times > 1]
    # What ran as Redis went may run once more: that it ended could not be said.
    assert len(again) <= 12


def test_what_a_dead_worker_held_is_done_by_the_next(
    redis_host: SmallHost, server: RedisServer, tmp_path: Path
) -> None:
    host = redis_host
    file = tmp_path / "notes"
    waits = [host.send("note", str(file), f"w{n}", 0.2) for n in range(30)]
    assert until(lambda: len(counted(file)) > 3)
    os.kill(host.family.worker().pid, signal.SIGKILL)
    # Those that ran are given out again when Redis has waited for them; the others at once.
    assert until(lambda: len(counted(file)) >= 30 - 6, 60)
    assert sum(host.job(task_id).state == "done" for task_id in waits) >= 30 - 2 * 6
    # The next one is idle now. What it finds once the wait is over, it does all the same.
    with server.client() as client:
        assert until(lambda: client.llen("celery") == 0)
        held = client.zrange("unacked_index", 0, -1)
        assert held
        client.zadd("unacked_index", dict.fromkeys(held, 0.0), xx=True)
    assert [host.ended(task_id).state for task_id in waits] == ["done"] * 30


@pytest.mark.parametrize("lost", [False, True], ids=["comes again", "is lost"])
def test_a_result_that_nobody_told_of_is_told_later(
    redis_host: SmallHost, server: RedisServer, lost: bool
) -> None:
    host = redis_host
    task_id = host.send("vanish")
    first = host.family.worker()
    assert until(lambda: not first.alive)
    assert until(lambda: host.family.worker() is not first)
    with server.client() as client:
        held = until(lambda: client.zrange("unacked_index", 0, -1))
        if lost:
            client.delete("unacked", "unacked_index")
            host.tasks._compare_at = 0.0
            host.tasks._wake()
        else:
            client.zadd("unacked_index", dict.fromkeys(held, 0.0), xx=True)
    job = host.ended(task_id)
    assert (job.state, job.result) == ("done", "kept")
    assert until(lambda: host.tasks.waiting() == 0)


def test_a_worker_that_ends_while_it_is_asked_is_asked_again(
    redis_host: SmallHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = redis_host
    assert host.ended(host.send("add", 1, 1)).result == 2
    compare, asked = host.tasks._compare, []

    def ends() -> bool:
        if not asked:
            asked.append(True)
            raise LinkClosed("message.missing: the other process ended before it answered")
        return compare()

    monkeypatch.setattr(host.tasks, "_compare", ends)
    host.tasks._wake()
    assert until(lambda: asked)
    assert host.ended(host.send("add", 2, 2)).result == 4
