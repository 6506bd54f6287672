"""When a plugin has failed too often."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.stats import CallKind, PluginStats

MAX_STRIKES = 5
"""Consecutive failures of a plugin's filters that suspend it (owncast spec 3.3)."""

MAX_CRASHES = 3
CRASH_WINDOW_SECONDS = 3600.0


class Health:
    """Judges one plugin's calls.

    A failed filter is a strike, a filter that ends well clears the strikes. A crash is a call to
    an event handler or an action that had to be killed; a request is not counted, because a
    visitor could cause it as often as they like.
    """

    def __init__(self, stats: PluginStats, clock: Callable[[], float] = time.monotonic) -> None:
        self._stats = stats
        self._clock = clock
        self._crashes: deque[float] = deque(maxlen=MAX_CRASHES)

    def good(self, kind: CallKind) -> None:
        """Note a call that ended well."""
        if kind == "filter":
            self._stats.strikes = 0

    def bad(self, kind: CallKind, failure: PluginFailure) -> str | None:
        """Note a call that failed. Returns the reason to suspend the plugin, if that is due."""
        if kind == "filter":
            self._stats.strikes += 1
            if self._stats.strikes >= MAX_STRIKES:
                return f"its filter failed {MAX_STRIKES} times in a row; last: {failure.message}"
        elif kind in ("event", "action") and failure.kind in ("timeout", "limit"):
            self._crashes.append(self._clock())
            recent = [t for t in self._crashes if self._clock() - t < CRASH_WINDOW_SECONDS]
            if len(recent) >= MAX_CRASHES:
                return f"it crashed {MAX_CRASHES} times within an hour; last: {failure.message}"
        return None
