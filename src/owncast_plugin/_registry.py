"""What the plugin registered. One a process: a sandbox holds one plugin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from owncast_plugin.payloads import Payload

Handler = Callable[..., Any]

FILTER_PRIORITY = 100
"""Where a plugin's filters run when it does not say; lower runs earlier."""


class Route(NamedTuple):
    """One HTTP handler. ``method`` is ``"*"`` for any."""

    method: str
    path: str
    handler: Handler


class Timer(NamedTuple):
    """What to call when a timer fires."""

    handler: Handler
    repeat: bool


@dataclass
class Registry:
    """Every handler, by what it answers. Registering twice for one thing: the last one wins,
    except for routes and command tables, which add up (owncast spec 3.1)."""

    events: dict[str, tuple[Handler, type[Payload]]] = field(default_factory=dict)
    filters: dict[str, tuple[Handler, type[Payload]]] = field(default_factory=dict)
    custom_events: dict[str, Handler] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    tabs: dict[str, Handler] = field(default_factory=dict)
    page_contents: dict[str, Handler] = field(default_factory=dict)
    single: dict[str, Handler] = field(default_factory=dict)
    """The hooks that exist once: ``http``, ``styles``, ``scripts``, ``auth_check``."""
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Commands that the host matches, by name."""
    command_infos: list[dict[str, Any]] = field(default_factory=list)
    chat_routers: list[Handler] = field(default_factory=list)
    """Command routers of the plugin itself that see each message before its own handler."""
    timers: dict[int, Timer] = field(default_factory=dict)
    filter_priority: int = FILTER_PRIORITY
    last_timer_id: int = 0

    def next_timer_id(self) -> int:
        """1, 2, 3, ..."""
        self.last_timer_id += 1
        return self.last_timer_id

    def clear(self) -> None:
        """Forget everything; the object stays the same, because others hold it."""
        fresh = Registry()
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(fresh, name))


registry = Registry()
