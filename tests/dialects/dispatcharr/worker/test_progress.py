"""What a task says of itself."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link
from jackfield.dialects.dispatcharr.worker import progress


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    reports: list[dict[str, Any]] = []
    ours, theirs = socket.socketpair()
    host = Link(theirs, {"job.report": lambda **r: reports.append(r), "settled": lambda: True})
    link = Link(ours, {})
    here.attach(link, "worker")
    yield reports
    here.detach()
    link.close()
    host.close()


def test_inside_a_task_the_host_is_told(told: list[dict[str, Any]]) -> None:
    with progress.of_task("t1"):
        assert progress.task_id() == "t1"
        progress.report(0.5, "half")
        progress.report(message="still")
        progress.log("a line")
    here.call("settled", timeout=10)
    assert told == [
        {"id": "t1", "progress": 0.5, "message": "half"},
        {"id": "t1", "progress": None, "message": "still"},
        {"id": "t1", "log": "a line"},
    ]


def test_outside_a_task_nothing_happens(told: list[dict[str, Any]]) -> None:
    assert progress.task_id() == ""
    progress.report(0.5)
    progress.log("a line")
    progress.check_cancelled()
    here.call("settled", timeout=10)
    assert told == []


def test_a_cancelled_task_notices() -> None:
    with progress.of_task("t1"):
        progress.check_cancelled()
        progress.cancel("t1")
        assert progress.cancelled()
        with pytest.raises(progress.TaskCancelled):
            progress.check_cancelled()
        with progress.of_task("t2"):
            progress.check_cancelled()
    with progress.of_task("t1"):
        progress.check_cancelled()  # its end was the end of that
