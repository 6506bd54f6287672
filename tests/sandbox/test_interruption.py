"""Ending one call from another thread, and no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from jackfield.sandbox import (
    CallAborted,
    Instance,
    Interruption,
    LimitExceeded,
    Limits,
    SandboxError,
)

pytestmark = pytest.mark.sandbox

SOURCE = """
import time
def loop(_):
    host_call("began")
    while True:
        try:
            while True: pass
        except BaseException:
            pass
def sleep(seconds):
    host_call("began")
    time.sleep(seconds)
    return "slept"
def naps(_):
    host_call("began")
    while True:
        time.sleep(0.001)
def wait(_):
    host_call("wait")
    while True: pass
def alive(x):
    return x
"""


class Rig:
    """An instance, and one call of it in a thread."""

    def __init__(self, load: Callable[..., Instance], **limits: float) -> None:
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.instance = load(SOURCE, host=self._asked, limits=Limits(sleep_seconds=3600, **limits))
        self.interruption = Interruption()
        self.outcome: object = None

    def _asked(self, name: str, _: list[object]) -> None:
        self.began.set()
        if name == "wait":
            self.go_on.wait(20)

    def call(self, export: str, payload: object = None) -> object:
        """Start it, interrupt it, and what came of it."""
        thread = threading.Thread(target=self._call, args=(export, payload))
        thread.start()
        assert self.began.wait(20)
        self.interruption.use("not wanted any more")
        self.go_on.set()
        thread.join(20)
        assert not thread.is_alive()
        return self.outcome

    def _call(self, export: str, payload: object) -> None:
        try:
            self.outcome = self.instance.call(
                export, payload, seconds=3600, interruption=self.interruption
            )
        except SandboxError as error:
            self.outcome = error


@pytest.mark.parametrize(
    ("export", "payload"), [("loop", None), ("sleep", 3000), ("naps", None), ("wait", None)]
)
def test_a_call_is_ended_whatever_it_does(load, export: str, payload: object) -> None:
    rig = Rig(load)
    error = rig.call(export, payload)
    assert isinstance(error, CallAborted)
    assert error.message == "not wanted any more"
    assert rig.instance.call("alive", 7, seconds=5) == 7
    assert rig.instance.generation == 2


def test_a_call_that_has_not_begun_does_not(load) -> None:
    rig = Rig(load)
    rig.interruption.use("too late")
    with pytest.raises(CallAborted, match="too late"):
        rig.instance.call("alive", 1, seconds=5, interruption=rig.interruption)
    assert rig.instance.call("alive", 7, seconds=5) == 7
    assert rig.instance.generation == 1


def test_after_the_call_nothing_is_ended(load) -> None:
    rig = Rig(load)
    assert rig.instance.call("alive", 1, seconds=5, interruption=rig.interruption) == 1
    rig.interruption.use("too late")
    assert rig.instance.call("sleep", 0.05, seconds=5) == "slept"
    assert rig.instance.generation == 1


def test_the_next_call_sleeps_as_long_as_it_wants(load) -> None:
    rig = Rig(load)
    assert isinstance(rig.call("sleep", 3000), CallAborted)
    began = time.monotonic()
    assert rig.instance.call("sleep", 0.2, seconds=60) == "slept"
    assert time.monotonic() - began >= 0.2


def test_the_first_reason_counts(load) -> None:
    interruption = Interruption()
    interruption.use("one")
    interruption.use("two")
    assert interruption.reason == "one"


def test_a_time_limit_stays_one(load) -> None:
    rig = Rig(load)
    with pytest.raises(LimitExceeded) as caught:
        rig.instance.call("loop", seconds=0.05, interruption=rig.interruption)
    assert caught.value.limit == "filter_seconds"
    assert rig.interruption.reason == ""
    assert rig.instance.call("alive", 7, seconds=5) == 7


def test_a_sleep_ends_with_the_time_of_the_call(load) -> None:
    rig = Rig(load)
    began = time.monotonic()
    with pytest.raises(LimitExceeded) as caught:
        rig.instance.call("sleep", 3000, seconds=0.1)
    assert caught.value.limit == "seconds"
    assert time.monotonic() - began < 1000


def test_closing_wakes_a_sleeper(load) -> None:
    rig = Rig(load)
    thread = threading.Thread(target=rig._call, args=("sleep", 3000))
    thread.start()
    assert rig.began.wait(20)
    rig.instance.close()
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(rig.outcome, SandboxError)
    assert "was closed during sleep" in rig.outcome.message


def test_many_at_once_hit_their_own_calls_only(load) -> None:
    instance = load(SOURCE, host=lambda *_: None, limits=Limits(sleep_seconds=60))
    outcomes: list[object] = []

    def work(number: int) -> None:
        for turn in range(20):
            interruption = Interruption()
            killer = threading.Thread(target=interruption.use, args=(f"{number}.{turn}",))
            try:
                if turn % 4 == 0:
                    killer.start()
                outcomes.append(
                    instance.call("alive", turn, seconds=60, interruption=interruption) == turn
                )
            except CallAborted as error:
                outcomes.append(error.message == f"{number}.{turn}" and turn % 4 == 0)
            finally:
                if turn % 4 == 0:
                    killer.join()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [True] * 80
