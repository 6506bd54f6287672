"""Takes a plugin that misbehaves out of service, until the operator enables it again."""

from __future__ import annotations

import time

from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.starting import Starter
from jackfield.plugins.steps import reached

MAX_CRASHES = 3
CRASH_WINDOW_SECONDS = 3600.0


class Misbehaviour:
    """The caller holds the plugin."""

    def __init__(self, keeper: Keeper, starter: Starter) -> None:
        self._keeper = keeper
        self._starter = starter

    def suspend(self, entry: Entry, reason: str) -> None:
        """Stop it and say why."""
        self._starter.halt(entry, reason)
        self._keeper.move(entry, "suspended", reason=reason)
        reached("suspend.stored")
        self._keeper.tell(entry.record.slug, "state")

    def note_crash(self, entry: Entry, error: str) -> bool:
        """Remember that it crashed, over restarts too. Returns whether it is suspended now:
        :data:`MAX_CRASHES` within an hour do that."""
        now = time.time()
        recent = [t for t in entry.record.failures if now - t < CRASH_WINDOW_SECONDS]
        failures = (*recent, now)
        self._keeper.move(entry, entry.record.state, failures=failures, last_error=error)
        if len(failures) < MAX_CRASHES or entry.running is None:
            return False
        self.suspend(entry, f"it crashed {len(failures)} times within an hour; last: {error}")
        return True
