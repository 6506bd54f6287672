from __future__ import annotations

import threading
import time

from jackfield.plugins.dispatcher import Dispatcher
from jackfield.plugins.events import Event
from jackfield.services.ticker import Ticker


class Ears:
    """Hears ticks, and can be waited on."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.came = threading.Condition()
        self.dispatcher = Dispatcher()
        self.dispatcher.listen("tick", self.hear)

    def hear(self, event: Event) -> None:
        with self.came:
            self.heard.append(event)
            self.came.notify_all()

    def wait_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.heard) >= count, 10)


def test_ticks_come_with_the_time_of_day() -> None:
    ears = Ears()
    ticker = Ticker(ears.dispatcher, period=0.005)
    before = time.time_ns() // 1_000_000
    ticker.start()
    ears.wait_for(3)
    ticker.stop()
    after = time.time_ns() // 1_000_000
    times = [event.payload["now"] for event in ears.heard]
    assert [event.name for event in ears.heard] == ["tick"] * len(times)
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= after


def test_nothing_ticks_before_the_start_or_after_the_end() -> None:
    ears = Ears()
    ticker = Ticker(ears.dispatcher, period=0.001)
    assert ears.heard == []
    ticker.start()
    ears.wait_for(1)
    ticker.stop()
    count = len(ears.heard)
    assert not any(
        thread.name == "ticker" and thread.is_alive() for thread in threading.enumerate()
    )
    assert len(ears.heard) == count


def test_starting_twice_makes_one_clock() -> None:
    ears = Ears()
    ticker = Ticker(ears.dispatcher, period=60)
    ticker.start()
    ticker.start()
    assert sum(thread.name == "ticker" for thread in threading.enumerate()) == 1
    ticker.stop()


def test_one_that_never_started_can_be_stopped_and_does_not_wait_for_its_period() -> None:
    Ticker(Ears().dispatcher).stop()
    ticker = Ticker(Ears().dispatcher, period=3600)
    ticker.start()
    ticker.stop()
    ticker.stop()
