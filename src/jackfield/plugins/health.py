"""When a plugin's filters have failed too often."""

from __future__ import annotations

from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.stats import CallKind, PluginStats

MAX_STRIKES = 5
"""Consecutive failures of a plugin's filters that suspend it (owncast spec 3.3)."""


class Health:
    """Judges one plugin's calls: a failed filter is a strike, one that ends well clears them."""

    def __init__(self, stats: PluginStats) -> None:
        self._stats = stats

    def good(self, kind: CallKind) -> None:
        """Note a call that ended well."""
        if kind == "filter":
            self._stats.strikes = 0

    def bad(self, kind: CallKind, failure: PluginFailure) -> str | None:
        """Note a call that failed. Returns the reason to suspend the plugin, if that is due."""
        if kind != "filter":
            return None
        self._stats.strikes += 1
        if self._stats.strikes < MAX_STRIKES:
            return None
        return f"its filter failed {MAX_STRIKES} times in a row; last: {failure.message}"


def is_crash(kind: CallKind, failure: PluginFailure) -> bool:
    """Whether a call had to be killed that only the plugin itself can have caused.

    A request is none, because a visitor could cause it as often as they like; a filter is judged
    by its strikes.
    """
    return kind in ("event", "action") and failure.kind in ("timeout", "limit")
