"""Timers that plugins set; each fires as an event to its owner only."""

from __future__ import annotations

from typing import Protocol

MIN_DELAY_MS = 100
MAX_DELAY_MS = 86_400_000
MAX_PENDING = 64


class Timers(Protocol):
    """Timers by plugin and by the plugin's own id (owncast spec 3.6). Thread-safe."""

    def set(self, slug: str, timer_id: int, delay_ms: int, repeat: bool) -> bool:
        """Start or replace a timer; the delay is clamped to the range above.

        ``False`` when the plugin has :data:`MAX_PENDING` timers already. A repeating timer is
        armed again after its event was handled.
        """
        ...

    def clear(self, slug: str, timer_id: int) -> None: ...

    def clear_all(self, slug: str) -> None:
        """Drop every timer of a plugin: at disable, reload, uninstall."""
