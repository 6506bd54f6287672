"""Events that plugins send to one another."""

from __future__ import annotations

from typing import Any, Protocol


class PluginBus(Protocol):
    """The way from plugin to plugin. Thread-safe; returns before anybody has heard the event."""

    def emit(self, slug: str, event_type: str, payload: Any) -> None:
        """Send an event as plugin *slug*.

        :raises InvalidInput: the name belongs to the host.
        """
