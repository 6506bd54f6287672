"""What is the same of every started plugin, wherever its code runs: in a process of its own
(:mod:`.runtime`) or in the sandbox (:mod:`.sandboxed.runtime`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.limits import ActionLimits
from jackfield.errors import JackfieldError, NotFound
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.installation import Installation
    from jackfield.dialects.dispatcharr.processes.link import Link

EVENT_PREFIX: Final = "dispatcharr."
"""Before the names of the ecosystem's events, among those of the host."""

_REASONS: Final = {
    "it is disabled": "disable",
    "it is uninstalled": "delete",
    "it is reloaded": "reload",
    "another version takes its place": "reload",
    "the host stops": "shutdown",
}


def stop_reason(reason: str) -> str:
    """Why the core stops a plugin, as the ecosystem calls that; besides ``shutdown``, which it
    does not know. ``disable`` for one that misbehaves."""
    return _REASONS.get(reason, "disable")


class StartedPlugin(ABC):
    """See :class:`jackfield.plugins.dialect.Runtime`, and what the dialect itself calls.

    :ivar key: what the ecosystem calls the plugin.
    """

    def __init__(
        self, context: PluginContext, installation: Installation, limits: ActionLimits | None
    ) -> None:
        self.key = str(context.spec.details.get("key") or context.spec.slug)
        self._context = context
        self._installation = installation
        self._limits = limits or installation.limits
        self._slug = context.spec.slug
        self._log = context.log
        inside = str(context.spec.details.get("folder") or "")
        self._root: Path = context.root / inside if inside else context.root
        self._events: dict[str, list[str]] = {}

    # -- what a kind of plugin says -------------------------------------------------------------

    @abstractmethod
    def start(self) -> None:
        """Load it.

        :raises PluginFailure: its code fails.
        """

    @abstractmethod
    def call_action(self, call: str, seconds: float, action: str, params: Mapping[str, Any]) -> Any:
        """Run an action; plain JSON.

        :param call: what it is called in messages.
        :param seconds: how long it may take; 0 for no limit.
        :raises PluginFailure: it failed.
        """

    @abstractmethod
    def ask(self, method: str, /, *, timeout: float | None = None, **params: Any) -> Any:
        """Ask its process something, for a dialect's own purposes.

        :raises Unavailable: it has none, or none runs.
        """

    @abstractmethod
    def refresh(self) -> None:
        """Read its attributes anew, if some are properties. A failure is no more than logged."""

    @abstractmethod
    def settings_changed(self) -> None:
        """It has other settings now."""

    @property
    @abstractmethod
    def link(self) -> Link | None:
        """To its process; ``None`` while there is none."""

    @abstractmethod
    def tell_rows(self) -> bool:
        """Have its process write the rows of other plugins; whether it could be told."""

    @property
    @abstractmethod
    def memory_bytes(self) -> int:
        """What it holds now; 0 where nobody can tell."""

    @abstractmethod
    def stop(self, reason: str) -> None:
        """Stop everything of it."""

    # -- what is the same -----------------------------------------------------------------------

    def check_readable(self) -> None:
        """:raises PluginFailure: its files were found to be no plugin when they were read."""
        if error := self._context.spec.details.get("error"):
            raise PluginFailure(str(error), plugin=self._slug, call="load")

    def learn(self, about: Mapping[str, Any]) -> None:
        """Let the core know what the running class says, and note which events it waits for."""
        spec = manifest.described(self._context.spec, about)
        events: dict[str, list[str]] = {}
        for action in spec.actions:
            for name in action.events:
                events.setdefault(EVENT_PREFIX + name, []).append(action.id)
        self._events = events
        try:
            self._installation.core.plugins.learn(self._slug, spec)
        except NotFound:
            pass  # a scenario or a test holds it, and no registry
        except JackfieldError as error:
            self._log.warning(f"what it says of itself is not taken over: {error.message}")

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        """Run an action, declared or not; a dictionary of plain JSON.

        :raises PluginFailure: it raised, crashed, or took too long.
        """
        return self.call_action(f"action {action}", self._limits.action, action, params)

    def notify(self, event: Event) -> None:
        """Run the actions that wait for this event.

        :raises PluginFailure: as :meth:`run`.
        """
        name = event.name.removeprefix(EVENT_PREFIX)
        failure: PluginFailure | None = None
        for action in self._events.get(event.name, ()):
            params = {"event": name, "payload": event.payload}
            try:
                self.call_action(
                    f"event {name} (action {action})", self._limits.event, action, params
                )
            except PluginFailure as error:
                failure = failure or error
        if failure is not None:
            raise failure

    @property
    def subscriptions(self) -> Subscriptions:
        """The events that its actions name."""
        return Subscriptions(events=frozenset(self._events))

    def filter(self, event: Event) -> FilterResult:
        """These plugins filter nothing."""
        del event
        return PASS

    def request(self, request: HttpRequest) -> HttpResponse:
        """These plugins have no pages on the host."""
        del request
        return HttpResponse(404)

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        """These plugins add nothing to pages."""
        del slot, context
        return ""
