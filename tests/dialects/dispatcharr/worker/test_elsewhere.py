"""A worker on another machine: here a second family of processes on the same home."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.worker.celery_app import REDELIVER_S
from jackfield.dialects.dispatcharr.worker.elsewhere import (
    WorkerElsewhere,
    environment,
    wait_ready,
)
from jackfield.errors import SurroundingsError
from redis_rig import RedisServer, needs_redis
from task_host import SmallHost, until

pytestmark = [pytest.mark.e2e, needs_redis]

ROLES = {"worker": "worker_roles"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path_factory.mktemp("redis"), password="a secret")
    made.start()
    yield made
    made.stop(keep=False)


class Both:
    """A host that runs plugins' tasks only, and a worker that runs all others."""

    def __init__(self, host: SmallHost, worker: WorkerElsewhere, said: list[str]) -> None:
        self.host = host
        self.worker = worker
        self.said = said


@pytest.fixture(scope="module")
def both(
    server: RedisServer, _path: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    host = SmallHost(folder / "dispatcharr", server.url, {"queues": ["jackfield.host"]})
    host.family.worker()
    said: list[str] = []
    worker = WorkerElsewhere(
        environment(folder, server.url, ""),
        roles=ROLES,
        say=lambda level, text: said.append(f"{level}: {text}"),
    )
    worker.start()
    assert wait_ready(worker, 60)
    yield Both(host, worker, said)
    worker.close()
    host.close()


def test_a_task_runs_there_and_is_a_job_here(both: Both) -> None:
    job = both.host.ended(both.host.send("patient", 3))
    assert (job.state, job.result) == ("done", "all steps")
    assert [line.text for line in job.lines()] == ["did 0", "did 1", "did 2"]
    here = both.host.family.worker().pid
    assert both.host.ended(both.host.send("pid")).result != here
    assert until(lambda: both.host.tasks.waiting() == 0)


def test_what_fails_there_is_told_here(both: Both) -> None:
    job = both.host.ended(both.host.send("fail", "it is so"))
    assert (job.state, job.error) == ("failed", "ValueError: it is so")
    assert "sample_tasks.py" in job.lines()[-1].text


def test_a_task_that_runs_there_is_cancelled_here(both: Both) -> None:
    task_id = both.host.send("patient", 10_000)
    job = both.host.job(task_id)
    assert until(lambda: job.state == "running" and job.progress is not None)
    both.host.jobs.cancel(job.id)
    assert both.host.ended(task_id).state == "cancelled"
    assert until(lambda: both.worker.status()["running"] == 0)


def test_it_sends_tasks_and_messages_itself(both: Both) -> None:
    pages: list[Any] = []
    both.host.family.handlers["websocket"] = lambda **said: pages.append(said["data"])
    assert both.host.ended(both.host.send("flaky", 2)).result == 2
    assert both.host.ended(both.host.send("page", "hello")).state == "done"
    # The host's worker was forked with its handlers; what it tells goes to the same ones.
    child = both.host.family.worker()
    child.link._handlers["websocket"] = both.host.family.handlers["websocket"]  # type: ignore[index]
    assert both.host.ended(both.host.send("page", "again")).state == "done"
    assert until(lambda: {"type": "plugin", "message": "again"} in pages)


def test_every_queue_is_worked_on_there(both: Both) -> None:
    assert both.host.ended(both.host.send("add", 1, 1, queue="brand new")).result == 2


def test_a_plugins_task_goes_to_the_host(both: Both) -> None:
    child = both.host.plugin()
    job = both.host.ended(both.host.tasks.send("sample_plugin.where", ["from afar"]))
    assert job.result == {"pid": child.pid, "calls": 1, "text": "from afar"}
    assert job.plugin == "sample"
    both.host.drop()


def test_all_workers_answer(both: Both) -> None:
    answers = both.host.tasks.control("ping", reply=True, wait=2.0)
    assert len(answers) == 2


def test_one_beat_for_all(both: Both, server: RedisServer) -> None:
    with server.client() as client:
        holder = until(lambda: client.get("jackfield:beat"))
    assert holder in (b"jackfield@localhost", both.worker.name.encode())


def test_redis_goes_and_comes_back(both: Both, server: RedisServer, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    sent = [both.host.send("note", str(file), f"n{n}", 0.05) for n in range(40)]
    assert until(lambda: file.exists() and "end" in file.read_text())
    server.stop(keep=True)
    assert until(lambda: any("Redis does not answer" in text for text in both.said))
    server.start()
    for task_id in sent:  # one that was on its way to a worker just then comes again later
        assert both.host.ended(task_id, 3 * REDELIVER_S).state == "done"
    assert until(lambda: any("Redis answers again" in text for text in both.said)), both.said
    assert not any("a secret" in text or "a%20secret" in text for text in both.said)


def test_it_ends_after_what_runs(both: Both, tmp_path: Path) -> None:
    """The last one: the worker takes nothing any more."""
    file = tmp_path / "notes"
    task_id = both.host.send("note", str(file), "long", 2.0)
    assert until(lambda: both.host.job(task_id).state == "running")
    stopping = threading.Thread(target=both.worker.stop)
    stopping.start()
    stopping.join(60)
    assert not stopping.is_alive()
    assert file.read_text() == "begin long\nend long\n"
    assert both.host.ended(task_id).state == "done"


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError) as caught:
        WorkerElsewhere(environment(tmp_path, "redis://127.0.0.1:1/0", ""), say=print)
    assert "there is no database of Dispatcharr here" in str(caught.value)
    assert "--database" in str(caught.value)
