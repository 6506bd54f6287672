from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from jackfield.errors import InvalidInput
from jackfield.plugins.job import MAX_LINES, MAX_LOG_BYTES, Job, JobCancelled, current_job


def test_a_new_job_waits_or_runs() -> None:
    waits = Job(1, "Count")
    runs = Job(2, "Count", state="running")
    assert (waits.state, waits.started, waits.ended) == ("queued", None, False)
    assert (runs.state, runs.started) == ("running", runs.created)
    waits.begin()
    assert waits.state == "running" and waits.started is not None
    started = waits.started
    waits.begin()
    assert waits.started == started


def test_a_report_begins_a_job_that_waits() -> None:
    job = Job(1, "Count")
    job.report(0.25, "one of four")
    assert (job.state, job.progress, job.message) == ("running", 0.25, "one of four")
    job.report(message="two of four")
    assert (job.progress, job.message) == (0.25, "two of four")


@pytest.mark.parametrize(("given", "kept"), [(-1, 0.0), (0.5, 0.5), (7, 1.0)])
def test_progress_stays_within_its_bounds(given: float, kept: float) -> None:
    job = Job(1, "Count", state="running")
    job.report(given)
    assert job.progress == kept


def test_the_first_end_counts() -> None:
    job = Job(1, "Count", state="running")
    job.done({"counted": 3}, message="3 counted")
    assert job.ended and job.wait(0)
    finished = job.finished
    job.fail("too late")
    job.report(0.1, "too late")
    job.log("too late")
    assert (job.state, job.result, job.error) == ("done", {"counted": 3}, "")
    assert (job.progress, job.message, job.finished, job.lines()) == (
        1.0, "3 counted", finished, [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("no space", "no space"),
        (ValueError("no space"), "ValueError: no space"),
        (ValueError(), "ValueError"),
        (InvalidInput("no space", plugin="lamp"), "no space"),
    ],
)
def test_why_it_failed(error: Any, text: str) -> None:
    job = Job(1, "Count", state="running")
    job.fail(error, {"counted": 1})
    assert (job.state, job.error, job.result) == ("failed", text, {"counted": 1})
    assert job.failure is (error if isinstance(error, BaseException) else None)


class Odd:
    def __str__(self) -> str:
        return "odd"


def test_a_result_is_what_json_would_have() -> None:
    job = Job(1, "Count", state="running")
    job.done({"set": {1}, "tuple": (1, 2), "odd": Odd(), 3: None})
    assert job.result == {"set": [1], "tuple": [1, 2], "odd": "odd", "3": None}


def test_a_result_that_is_no_json_at_all_is_a_text() -> None:
    endless: list[Any] = []
    endless.append(endless)
    job = Job(1, "Count", state="running")
    job.done(endless)
    assert job.result == "[[...]]"


def test_a_large_result_is_not_kept() -> None:
    job = Job(1, "Count", state="running")
    job.done("x" * (2 * 1024 * 1024))
    assert len(job.to_dict()["result"]) == 2 * 1024 * 1024
    assert job.row()["result"] is None


def test_the_log_is_numbered_and_bounded() -> None:
    job = Job(1, "Count", state="running")
    for number in range(MAX_LINES + 5):
        job.log(f"line {number}", "warning")
    assert len(job.lines()) == MAX_LINES
    assert job.lines()[0].text == "line 5"
    assert [(line.number, line.level) for line in job.lines(after=MAX_LINES + 4)] == [
        (MAX_LINES + 5, "warning")
    ]


def test_the_log_is_bounded_in_bytes() -> None:
    job = Job(1, "Count", state="running")
    for _ in range(100):
        job.log("x" * 10_000)
    assert sum(len(line.text) for line in job.lines()) <= MAX_LOG_BYTES
    assert job.lines()[-1].number == 100


def test_a_log_commands_no_terminal_and_knows_its_levels() -> None:
    job = Job(1, "Count \x1b[31m", state="running")
    job.log("\x1b[2Jgone", "shout")
    assert (job.title, job.lines()[0].text, job.lines()[0].level) == (
        "Count  [31m", " [2Jgone", "info",
    )  # fmt: skip


def test_cancel_asks_the_work() -> None:
    asked: list[int] = []
    job = Job(1, "Count", state="running", on_cancel=lambda: asked.append(1))
    job.check()
    job.cancel()
    job.cancel()
    assert (asked, job.cancelled, job.state) == ([1], True, "running")
    assert job.lines()[-1].text == "it is being cancelled"
    with pytest.raises(JobCancelled, match="job 1 was cancelled"):
        job.check()
    job.stopped("after 3")
    assert (job.state, job.error) == ("cancelled", "after 3")


def test_two_who_cancel_at_once_ask_the_work_once() -> None:
    class Slow(threading.Event):
        def is_set(self) -> bool:
            is_set = super().is_set()
            time.sleep(0.05)
            return is_set

    asked: list[int] = []
    job = Job(1, "Count", state="running", on_cancel=lambda: asked.append(1))
    job._cancelled = Slow()
    both = [threading.Thread(target=job.cancel) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert asked == [1]


def test_cancel_of_work_that_ends_at_that_moment_is_no_failure() -> None:
    class Ending(Job):
        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name == "on_cancel":
                self.on_cancel = None
            return value

    asked: list[int] = []
    job = Ending(1, "Count", state="running", on_cancel=lambda: asked.append(1))
    job.cancel()
    assert asked == [1]


def test_cancel_ends_what_nobody_works_on() -> None:
    job = Job(1, "Count")
    job.cancel()
    assert (job.state, job.started, job.ended) == ("cancelled", None, True)


def test_cancel_of_an_ended_job_does_nothing() -> None:
    job = Job(1, "Count", state="running", on_cancel=lambda: pytest.fail("asked"))
    job.done()
    job.cancel()
    assert (job.state, job.cancelled) == ("done", False)


def test_a_job_comes_back_from_its_row() -> None:
    job = Job(7, "Count", plugin="lamp", dialect="stage", state="running")
    job.report(0.5, "half")
    job.log("one")
    job.fail("no space")

    class Row:
        pass

    row = Row()
    row.__dict__.update(job.row())
    back = Job.from_row(row, job.row()["log"])
    assert back.to_dict() == job.to_dict()
    assert back.lines() == job.lines()
    assert back.ended and back.wait(0)


def test_each_change_is_told() -> None:
    told: list[str] = []
    job = Job(1, "Count", changed=lambda job: told.append(job.state))
    job.begin()
    job.log("x")
    job.report(0.5)
    job.done()
    assert told == ["running", "running", "running", "done"]


def test_many_threads_report() -> None:
    job = Job(1, "Count", state="running")

    def work() -> None:
        for _ in range(100):
            job.log("x")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [line.number for line in job.lines()] == list(range(1, 801))


def test_no_job_is_current_by_itself() -> None:
    assert current_job() is None
