"""Locks that keep two tasks from doing the same thing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment


@pytest.fixture(autouse=True)
def _clean(django_env: Environment) -> Iterator[None]:
    from core.utils import RedisClient

    yield
    RedisClient.get_client().flushall()


def test_a_lock_is_taken_once() -> None:
    from core.utils import acquire_task_lock, release_task_lock

    assert acquire_task_lock("refresh", 1)
    assert not acquire_task_lock("refresh", 1)
    assert acquire_task_lock("refresh", 2)
    assert acquire_task_lock("another", 1)
    release_task_lock("refresh", 1)
    assert acquire_task_lock("refresh", 1)
    for name, number in (("refresh", 1), ("refresh", 2), ("another", 1)):
        release_task_lock(name, number)
    release_task_lock("refresh", 1)  # not held: nothing happens


def test_a_block_holds_it() -> None:
    from core.utils import task_lock

    with task_lock("refresh", 1) as taken:
        assert taken
        with task_lock("refresh", 1) as again:
            assert not again
    with task_lock("refresh", 1) as free:
        assert free
    with pytest.raises(ValueError, match="in it"), task_lock("refresh", 1):
        raise ValueError("in it")
    with task_lock("refresh", 1) as free:
        assert free


def test_it_is_kept_longer_than_its_time() -> None:
    from core.utils import RedisClient, acquire_task_lock, release_task_lock

    assert acquire_task_lock("refresh", 1, ttl=0.4)
    time.sleep(1.2)
    assert not acquire_task_lock("refresh", 1)
    release_task_lock("refresh", 1)
    assert RedisClient.get_client().keys("task_lock_*") == []


def test_what_its_dead_holder_left_goes() -> None:
    from core import task_lock

    assert task_lock.acquire_task_lock("refresh", 1, ttl=0.3)
    with task_lock._lock:
        task_lock._held.clear()  # as when the process is killed
    time.sleep(0.7)
    assert task_lock.acquire_task_lock("refresh", 1)
    task_lock.release_task_lock("refresh", 1)


def test_one_that_was_lost_is_given_back_without_a_word() -> None:
    from core.utils import RedisClient, acquire_task_lock, release_task_lock

    assert acquire_task_lock("refresh", 1)
    RedisClient.get_client().flushall()
    release_task_lock("refresh", 1)
