"""Timers that plugins set; each fires as an event to its owner only."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jackfield.plugins.events import Event

MIN_DELAY_MS = 100
MAX_DELAY_MS = 86_400_000
MAX_PENDING = 64

TIMER_FIRED = "timer.fire"
"""Name of the event; its payload is ``{"id": timer id}``."""

_LOST_S = 60.0
"""A repeating timer whose event nobody reported as handled after this long (a full mailbox drops
events) is armed again, so that one bad minute does not end it for good."""

_TRIES = 100
"""How often, one shortest delay apart, an event is offered to a plugin that does not run: a timer
may be due while its plugin still loads."""


class Timers(Protocol):
    """Timers by plugin and by the plugin's own id (owncast spec 3.6). Thread-safe."""

    def set(self, slug: str, timer_id: int, delay_ms: int, repeat: bool) -> bool:
        """Start or replace a timer; the delay is clamped to the range above.

        ``False`` when the plugin has :data:`MAX_PENDING` timers already. A repeating timer is
        armed again after its event was handled.
        """
        ...

    def handled(self, slug: str, timer_id: int) -> None:
        """The plugin's callback returned (or failed): a repeating timer is armed again now."""

    def clear(self, slug: str, timer_id: int) -> None: ...

    def clear_all(self, slug: str) -> None:
        """Drop every timer of a plugin: at disable, reload, uninstall."""


@dataclass(slots=True, eq=False)
class _Timer:
    slug: str
    timer_id: int
    delay: float
    repeat: bool
    due: float
    refused: int = 0

    def __lt__(self, other: _Timer) -> bool:
        return self.due < other.due


class HeapTimers:
    """All plugins' timers on one thread, which starts with the first timer.

    :param deliver: queues an event for one plugin and says whether that plugin runs.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self,
        deliver: Callable[[str, Event], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliver = deliver
        self._clock = clock
        self._changed = threading.Condition()
        self._pending: dict[tuple[str, int], _Timer] = {}
        self._heap: list[tuple[float, _Timer]] = []
        self._thread: threading.Thread | None = None
        self._stopped = False

    def set(self, slug: str, timer_id: int, delay_ms: int, repeat: bool) -> bool:
        delay = min(max(delay_ms, MIN_DELAY_MS), MAX_DELAY_MS) / 1000
        with self._changed:
            key = (slug, timer_id)
            if self._stopped:
                return False
            if key not in self._pending and self.pending(slug) >= MAX_PENDING:
                return False
            timer = _Timer(slug, timer_id, delay, repeat, self._clock() + delay)
            self._pending[key] = timer
            self._push(timer)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
                self._thread.start()
        return True

    def pending(self, slug: str) -> int:
        """How many timers of that plugin wait."""
        with self._changed:
            return sum(1 for owner, _ in self._pending if owner == slug)

    def handled(self, slug: str, timer_id: int) -> None:
        with self._changed:
            timer = self._pending.get((slug, timer_id))
            if timer is not None and timer.repeat:
                timer.due = min(timer.due, self._clock() + timer.delay)
                self._push(timer)

    def clear(self, slug: str, timer_id: int) -> None:
        with self._changed:
            self._pending.pop((slug, timer_id), None)

    def clear_all(self, slug: str) -> None:
        with self._changed:
            for key in [k for k in self._pending if k[0] == slug]:
                del self._pending[key]

    def close(self) -> None:
        """Forget every timer and end the thread."""
        with self._changed:
            self._stopped = True
            self._pending.clear()
            self._heap.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _push(self, timer: _Timer) -> None:
        # Entries are never taken out of the heap: one whose time is no longer its timer's time,
        # or whose timer was dropped or replaced, is passed over when it comes up.
        heapq.heappush(self._heap, (timer.due, timer))
        if len(self._heap) > 64 + 4 * len(self._pending):
            self._heap = [(t.due, t) for t in self._pending.values()]
            heapq.heapify(self._heap)
        self._changed.notify_all()

    def _run(self) -> None:
        while (timer := self._next()) is not None:
            event = Event(TIMER_FIRED, {"id": timer.timer_id})
            delivered = self._deliver(timer.slug, event)
            with self._changed:
                self._after(timer, delivered)

    def _after(self, timer: _Timer, delivered: bool) -> None:
        key = (timer.slug, timer.timer_id)
        if self._pending.get(key) is not timer:
            return  # cleared or replaced meanwhile
        if delivered and timer.repeat:
            timer.refused = 0
            self._push(timer)
        elif delivered or timer.refused >= _TRIES:
            del self._pending[key]
        else:
            timer.refused += 1
            timer.due = self._clock() + MIN_DELAY_MS / 1000
            self._push(timer)

    def _next(self) -> _Timer | None:
        """Wait for the next timer that is due; ``None`` after :meth:`close`."""
        with self._changed:
            while not self._stopped:
                if not self._heap:
                    self._changed.wait()
                    continue
                due, timer = self._heap[0]
                if due != timer.due or self._pending.get((timer.slug, timer.timer_id)) is not timer:
                    heapq.heappop(self._heap)
                    continue
                wait = due - self._clock()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                heapq.heappop(self._heap)
                timer.due = self._clock() + timer.delay + _LOST_S
                return timer
        return None
