"""``owncast.timer``: call something later."""

from __future__ import annotations

from collections.abc import Callable

from owncast_plugin._host import call
from owncast_plugin._registry import Timer as _Timer
from owncast_plugin._registry import registry


class Timer:
    """At most 64 pending timers, each from 100 ms to 24 h (owncast spec 3.6). Every plugin may.

    Timers live in memory: they are gone when the plugin stops.
    """

    def set_timeout(self, handler: Callable[[], object], ms: float) -> int:
        """Call *handler* once, after *ms* milliseconds. Returns an id, or 0 if refused."""
        return self._schedule(handler, ms, repeat=False)

    def set_interval(self, handler: Callable[[], object], ms: float) -> int:
        """Call *handler* every *ms* milliseconds. Returns an id, or 0 if refused."""
        return self._schedule(handler, ms, repeat=True)

    def clear(self, timer_id: int) -> None:
        """Forget a timer; one that is not there is no mistake."""
        registry.timers.pop(int(timer_id), None)
        call("owncast_timer_clear", int(timer_id))

    def _schedule(self, handler: Callable[[], object], ms: float, *, repeat: bool) -> int:
        timer_id = registry.next_timer_id()
        if not call("owncast_timer_set", timer_id, int(ms), int(repeat)):
            return 0
        registry.timers[timer_id] = _Timer(handler, repeat)
        return timer_id
