"""Locks that keep two tasks from doing the same thing at once, in whichever process they run.

Source: dispatcharr spec 6 (a second refresh of an account returns at once while the first runs).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.lock import Lock

from core.redis_client import RedisClient

logger = logging.getLogger(__name__)

TTL_S = 60.0
"""How long a lock outlives a process that was killed. While its holder lives, it is renewed."""

_held: dict[str, tuple[Lock, float]] = {}
_lock = threading.Lock()
_renewer: threading.Thread | None = None
_renewer_woken = threading.Event()


def acquire_task_lock(task_name: str, id: Any, ttl: float = TTL_S) -> bool:  # noqa: A002
    """Take the lock for *task_name* on the thing *id*; ``False`` when it is taken.

    It is kept until :func:`release_task_lock`, however long that takes, or until this process
    ends.

    :raises redis.ConnectionError: Redis does not answer.
    """
    key = _key(task_name, id)
    lock = Lock(RedisClient.get_client(), key, timeout=ttl, thread_local=False)
    if not lock.acquire(blocking=False):
        return False
    with _lock:
        _held[key] = (lock, ttl)
    _have_renewed()
    return True


def release_task_lock(task_name: str, id: Any) -> None:  # noqa: A002
    """Give the lock back. One that is not held here, or was lost, is passed over."""
    key = _key(task_name, id)
    with _lock:
        held = _held.pop(key, None)
    if held is None:
        return
    try:
        held[0].release()
    except redis.RedisError as error:
        logger.info("the lock %s was gone already: %s", key, error)


@contextmanager
def task_lock(task_name: str, id: Any, ttl: float = TTL_S) -> Iterator[bool]:  # noqa: A002
    """Hold the lock inside the block; gives whether it could be taken."""
    taken = acquire_task_lock(task_name, id, ttl)
    try:
        yield taken
    finally:
        if taken:
            release_task_lock(task_name, id)


def _key(task_name: str, id: Any) -> str:  # noqa: A002
    return f"task_lock_{task_name}_{id}"


def _have_renewed() -> None:
    """Have the locks of this process renewed, by a thread that ends with the last of them."""
    global _renewer
    with _lock:
        _renewer_woken.set()  # a lock with a shorter life may have come
        if _renewer is None or not _renewer.is_alive():
            _renewer = threading.Thread(target=_renew, name="task locks", daemon=True)
            _renewer.start()


def _renew() -> None:
    global _renewer
    while True:
        with _lock:
            held = dict(_held)
            if not held:
                _renewer = None
                return
        for key, (lock, _) in held.items():
            try:
                lock.reacquire()
            except redis.RedisError as error:
                if key in _held:
                    logger.warning("the lock %s was not renewed: %s", key, error)
        began = time.monotonic()
        shortest = min(ttl for _, ttl in held.values()) / 3
        _renewer_woken.clear()
        _renewer_woken.wait(max(0.05, shortest - (time.monotonic() - began)))
