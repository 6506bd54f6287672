"""One refresh of the same thing at a time, on all machines.

Source: dispatcharr spec 6 (a second run returns at once).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """Somebody else is at it."""


@contextmanager
def only_one(task: str, identity: int) -> Iterator[None]:
    """Hold the lock of *task* for *identity*.

    :raises Busy: somebody else holds it.
    """
    from core.utils import acquire_task_lock, release_task_lock

    if not acquire_task_lock(task, identity):
        raise Busy(f"{task} {identity}")
    try:
        yield
    finally:
        release_task_lock(task, identity)
