from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from jackfield.errors import Conflict, InvalidInput, NotFound, SurroundingsError
from jackfield.plugins.jobs import HOST_STOPPED, Job, JobCancelled, Jobs, current_job
from jackfield.store import Database
from jackfield.store.tables.jobs import JobRow


@pytest.fixture
def db() -> Iterator[Database]:
    with Database() as made:
        yield made


@pytest.fixture
def jobs(db: Database) -> Iterator[Jobs]:
    made = Jobs(db)
    yield made
    made.close()


def stored(db: Database) -> dict[int, tuple[str, str]]:
    with db.read() as session:
        return {row.id: (row.title, row.state) for row in session.scalars(select(JobRow))}


# -- making ----------------------------------------------------------------------------------------


def test_work_runs_in_a_thread_of_its_own(jobs: Jobs) -> None:
    seen: list[object] = []

    def work(job: Job) -> dict[str, int]:
        seen.extend([threading.current_thread().name, current_job() is job])
        job.report(0.5, "half")
        job.log("counting")
        return {"counted": 3}

    job = jobs.start("Count", work, plugin="lamp", dialect="stage")
    assert job.wait(10)
    assert seen == [f"job-{job.id}", True]
    assert job.to_dict() | {"created": "", "started": "", "finished": ""} == {
        "id": 1, "plugin": "lamp", "dialect": "stage", "title": "Count", "state": "done",
        "progress": 1.0, "message": "half", "created": "", "started": "", "finished": "",
        "result": {"counted": 3}, "error": "", "cancelled": False,
    }  # fmt: skip
    assert [line.text for line in job.lines()] == ["counting"]


