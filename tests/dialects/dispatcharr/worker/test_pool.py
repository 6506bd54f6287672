"""Ending what runs in a thread."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from jackfield.dialects.dispatcharr.worker.pool import Interrupted, Run


def spin(run: Run, began: threading.Event, seen: list[str]) -> None:
    run.begin()
    began.set()
    try:
        while True:
            time.sleep(0.001)
    except Interrupted:
        seen.append("interrupted")
    finally:
        run.end()


def test_a_run_is_interrupted() -> None:
    run, began, seen = Run("a.task", "1"), threading.Event(), list[str]()
    thread = threading.Thread(target=spin, args=(run, began, seen))
    thread.start()
    assert began.wait(10)
    assert run.interrupt(Interrupted)
    thread.join(10)
    assert seen == ["interrupted"]
    assert not run.interrupt(Interrupted)
    assert run.ident is None


@pytest.mark.parametrize("_again", range(50))
def test_what_comes_too_late_strikes_nobody(_again: int) -> None:
    """The thread may be at its next task already."""
    run, began, failed = Run("a.task", "1"), threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            run.begin()
            began.set()
            try:
                sum(range(2000))
            except Interrupted:
                pass
            finally:
                run.end()
            for _ in range(200):
                time.sleep(0)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    began.wait(10)
    run.interrupt(Interrupted)
    thread.join(10)
    assert failed == []


def test_a_traced_process_goes_on_afterwards() -> None:
    # What was sent too late is caught, not cleared: of a cleared one, CPython 3.11 keeps a flag
    # under which a traced thread never leaves the first line of a function.
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        test_a_run_is_interrupted()
        test_what_comes_too_late_strikes_nobody(0)
    finally:
        sys.settrace(before)
