"""What is counted of each plugin."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

CallKind = Literal["event", "filter", "request", "action", "render"]
Outcome = Literal["ok", "raised", "timeout", "limit", "busy"]


@dataclass(slots=True)
class CallCount:
    """Calls of one kind: how many ended how, and the seconds they took in all and at most."""

    outcomes: dict[Outcome, int] = field(default_factory=lambda: defaultdict(int))
    seconds: float = 0.0
    longest: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.outcomes.values())


class PluginStats:
    """Counters of one plugin since the host started. They survive its restarts. Thread-safe."""

    def __init__(self, slug: str, dialect: str) -> None:
        self.slug = slug
        self.dialect = dialect
        self.strikes = 0
        self.dropped_events = 0
        self._calls: dict[CallKind, CallCount] = defaultdict(CallCount)
        self._lock = threading.Lock()

    def count(self, kind: CallKind, outcome: Outcome, seconds: float) -> None:
        """Add one call."""
        with self._lock:
            call = self._calls[kind]
            call.outcomes[outcome] += 1
            call.seconds += seconds
            call.longest = max(call.longest, seconds)

    def drop_event(self) -> None:
        """Add one event that the plugin never saw because its mailbox was full."""
        with self._lock:
            self.dropped_events += 1

    def calls(self) -> dict[CallKind, CallCount]:
        """A copy of the counters by kind of call."""
        with self._lock:
            return {
                kind: CallCount(dict(count.outcomes), count.seconds, count.longest)
                for kind, count in self._calls.items()
            }

    def to_dict(self) -> dict[str, Any]:
        """The counters as plain JSON; seconds are rounded to microseconds."""
        calls = self.calls()
        every = [count.outcomes for count in calls.values()]
        return {
            "calls": sum(count.total for count in calls.values()),
            "errors": sum(o.get("raised", 0) for o in every),
            "timeouts": sum(o.get("timeout", 0) for o in every),
            "limits": sum(o.get("limit", 0) for o in every),
            "strikes": self.strikes,
            "dropped_events": self.dropped_events,
            "seconds": round(sum(count.seconds for count in calls.values()), 6),
            "by_kind": {
                kind: {
                    "outcomes": dict(count.outcomes),
                    "seconds": round(count.seconds, 6),
                    "longest": round(count.longest, 6),
                }
                for kind, count in sorted(calls.items())
            },
        }
