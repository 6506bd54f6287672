"""The cache of a process."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def cache() -> Any:
    from django.core.cache import cache

    return cache


def test_keys_by_pattern(cache: Any) -> None:
    cache.set_many({"epg:1": 1, "epg:2": 2, "m3u:1": 3})
    assert sorted(cache.keys("epg:*")) == ["epg:1", "epg:2"]
    assert list(cache.iter_keys("m3u:*")) == ["m3u:1"]


def test_delete_by_pattern(cache: Any) -> None:
    cache.set_many({"epg:1": 1, "epg:2": 2, "m3u:1": 3})
    assert cache.delete_pattern("epg:*") == 2
    assert cache.get("epg:1") is None
    assert cache.get("m3u:1") == 3


def test_what_has_expired_is_not_there(cache: Any) -> None:
    cache.set("gone", 1, timeout=0)
    cache.set("old", 1, timeout=-5)
    assert cache.keys("*") == []


def test_seconds_to_live(cache: Any) -> None:
    cache.set("ever", 1, timeout=None)
    cache.set("minute", 1, timeout=60)
    assert cache.ttl("ever") is None
    assert 0 < cache.ttl("minute") <= 60
    assert cache.ttl("never") == 0


def test_caches_by_name(cache: Any) -> None:
    from django.core.cache import caches

    cache.set("a", 1)
    assert caches["default"].get("a") == 1
