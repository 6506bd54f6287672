from __future__ import annotations

import pytest

from jackfield.plugins.health import MAX_STRIKES, Health, is_crash
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


@pytest.mark.parametrize("kind", ["event", "request", "action", "render"])
def test_other_calls_are_no_strikes(stats, kind):
    health = Health(stats)
    assert [health.bad(kind, failure("timeout")) for _ in range(100)] == [None] * 100
    assert stats.strikes == 0


@pytest.mark.parametrize("call", ["event", "action"])
@pytest.mark.parametrize(("kind", "crash"), [("timeout", True), ("limit", True), ("raised", False)])
def test_a_killed_event_or_action_is_a_crash(call, kind, crash):
    assert is_crash(call, failure(kind)) is crash


@pytest.mark.parametrize("call", ["request", "render", "filter"])
def test_what_a_visitor_can_cause_is_no_crash(call):
    assert not is_crash(call, failure("timeout"))
