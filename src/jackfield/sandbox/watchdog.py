"""Stops plugins whose time is over, and costs nothing while none runs.

Compiled plugin code looks at a counter in memory (the engine's epoch) at every loop and call. While
plugins run, a thread looks every few milliseconds whether one is overdue and only then advances the
counter; each running plugin then asks its own instance whether to go on. Compared with a steady
tick this needs no native call per dispatch and stays exact when the thread wakes up late.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

from jackfield.sandbox import ffi

TICK_SECONDS = 0.005
_IDLE_TICKS = 20  # keep watching this long after a call: most calls come in bursts


class Running(Protocol):
    """Something that runs plugin code now."""

    deadline: float
    """On the scale of `time.monotonic`."""


class Watchdog:
    """One a engine. Callers do, around each call::

    dog.running.add(run)
    if not dog.awake:
        dog.wake()
    ...
    dog.running.discard(run)
    """

    def __init__(self, engine_address: int) -> None:
        self.running: set[Running] = set()
        self.awake = False
        self._engine_address = engine_address
        self._called = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Start to watch; called after something was added to `running`."""
        self.awake = True
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._watch, name="jackfield-watchdog", daemon=True
                    )
                    self._thread.start()
        self._called.set()

    def _watch(self) -> None:
        idle = 0
        while True:
            time.sleep(TICK_SECONDS)
            if self.running:
                idle = 0
                now = time.monotonic()
                # tuple() copies the set in one step; other threads change it all the time.
                if any(run.deadline < now for run in tuple(self.running)):
                    ffi.increment_epoch(self._engine_address)
                continue
            idle += 1
            if idle < _IDLE_TICKS:
                continue
            self._called.clear()
            self.awake = False
            # A call that began before `awake` fell has not called wake(): look once more.
            if self.running:
                self.awake = True
            else:
                self._called.wait()
            idle = 0
