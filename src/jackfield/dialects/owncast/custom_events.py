"""Events from plugin to plugin, for plugins of every era (owncast spec 3.5).

How a plugin names another's event changed twice: first names were global, then the emitter's slug
came in front of them, now the recipient's. Here an event reaches

- the hook of exactly that name (global, and "emitter.name" as some plugins wrote it),
- in the plugin whose slug the name starts with, the hook named by the rest,
- the hook "emitter.name" where the emitter wrote only "name",

each plugin at most once, under the hook's own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jackfield.dialects.owncast.event_names import BUILT_IN
from jackfield.errors import InvalidInput
from jackfield.plugins.events import Event

Deliver = Callable[[str, Event], bool]
Hooks = Callable[[], Mapping[str, frozenset[str]]]


def hook_for(slug: str, hooks: frozenset[str], emitter: str, event_type: str) -> str | None:
    """The hook of plugin *slug* that an event of *emitter* calls, if any."""
    owner, _, rest = event_type.partition(".")
    candidates = [event_type, f"{emitter}.{event_type}"]
    if owner == slug and rest:
        candidates.insert(0, rest)
    return next((name for name in candidates if name in hooks), None)


def check_hooks(slug: str, hooks: Iterable[str]) -> None:
    """Refuse hooks whose full name is one of the host's.

    :raises InvalidInput: naming the hook.
    """
    for hook in hooks:
        if f"{slug}.{hook}" in BUILT_IN:
            raise InvalidInput(
                f"the custom event {hook!r} of this plugin would be {slug}.{hook}, which is an "
                "event of the host; choose another name",
                plugin=slug,
            )


class CustomEvents:
    """The :class:`~jackfield.services.bus.PluginBus` of a host.

    Events are queued, so a plugin may send one to itself, and two may answer each other; the
    dispatcher ends such a conversation after eight events.

    :param hooks: the custom hooks of each plugin that runs now, by slug.
    :param deliver: queues an event for one plugin.
    """

    def __init__(self, hooks: Hooks, deliver: Deliver) -> None:
        self._hooks = hooks
        self._deliver = deliver

    def emit(self, slug: str, event_type: str, payload: Any) -> None:
        if event_type in BUILT_IN:
            raise InvalidInput("only the host sends this event")
        if not event_type.strip():
            raise InvalidInput("an event needs a name")
        for receiver, hooks in self._hooks().items():
            hook = hook_for(receiver, hooks, slug, event_type)
            if hook is not None:
                self._deliver(receiver, Event(hook, payload, source=slug))


class SilentBus:
    """For a plugin that runs outside of a composed host: nobody hears its events."""

    def emit(self, slug: str, event_type: str, payload: Any) -> None:
        """Nobody to tell."""
        del slug, event_type, payload
