from __future__ import annotations

from jackfield.plugins.flood import BURST, SECONDS_EACH, FloodGate


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_the_rest_is_counted():
    gate = FloodGate(clock=Clock())
    assert [gate.admit() for _ in range(BURST + 3)] == [True] * BURST + [False] * 3
    assert gate.left_out == 3


def test_room_comes_back_with_time():
    clock = Clock()
    gate = FloodGate(burst=2, seconds_each=10, clock=clock)
    assert [gate.admit(), gate.admit(), gate.admit()] == [True, True, False]
    clock.now += 9
    assert not gate.admit()
    clock.now += 1
    assert gate.admit()
    assert not gate.admit()


def test_no_more_than_the_burst_comes_back():
    clock = Clock()
    gate = FloodGate(clock=clock)
    clock.now += 1000 * SECONDS_EACH
    assert sum(gate.admit() for _ in range(BURST * 2)) == BURST


def test_what_was_left_out_is_told_once():
    gate = FloodGate(burst=1, clock=Clock())
    assert gate.admit()
    assert not gate.admit()
    assert gate.take_left_out() == 1
    assert gate.take_left_out() == 0
