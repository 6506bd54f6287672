from __future__ import annotations

import pytest

from jackfield.plugins.health import CRASH_WINDOW_SECONDS, MAX_CRASHES, MAX_STRIKES, Health
from jackfield.plugins.stats import PluginStats
from plugins.fakes import failure


@pytest.fixture
def stats():
    return PluginStats("bad", "test")


def test_five_failed_filters_in_a_row_suspend(stats):
    health = Health(stats)
    for _ in range(MAX_STRIKES - 1):
        assert health.bad("filter", failure("timeout")) is None
    reason = health.bad("filter", failure())
    assert reason is not None
    assert "5 times in a row" in reason
    assert "went wrong" in reason


def test_one_good_filter_clears_the_strikes(stats):
    health = Health(stats)
    for _ in range(20):
        for _ in range(MAX_STRIKES - 1):
            assert health.bad("filter", failure()) is None
        health.good("filter")
        assert stats.strikes == 0


def test_a_good_event_does_not_clear_the_strikes(stats):
    health = Health(stats)
    health.bad("filter", failure())
    health.good("event")
    assert stats.strikes == 1


@pytest.mark.parametrize("kind", ["timeout", "limit"])
@pytest.mark.parametrize("call", ["event", "action"])
def test_three_crashes_in_an_hour_suspend(stats, call, kind):
    now = [0.0]
    health = Health(stats, clock=lambda: now[0])
    for _ in range(MAX_CRASHES - 1):
        assert health.bad(call, failure(kind)) is None
        now[0] += 10
    reason = health.bad(call, failure(kind))
    assert reason is not None
    assert "3 times within an hour" in reason


def test_crashes_that_are_far_apart_do_not_suspend(stats):
    now = [0.0]
    health = Health(stats, clock=lambda: now[0])
    for _ in range(50):
        assert health.bad("event", failure("timeout")) is None
        now[0] += CRASH_WINDOW_SECONDS / (MAX_CRASHES - 1) + 1


def test_an_exception_of_an_event_handler_is_no_crash(stats):
    health = Health(stats)
    assert [health.bad("event", failure("raised")) for _ in range(100)] == [None] * 100


def test_a_visitor_cannot_suspend_a_plugin_by_slow_requests(stats):
    health = Health(stats)
    assert [health.bad("request", failure("timeout")) for _ in range(100)] == [None] * 100
