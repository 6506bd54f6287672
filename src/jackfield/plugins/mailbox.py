"""One plugin's queue of events: one call at a time, and a slow plugin delays nobody but itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from jackfield.plugins.events import Event

CAPACITY = 256
"""How many events may wait; one more drops the oldest."""


class Mailbox:
    """Hands events to *handle* one after the other, on a thread of *executor*.

    :param handle: must not raise.
    :param dropped: called for each event that was dropped because the queue was full.
    :ivar received: how many events were ever queued.
    """

    def __init__(
        self,
        executor: Executor,
        handle: Callable[[Event], None],
        dropped: Callable[[Event], None],
        *,
        capacity: int = CAPACITY,
    ) -> None:
        self._executor = executor
        self._handle = handle
        self._dropped = dropped
        self._capacity = capacity
        self._queue: deque[Event] = deque()
        self._changed = threading.Condition()
        self._worker: int | None = None  # thread that handles now; 0 while one is on its way
        self._closed = False
        self.received = 0

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, event: Event) -> bool:
        """Queue an event and return at once; ``False`` when the mailbox is closed."""
        oldest = None
        with self._changed:
            if self._closed:
                return False
            if len(self._queue) >= self._capacity:
                oldest = self._queue.popleft()
            self._queue.append(event)
            self.received += 1
            start = self._worker is None
            if start:
                self._worker = 0
        if oldest is not None:
            self._dropped(oldest)
        if start:
            self._executor.submit(self._work)
        return True

    def _work(self) -> None:
        with self._changed:
            self._worker = threading.get_ident()
        while True:
            with self._changed:
                if not self._queue:
                    self._worker = None
                    self._changed.notify_all()
                    return
                event = self._queue.popleft()
            self._handle(event)

    def drain(self, timeout: float) -> bool:
        """Wait until nothing waits and nothing runs; ``False`` after *timeout* seconds."""
        with self._changed:
            return self._changed.wait_for(self._idle, timeout)

    def close(self, timeout: float = 10.0) -> bool:
        """Forget what waits and wait for the call that runs, unless it is the caller's own."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            if self._worker == threading.get_ident():
                return True
            return self._changed.wait_for(self._idle, timeout)

    def _idle(self) -> bool:
        return self._worker is None and not self._queue
