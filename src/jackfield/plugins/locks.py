"""One operation at a time on one plugin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jackfield.errors import Conflict

WAIT_SECONDS = 60.0
"""How long an operation waits for the one before; starting a plugin may take ten seconds."""


class SlugLocks:
    """A lock a slug. A thread that holds one gets a :class:`Conflict` instead of a deadlock."""

    def __init__(self, wait: float = WAIT_SECONDS) -> None:
        self._wait = wait
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._holders: dict[str, tuple[int, str]] = {}

    @contextmanager
    def hold(self, slug: str, doing: str) -> Iterator[None]:
        """Wait for the plugin's other operation and hold the plugin during the block.

        :param doing: what the block does, for those who wait: ``starting``.
        :raises Conflict: the other operation takes too long, or is the caller's own.
        """
        with self._guard:
            lock = self._locks.setdefault(slug, threading.Lock())
            holder = self._holders.get(slug)
        if holder is not None and holder[0] == threading.get_ident():
            raise Conflict(f"cannot be changed while it is {holder[1]}", plugin=slug)
        if not lock.acquire(timeout=self._wait):
            _, other = self._holders.get(slug, (0, "busy"))
            raise Conflict(f"is still {other}", plugin=slug, hint="try again")
        self._holders[slug] = (threading.get_ident(), doing)
        try:
            yield
        finally:
            del self._holders[slug]
            lock.release()
