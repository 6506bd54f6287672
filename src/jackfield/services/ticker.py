"""The event ``tick``, about once a second (owncast spec 3.1)."""

from __future__ import annotations

import threading
import time

from jackfield.plugins.dialect import EventBus
from jackfield.plugins.events import Event

PERIOD_SECONDS = 1.0


class Ticker:
    """Notifies of a tick while it is started. The payload is ``{"now": unix milliseconds}``."""

    def __init__(self, events: EventBus, period: float = PERIOD_SECONDS) -> None:
        self._events = events
        self._period = period
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Tick from now on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Tick no more; returns when no tick is being sent."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._period):
            self._events.notify(Event("tick", {"now": time.time_ns() // 1_000_000}))
