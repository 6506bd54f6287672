"""Timers against a real clock; no test asserts how long something took."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator

import pytest

from jackfield.plugins.events import Event
from jackfield.services.timers import MAX_DELAY_MS, MAX_PENDING, MIN_DELAY_MS, HeapTimers

WAIT = 10.0


class Mailboxes:
    """Takes what timers deliver; a plugin outside *running* takes nothing."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, Event]] = queue.Queue()
        self.running = {"alarm", "other"}
        self.refused = threading.Event()

    def deliver(self, slug: str, event: Event) -> bool:
        if slug not in self.running:
            self.refused.set()
            return False
        self.events.put((slug, event))
        return True

    def next(self) -> tuple[str, int]:
        slug, event = self.events.get(timeout=WAIT)
        assert event.name == "timer.fire"
        return slug, event.payload["id"]


@pytest.fixture
def boxes() -> Mailboxes:
    return Mailboxes()


@pytest.fixture
def timers(boxes: Mailboxes) -> Iterator[HeapTimers]:
    made = HeapTimers(boxes.deliver)
    yield made
    made.close()


def test_a_timer_fires_once_for_its_owner(timers: HeapTimers, boxes: Mailboxes) -> None:
    assert timers.set("alarm", 7, 100, False)
    assert boxes.next() == ("alarm", 7)
    timers.set("alarm", 8, 100, False)
    assert boxes.next() == ("alarm", 8)
    assert timers.pending("alarm") in (0, 1)  # the thread may not have put the last one away yet
    assert boxes.events.empty()


class HandClock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def still(boxes: Mailboxes, clock: HandClock) -> Iterator[HeapTimers]:
    """Timers by a clock that is moved by hand."""
    made = HeapTimers(boxes.deliver, clock=clock)
    yield made
    made.close()


def test_timers_fire_in_the_order_they_are_due(
    still: HeapTimers, boxes: Mailboxes, clock: HandClock
) -> None:
    still.set("alarm", 1, 400, False)
    still.set("alarm", 2, 100, False)
    still.set("other", 3, 250, False)
    clock.now = 1.0
    assert [boxes.next(), boxes.next(), boxes.next()] == [
        ("alarm", 2),
        ("other", 3),
        ("alarm", 1),
    ]


def test_a_repeating_timer_waits_until_its_event_was_handled(
    timers: HeapTimers, boxes: Mailboxes
) -> None:
    timers.set("alarm", 1, 100, True)
    assert boxes.next() == ("alarm", 1)
    timers.set("other", 9, 300, False)  # three of the alarm's periods
    assert boxes.next() == ("other", 9)
    timers.handled("alarm", 1)
    assert boxes.next() == ("alarm", 1)


def test_clear_and_clear_all_silence_timers(
    still: HeapTimers, boxes: Mailboxes, clock: HandClock
) -> None:
    still.set("alarm", 1, 100, True)
    still.set("alarm", 2, 100, False)
    still.set("other", 1, 200, False)
    still.clear("alarm", 1)
    still.clear_all("alarm")
    still.clear("alarm", 55)
    clock.now = 1.0
    assert boxes.next() == ("other", 1)
    still.handled("alarm", 1)  # the callback of a cleared timer comes back: nothing is armed
    assert still.pending("alarm") == 0


def test_setting_an_id_again_replaces_the_timer(timers: HeapTimers, boxes: Mailboxes) -> None:
    timers.set("alarm", 1, MAX_DELAY_MS, False)
    timers.set("alarm", 1, 100, False)
    assert boxes.next() == ("alarm", 1)


def test_the_cap_counts_per_plugin_and_not_replacements(timers: HeapTimers) -> None:
    for timer_id in range(MAX_PENDING):
        assert timers.set("alarm", timer_id, MAX_DELAY_MS, False)
    assert not timers.set("alarm", MAX_PENDING, 1000, False)
    assert timers.set("alarm", 3, MAX_DELAY_MS, False)
    assert timers.set("other", 1, MAX_DELAY_MS, False)
    timers.clear("alarm", 3)
    assert timers.set("alarm", MAX_PENDING, MAX_DELAY_MS, False)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(-5, MIN_DELAY_MS), (0, MIN_DELAY_MS), (250, 250), (10**12, MAX_DELAY_MS)],
)
def test_the_delay_is_clamped(asked: int, expected: int) -> None:
    now = 1000.0
    timers = HeapTimers(lambda slug, event: True, clock=lambda: now)
    timers.set("alarm", 1, asked, False)
    (due, _timer) = timers._heap[0]
    assert due == pytest.approx(now + expected / 1000)
    timers.close()


def test_a_timer_due_while_its_plugin_loads_is_offered_again(
    timers: HeapTimers, boxes: Mailboxes
) -> None:
    boxes.running.discard("alarm")
    timers.set("alarm", 1, 100, False)
    assert boxes.refused.wait(WAIT)
    boxes.running.add("alarm")
    assert boxes.next() == ("alarm", 1)


def test_a_dropped_timer_of_a_loading_plugin_does_not_come_back(
    timers: HeapTimers, boxes: Mailboxes
) -> None:
    boxes.running.discard("alarm")
    timers.set("alarm", 1, 100, False)
    assert boxes.refused.wait(WAIT)
    timers.clear_all("alarm")
    boxes.running.add("alarm")
    timers.set("other", 1, 300, False)
    assert boxes.next() == ("other", 1)


def test_a_lost_event_of_a_repeating_timer_is_not_its_end(boxes: Mailboxes) -> None:
    looks = itertools.count(0.0, 100.0)  # every look at the clock finds it 100 s further
    timers = HeapTimers(boxes.deliver, clock=lambda: next(looks))
    timers.set("alarm", 1, 100, True)
    assert [boxes.next(), boxes.next()] == [("alarm", 1), ("alarm", 1)]  # nobody called handled()
    timers.close()


def test_after_close_nothing_can_be_set(boxes: Mailboxes) -> None:
    timers = HeapTimers(boxes.deliver)
    timers.set("alarm", 1, 100, True)
    timers.close()
    assert not timers.set("alarm", 2, 100, False)
    assert timers.pending("alarm") == 0
    timers.close()


def test_many_replacements_do_not_grow_the_heap(timers: HeapTimers) -> None:
    for _ in range(5000):
        timers.set("alarm", 1, MAX_DELAY_MS, False)
    assert len(timers._heap) < 200
