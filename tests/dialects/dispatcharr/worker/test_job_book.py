"""Tasks as jobs of the host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jackfield.dialects.dispatcharr.worker.job_book import JobBook, titled
from jackfield.plugins.jobs import Jobs
from jackfield.store import Database


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    database = Database()
    made = Jobs(database)
    yield made
    made.close()
    database.close()


@pytest.fixture
def cancelled() -> list[str]:
    return []


@pytest.fixture
def book(jobs: Jobs, cancelled: list[str]) -> JobBook:
    return JobBook(jobs, cancelled.append)


def test_a_task_waits_runs_and_ends(book: JobBook) -> None:
    job = book.sent("t1", "apps.m3u.tasks.refresh", "(3,)", "my_plugin")
    assert job is not None
    assert (job.state, job.title, job.plugin) == (
        "queued", "apps.m3u.tasks.refresh(3)", "my_plugin",
    )  # fmt: skip
    book.started("t1", "apps.m3u.tasks.refresh", "(3,)", "", 0)
    assert job.state == "running"
    book.report("t1", 0.25, "a quarter", "a line")
    assert (job.progress, job.message, job.lines()[0].text) == (0.25, "a quarter", "a line")
    book.ended("t1", "SUCCESS", {"rows": 3})
    assert (job.state, job.result) == ("done", {"rows": 3})
    book.report("t1", 0.5)  # told late
    assert book.of("t1") is None


def test_a_task_that_nobody_announced_has_a_job(book: JobBook) -> None:
    book.started("t1", "some.task", "()", "", 0)
    job = book.of("t1")
    assert job is not None
    assert (job.state, job.title) == ("running", "some.task")


def test_a_task_that_is_tried_again_keeps_its_job(book: JobBook) -> None:
    job = book.sent("t1", "some.task")
    assert job is not None
    book.started("t1", "some.task", "", "", 0)
    book.ended("t1", "RETRY", error="not yet")
    assert (job.state, job.message) == ("running", "is tried again: not yet")
    assert book.sent("t1", "some.task") is job
    book.started("t1", "some.task", "", "", 1)
    assert job.message == "try 2"
    book.ended("t1", "FAILURE", error="ValueError: no", traceback="Traceback: …\n")
    assert (job.state, job.error, job.lines()[0].level) == ("failed", "ValueError: no", "error")


def test_ends_are_told_apart(book: JobBook) -> None:
    for number, (state, error, expected) in enumerate(
        [
            ("IGNORED", "", ("done", "")),
            ("REVOKED", "revoked", ("cancelled", "")),
            ("REVOKED", "expired", ("cancelled", "expired")),
            ("FAILURE", "", ("failed", "FAILURE")),
        ]
    ):
        job = book.sent(f"t{number}", "some.task")
        assert job is not None
        book.ended(f"t{number}", state, error=error)
        assert (job.state, job.error) == expected


def test_cancelling_a_job_ends_its_task(book: JobBook, jobs: Jobs, cancelled: list[str]) -> None:
    job = book.sent("t1", "some.task")
    assert job is not None
    jobs.cancel(job.id)
    assert cancelled == ["t1"]


def test_a_process_may_open_jobs_of_its_own(book: JobBook, jobs: Jobs) -> None:
    number = book.open("importing", plugin="my_plugin")
    book.report(number, 0.5, "half")
    assert jobs.get(number).message == "half"
    book.end(number, "done", {"rows": 1})
    assert jobs.get(number).result == {"rows": 1}
    other = book.open("importing")
    book.end(other, "failed", error="it broke")
    assert (jobs.get(other).state, jobs.get(other).error) == ("failed", "it broke")
    third = book.open("importing")
    book.end(third, "cancelled")
    assert jobs.get(third).state == "cancelled"
    book.end(third, "done")  # it has ended


def test_without_jobs_no_account_is_kept() -> None:
    book = JobBook(None, print)
    assert book.sent("t1", "some.task") is None
    book.started("t1", "some.task", "", "", 0)
    book.report("t1", 0.5)
    book.ended("t1", "SUCCESS")
    assert book.open("importing") == 0
    book.end(0)


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        ("", "t"), ("()", "t"), ("[]", "t"), ("(1,)", "t(1)"), ("[1, 'b']", "t(1, 'b')"),
        ("(" + "x" * 200 + ")", "t(" + "x" * 79 + "…)"),
    ],
)  # fmt: skip
def test_titles_are_short(arguments: str, title: str) -> None:
    assert titled("t", arguments) == title
