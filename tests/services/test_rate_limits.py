from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from jackfield.services import rate_limits
from jackfield.services.rate_limits import RateLimited, RateLimits


def test_allows_what_the_rule_allows_and_no_more() -> None:
    limits = RateLimits({"post": "3/minute"})
    for _ in range(3):
        limits.spend("post", "ann")
    with pytest.raises(RateLimited) as caught:
        limits.spend("post", "ann")
    assert 1 <= caught.value.retry_after <= 61
    assert caught.value.status == 429
    assert "try again in" in str(caught.value)


def test_checking_counts_nothing() -> None:
    limits = RateLimits({"login": "2/minute"})
    for _ in range(5):
        limits.check("login", "ann")
    limits.spend("login", "ann")
    limits.check("login", "ann")
    limits.spend("login", "ann")
    with pytest.raises(RateLimited):
        limits.check("login", "ann")
    limits.check("login", "bob")


def test_people_and_kinds_are_counted_apart() -> None:
    limits = RateLimits({"post": "1/minute", "rename": "1/minute"})
    limits.spend("post", "ann")
    limits.spend("post", "bob")
    limits.spend("rename", "ann")
    with pytest.raises(RateLimited):
        limits.spend("rename", "ann")


def test_each_rule_of_several_must_allow() -> None:
    limits = RateLimits({"post": "100/second; 2/hour"})
    limits.spend("post", "ann")
    limits.spend("post", "ann")
    with pytest.raises(RateLimited) as caught:
        limits.spend("post", "ann")
    assert caught.value.retry_after > 60


def test_many_threads_cannot_overspend() -> None:
    limits = RateLimits({"post": "50/hour"})

    def one(_: int) -> bool:
        try:
            limits.spend("post", "ann")
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(200))) == 50


def test_what_is_refused_is_not_counted_and_the_window_moves(monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: now[0])
    limits = RateLimits({"post": "2/10 seconds"})
    limits.spend("post", "ann")
    now[0] += 6
    limits.spend("post", "ann")
    for _ in range(5):
        with pytest.raises(RateLimited) as caught:
            limits.spend("post", "ann")
    assert caught.value.retry_after == 4
    now[0] += 4
    limits.spend("post", "ann")


def test_the_quiet_are_forgotten(monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(rate_limits, "MANY", 3)
    limits = RateLimits({"post": "1/second"})
    for number in range(100):
        now[0] += 1
        limits.spend("post", f"visitor {number}")
    assert len(limits._acts) <= 4


def test_many_who_are_not_quiet_are_not_looked_through_each_time(monkeypatch) -> None:
    looks = []
    monkeypatch.setattr(rate_limits, "MANY", 10)
    limits = RateLimits({"post": "1/hour"})
    look = limits._forget
    monkeypatch.setattr(limits, "_forget", lambda now: (looks.append(now), look(now)))
    for number in range(1000):
        limits.spend("post", f"visitor {number}")
    assert len(limits._acts) == 1000
    assert len(looks) < 10
