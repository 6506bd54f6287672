from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jackfield.plugins.events import Event
from jackfield.plugins.mailbox import Mailbox


@pytest.fixture
def executor():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_events_are_handled_in_order_and_one_at_a_time(executor):
    seen, inside, overlaps = [], threading.Lock(), []

    def handle(event: Event) -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(event)
            return
        seen.append(event.payload)
        inside.release()

    box = Mailbox(executor, handle, dropped=lambda _event: None, capacity=1000)
    for number in range(500):
        assert box.put(Event("count", number))
    assert box.drain(5)
    assert seen == list(range(500))
    assert overlaps == []


def test_events_from_many_threads_all_arrive(executor):
    seen = []
    box = Mailbox(executor, lambda e: seen.append(e.payload), lambda _e: None, capacity=10_000)
    senders = [
        threading.Thread(target=lambda n=n: [box.put(Event("x", (n, i))) for i in range(200)])
        for n in range(5)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert box.drain(5)
    assert len(seen) == 1000
    for n in range(5):  # each sender's own order is kept
        assert [i for who, i in seen if who == n] == list(range(200))


def test_a_full_mailbox_drops_the_oldest(executor):
    gate, seen, dropped = threading.Event(), [], []

    def handle(event: Event) -> None:
        gate.wait(5)
        seen.append(event.payload)

    box = Mailbox(executor, handle, lambda e: dropped.append(e.payload), capacity=3)
    box.put(Event("x", 0))
    while len(box):  # until 0 is being handled
        pass
    for number in range(1, 6):
        box.put(Event("x", number))
    gate.set()
    assert box.drain(5)
    assert dropped == [1, 2]
    assert seen == [0, 3, 4, 5]


def test_close_forgets_what_waits_and_waits_for_what_runs(executor):
    gate, entered, seen = threading.Event(), threading.Event(), []

    def handle(event: Event) -> None:
        entered.set()
        gate.wait(5)
        seen.append(event.payload)

    box = Mailbox(executor, handle, lambda _e: None)
    box.put(Event("x", "first"))
    box.put(Event("x", "second"))
    assert entered.wait(5)
    assert not box.close(timeout=0.01)
    gate.set()
    assert box.close(timeout=5)
    assert seen == ["first"]
    assert not box.put(Event("x", "late"))


def test_a_plugin_that_closes_its_own_mailbox_does_not_wait_for_itself(executor):
    done = threading.Event()
    box = Mailbox(executor, lambda _e: done.set() if box.close(5) else None, lambda _e: None)
    box.put(Event("x"))
    assert done.wait(5)


def test_drain_gives_up_after_its_timeout(executor):
    gate = threading.Event()
    box = Mailbox(executor, lambda _e: gate.wait(5), lambda _e: None)
    box.put(Event("x"))
    assert not box.drain(0.01)
    gate.set()
    assert box.drain(5)
