from __future__ import annotations

import threading

import pytest

from jackfield.errors import Conflict
from jackfield.plugins.locks import SlugLocks


def test_one_at_a_time_and_apart_by_slug() -> None:
    locks = SlugLocks()
    order: list[str] = []
    held, leave = threading.Event(), threading.Event()

    def first() -> None:
        with locks.hold("lamp", "being started"):
            held.set()
            leave.wait(20)
            order.append("first")

    def second() -> None:
        with locks.hold("lamp", "being stopped"):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    held.wait(20)
    threads[1].start()
    with locks.hold("rope", "being started"):
        order.append("other plugin")
    leave.set()
    for thread in threads:
        thread.join()
    assert order == ["other plugin", "first", "second"]


def test_waiting_has_an_end() -> None:
    locks = SlugLocks(wait=0.01)
    held, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with locks.hold("lamp", "being started"):
            held.set()
            leave.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    refused = pytest.raises(Conflict, match="lamp: is still being started")
    with refused, locks.hold("lamp", "being stopped"):
        pass
    leave.set()
    thread.join()
    with locks.hold("lamp", "being stopped"):
        pass


def test_a_thread_does_not_wait_for_itself() -> None:
    locks = SlugLocks()
    refused = pytest.raises(Conflict, match="cannot be changed while it is being started")
    with locks.hold("lamp", "being started"), refused, locks.hold("lamp", "being stopped"):
        pass
    with locks.hold("lamp", "being stopped"):
        pass


def test_an_error_lets_go() -> None:
    locks = SlugLocks()
    with pytest.raises(ZeroDivisionError), locks.hold("lamp", "being started"):
        raise ZeroDivisionError
    with locks.hold("lamp", "being started"):
        pass