def test_work_that_raises_fails(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    def work(_: Job) -> None:
        raise ZeroDivisionError("by zero")

    job = jobs.start("Divide", work)
    assert job.wait(10)
    assert (job.state, job.error) == ("failed", "ZeroDivisionError: by zero")
    assert isinstance(job.failure, ZeroDivisionError)


def test_run_returns_and_raises_what_the_work_does(jobs: Jobs) -> None:
    assert jobs.run(jobs.open("Count"), lambda _: 3) == 3
    failing = jobs.open("Refuse")

    def refuse(_: Job) -> None:
        raise InvalidInput("not that")

    with pytest.raises(InvalidInput, match="not that"):
        jobs.run(failing, refuse)
    assert (failing.state, failing.error) == ("failed", "not that")
    assert current_job() is None


def test_work_done_elsewhere(jobs: Jobs) -> None:
    job = jobs.open("Refresh", queued=True)
    assert job.state == "queued"
    job.report(0.1)
    assert jobs.get(job.id).state == "running"
    job.done(message="all")
    assert jobs.get(str(job.id)).to_dict()["message"] == "all"


# -- cancelling ------------------------------------------------------------------------------------


def test_work_that_asks_ends_when_it_is_cancelled(jobs: Jobs) -> None:
    began = threading.Event()

    def work(job: Job) -> None:
        began.set()
        while True:
            job.check()

    job = jobs.start("Wait", work)
    assert began.wait(10)
    assert jobs.cancel(job.id) is job
    assert job.wait(10)
    assert (job.state, job.error, job.cancelled) == ("cancelled", "", True)


def test_a_failure_that_follows_the_cancelling_is_its_end(jobs: Jobs) -> None:
    stop = threading.Event()
    job = jobs.open("Wait", on_cancel=stop.set)

    def work(_: Job) -> None:
        jobs.cancel(job.id)
        assert stop.is_set()
        raise InvalidInput("killed")

    with pytest.raises(JobCancelled):
        jobs.run(job, work)
    assert (job.state, job.error) == ("cancelled", "killed")


def test_work_that_ends_well_all_the_same_is_done(jobs: Jobs) -> None:
    job = jobs.open("Wait")

    def work(_: Job) -> int:
        jobs.cancel(job.id)
        return 3

    assert jobs.run(job, work) == 3
    assert job.state == "done"


def test_an_ended_job_cannot_be_cancelled(jobs: Jobs) -> None:
    job = jobs.open("Count")
    job.done()
    with pytest.raises(Conflict, match="job 1 has ended already: done"):
        jobs.cancel(job.id)


# -- looking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [99, "99", "x", "", "-1", 2**40])
def test_there_is_no_such_job(jobs: Jobs, asked: object) -> None:
    with pytest.raises(NotFound, match="there is no job"):
        jobs.get(asked)  # type: ignore[arg-type]


def test_the_newest_are_listed_first_from_memory_and_disk(jobs: Jobs) -> None:
    for number in range(6):
        job = jobs.open(f"n{number}", plugin="lamp" if number % 2 else "fan", dialect="stage")
        if number < 4:
            job.log("kept")
            job.done()
        if number == 2:
            assert jobs.flush()
    assert [job.title for job in jobs.list()] == ["n5", "n4", "n3", "n2", "n1", "n0"]
    assert [job.title for job in jobs.list(limit=2)] == ["n5", "n4"]
    assert [job.title for job in jobs.list(plugin="lamp")] == ["n5", "n3", "n1"]
    assert [job.title for job in jobs.list(state="done", plugin="lamp")] == ["n3", "n1"]
    assert jobs.list(dialect="other") == []
    assert [line.text for line in jobs.get(1).lines()] == ["kept"]


def test_no_such_state(jobs: Jobs) -> None:
    with pytest.raises(InvalidInput, match=r"expected one of queued, .*, found 'gone'"):
        jobs.list(state="gone")


def test_observers_are_told_until_they_had_enough(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[int, str]] = []

    def failing(_: Job) -> None:
        raise RuntimeError("observer")

    jobs.observe(failing)
    forget = jobs.observe(lambda job: told.append((job.id, job.state)))
    job = jobs.open("Count")
    job.done()
    forget()
    jobs.open("Unheard")
    assert told == [(1, "running"), (1, "done")]
    assert "an observer of the jobs failed" in caplog.text


# -- keeping ---------------------------------------------------------------------------------------


def test_jobs_are_written_by_themselves(db: Database, jobs: Jobs) -> None:
    jobs.open("Count").done()
    deadline = threading.Event()
    while stored(db) != {1: ("Count", "done")}:
        deadline.wait(0.02)


def test_an_ended_job_leaves_memory_once_it_is_stored(jobs: Jobs) -> None:
    job = jobs.open("Count")
    job.log("one")
    job.done({"n": 1})
    jobs.flush()
    again = jobs.get(job.id)
    assert again is not job
    assert again.to_dict() == job.to_dict()
    assert again.lines() == job.lines()


def test_the_oldest_that_ended_go(db: Database) -> None:
    jobs = Jobs(db, kept=3)
    old = jobs.open("still running")
    for number in range(6):
        jobs.open(f"n{number}").done()
        jobs.flush()
    assert stored(db) == {
        1: ("still running", "running"), 5: ("n3", "done"), 6: ("n4", "done"), 7: ("n5", "done"),
    }  # fmt: skip
    old.done()
    jobs.close()
    assert 1 not in stored(db)


def test_ids_go_on_after_a_restart(db: Database) -> None:
    first = Jobs(db)
    first.open("a").done()
    first.close()
    second = Jobs(db)
    assert second.open("b").id == 2
    assert [job.title for job in second.list()] == ["b", "a"]
    second.close()


def test_closing_ends_what_runs(db: Database) -> None:
    jobs = Jobs(db)
    asked: list[int] = []
    elsewhere = jobs.open("elsewhere", on_cancel=lambda: asked.append(1))
    waiting = jobs.open("waiting", queued=True)

    def work(job: Job) -> None:
        while not job.cancelled:
            threading.Event().wait(0.01)
        job.check()

    here = jobs.start("here", work)
    jobs.close()
    assert asked == [1]
    assert (elsewhere.state, elsewhere.error) == ("failed", HOST_STOPPED)
    assert (waiting.state, waiting.error) == ("failed", HOST_STOPPED)
    assert here.state == "cancelled"
    assert {state for _, state in stored(db).values()} == {"failed", "cancelled"}


KILLED = """
import os, sys
from jackfield.plugins.jobs import Jobs
from jackfield.store import Database

jobs = Jobs(Database(sys.argv[1]))
jobs.open("running").report(0.5, "half")
jobs.open("waiting", queued=True)
jobs.open("over").done()
jobs.flush()
os._exit(1)
"""


def test_what_a_killed_host_left_is_marked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/jackfield.db"
    subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    with Database(url) as db:
        jobs = Jobs(db)
        found = [(job.title, job.state, job.error, job.message) for job in jobs.list()]
        assert found == [
            ("over", "done", "", ""),
            ("waiting", "failed", HOST_STOPPED, ""),
            ("running", "failed", HOST_STOPPED, "half"),
        ]
        assert all(job.finished is not None for job in jobs.list())
        jobs.close()


def test_a_disk_that_refuses_loses_nothing(
    db: Database, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> None:
        raise SurroundingsError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(db, "begin", full)
        job = jobs.open("Count")
        job.done(3)
        assert not jobs.flush()
        assert "the disk is full" in caplog.text
        assert jobs.get(job.id) is job
    assert jobs.flush()
    assert stored(db) == {1: ("Count", "done")}


def test_many_jobs_at_once(db: Database, jobs: Jobs) -> None:
    for number in range(450):
        job = jobs.open(f"n{number}", queued=True)
        if number % 2:
            job.done()
    assert jobs.flush()
    assert len(stored(db)) == 450
    assert len(jobs.list(limit=500)) == 450
    assert [job.title for job in jobs.list(state="done", limit=2)] == ["n449", "n447"]


def test_what_is_no_mistake_of_the_disk_does_not_end_the_writing(
    db: Database, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(db, "begin", broken)
        jobs.open("Count").done()
        assert not jobs.flush()
    assert jobs.flush()
    assert stored(db) == {1: ("Count", "done")}
