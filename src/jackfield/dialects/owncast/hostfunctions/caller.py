"""The plugin on whose behalf host functions act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jackfield.dialects.owncast.call_scope import CallScope
from jackfield.errors import Unavailable
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.permissions import Grants
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.bus import PluginBus

T = TypeVar("T")

Function = Callable[..., Any]
Functions = Mapping[str, Function]


@dataclass(frozen=True, slots=True)
class Caller:
    """One plugin, its rights and what surrounds it.

    :param bot_name: the name under which it speaks in the chat.
    :param root: its own unpacked folder.
    :param settings: returns the effective settings of this moment.
    :param bus: the way to other plugins.
    :param set_timer: ``(id, delay in ms, repeat)`` → whether the timer was set.
    :param clear_timer: drops the timer with that id.
    """

    slug: str
    bot_name: str
    grants: Grants
    services: ServiceTable
    log: PluginLog
    root: Path
    settings: Callable[[], Mapping[str, Any]]
    bus: PluginBus
    scope: CallScope
    set_timer: Callable[[int, int, bool], bool]
    clear_timer: Callable[[int], None]

    def service(self, kind: type[T], permission: str) -> T:
        """What the host lends for *permission*.

        :raises Unavailable: this host does not lend it.
        """
        found = self.services.find(kind)
        if found is None:
            raise Unavailable(f"this host does not offer {permission} yet")
        return found
