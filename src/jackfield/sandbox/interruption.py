"""Ending one call into a plugin from another thread."""

from __future__ import annotations

import threading
from typing import Protocol


class Interruptible(Protocol):
    """What runs the call."""

    def interrupt(self) -> None:
        """End it now."""


class Interruption:
    """Ends the call that it was given to, and no other: before it begins, or while it runs or
    sleeps. Thread-safe; for one call.

    :ivar reason: why; empty while nobody has used it.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._lock = threading.Lock()
        self._running: Interruptible | None = None

    def use(self, reason: str) -> None:
        """End the call, which fails with `CallAborted` and this reason. The first reason counts;
        after the end of the call nothing happens."""
        with self._lock:
            if self.reason:
                return
            self.reason = reason
            if self._running is not None:
                self._running.interrupt()

    def enter(self, running: Interruptible) -> str:
        """The call begins; why it should not, where that was said already."""
        with self._lock:
            self._running = running
            return self.reason

    def leave(self) -> None:
        """The call has ended: nothing is interrupted any more."""
        with self._lock:
            self._running = None
