"""Events, filters and what a filter answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_DEPTH = 8
"""How many events may follow from one another before the next is dropped (owncast spec 3.2)."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact sent to plugins.

    :param name: dotted, such as ``chat.message.received``.
    :param payload: plain JSON.
    :param source: slug of the plugin that emitted it; empty for the host.
    :param depth: how many events it follows from; see :data:`MAX_DEPTH`.
    """

    name: str
    payload: Any = None
    source: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class FilterResult:
    """What one filter says of an event, or what a whole chain has made of it.

    :param payload: with ``modify``: what takes the payload's place.
    :param reason: with ``drop``: why, for the log and the sender.
    :param by: slug of the plugin that dropped it.
    """

    action: Literal["pass", "modify", "drop"] = "pass"
    payload: Any = None
    reason: str = ""
    by: str = ""

    @property
    def dropped(self) -> bool:
        return self.action == "drop"


PASS = FilterResult()


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What a started plugin wants to hear.

    :param events: names of the events it is notified of.
    :param filters: name of each event that it filters → priority; lower runs first.
    """

    events: frozenset[str] = frozenset()
    filters: Mapping[str, int] = field(default_factory=dict)
