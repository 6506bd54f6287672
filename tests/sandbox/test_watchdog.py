from __future__ import annotations

import threading
import time

import pytest

from jackfield.sandbox import ffi, watchdog
from jackfield.sandbox.watchdog import Watchdog


class Run:
    def __init__(self, seconds):
        self.deadline = time.monotonic() + seconds


@pytest.fixture
def ticks(monkeypatch):
    """Counts how often the epoch advances."""
    seen = []
    monkeypatch.setattr(ffi, "increment_epoch", seen.append)
    return seen


def eventually(condition):
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)
    return condition()


def enter(dog, run):
    dog.running.add(run)
    if not dog.awake:
        dog.wake()


def test_the_epoch_advances_when_a_run_is_overdue(ticks):
    dog = Watchdog(42)
    run = Run(0.02)
    enter(dog, run)
    assert eventually(lambda: ticks)
    assert time.monotonic() >= run.deadline
    assert set(ticks) == {42}
    dog.running.discard(run)


def test_the_epoch_stays_while_all_are_in_time(ticks):
    dog = Watchdog(42)
    run = Run(60)
    enter(dog, run)
    time.sleep(0.05)
    assert ticks == []
    dog.running.discard(run)


def test_it_sleeps_when_nothing_runs_and_wakes_again(ticks):
    dog = Watchdog(42)
    for _ in range(2):
        run = Run(60)
        enter(dog, run)
        assert dog.awake
        dog.running.discard(run)
        assert eventually(lambda: not dog.awake)
    late = Run(0)
    enter(dog, late)
    assert eventually(lambda: ticks)
    dog.running.discard(late)


def test_one_thread_is_enough(ticks):
    dog = Watchdog(42)
    runs = [Run(60) for _ in range(8)]
    before = threading.active_count()
    threads = [threading.Thread(target=enter, args=(dog, run)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert threading.active_count() == before + 1
    dog.running.clear()


def test_it_looks_often_enough_to_stop_within_twenty_milliseconds():
    assert watchdog.TICK_SECONDS <= 0.01
