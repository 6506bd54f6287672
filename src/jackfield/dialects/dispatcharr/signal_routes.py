"""Which plugins wait for which model signals, and the way there; see ``processes.signal_relay``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from jackfield.dialects.dispatcharr.processes.link import Link, LinkClosed

Wish = tuple[str, str]


class SignalRoutes:
    """Thread-safe.

    :param links: who can be told: key of the plugin (empty for the worker and the application)
        and link of each process that runs.
    """

    def __init__(self, links: Callable[[], Iterable[tuple[str, Link]]]) -> None:
        self._links = links
        self._lock = threading.Lock()
        self._wishes: dict[str, frozenset[Wish]] = {}

    def want(self, plugin: str, wishes: Iterable[Iterable[str]]) -> None:
        """What the receivers of a plugin wait for now; every process hears of it."""
        given = frozenset((signal, model) for signal, model in wishes)
        with self._lock:
            if self._wishes.get(plugin, frozenset()) == given:
                return
            if given:
                self._wishes[plugin] = given
            else:
                self._wishes.pop(plugin, None)
        for key, link in self._links():
            self.brief(key, link)

    def forget(self, plugin: str) -> None:
        """The plugin runs no more."""
        self.want(plugin, ())

    def brief(self, plugin: str, link: Link) -> None:
        """Tell one process what the plugins of the others wait for."""
        with self._lock:
            wishes = sorted(
                {wish for key, own in self._wishes.items() if key != plugin for wish in own}
            )
        with suppress(LinkClosed):
            link.tell("signal.watch", wishes=[list(wish) for wish in wishes])

    def brief_new(self, plugin: str, link: Link) -> None:
        """As :meth:`brief`, for a process that knows of no wishes yet."""
        with self._lock:
            any_other = any(key != plugin for key in self._wishes)
        if any_other:
            self.brief(plugin, link)

    def sent(self, signal: str, model: str, origin: str = "", **more: Any) -> None:
        """It happened in a process: let the plugins know that wait for it, but not its own."""
        with self._lock:
            waiting = {
                key
                for key, own in self._wishes.items()
                if key != origin and ((signal, model) in own or (signal, "") in own)
            }
        for key, link in self._links():
            if key in waiting:
                with suppress(LinkClosed):
                    link.tell("signal.receive", signal=signal, model=model, **more)
