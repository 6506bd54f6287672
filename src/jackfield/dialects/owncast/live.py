"""What connects the Owncast plugins of one host: custom events, chat commands, ``!help``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from jackfield.dialects.owncast.commands import asks_for_help, help_text, is_moderator
from jackfield.dialects.owncast.custom_events import CustomEvents
from jackfield.dialects.owncast.event_names import CHAT_COMMAND, CHAT_MESSAGE
from jackfield.dialects.owncast.markdown import to_html
from jackfield.plugins.dialect import Core, Running
from jackfield.plugins.events import Event
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.bus import PluginBus
from jackfield.services.chat import Chat
from jackfield.services.console import Console

if TYPE_CHECKING:
    from jackfield.dialects.owncast.runtime import OwncastRuntime

DIALECT = "owncast"

_lives: WeakValueDictionary[int, Live] = WeakValueDictionary()


def live_of(services: ServiceTable) -> Live | None:
    """The one of the host that lends *services*."""
    return _lives.get(id(services))


class Live:
    """One a host; the host's event bus keeps it alive.

    :ivar bus: the way from plugin to plugin.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.bus: PluginBus = core.services.find(PluginBus) or CustomEvents(
            self._hooks, core.events.deliver
        )
        core.events.listen(CHAT_MESSAGE, self._message)
        # Plugins are started with the services of their host, and by those they find this.
        _lives[id(core.services)] = self

    def gate(self) -> str | None:
        """Slug of the running plugin that decides who comes in, if there is one."""
        for running in self._core.plugins.all_running(DIALECT):
            if "auth.gate" in running.context.grants:
                return running.spec.slug
        return None

    def _running(self) -> list[tuple[Running, OwncastRuntime]]:
        from jackfield.dialects.owncast.runtime import OwncastRuntime

        return [
            (running, running.runtime)
            for running in self._core.plugins.all_running(DIALECT)
            if isinstance(running.runtime, OwncastRuntime)
        ]

    def _hooks(self) -> Mapping[str, frozenset[str]]:
        return {running.spec.slug: runtime.hooks for running, runtime in self._running()}

    def _message(self, event: Event) -> None:
        """After a message was accepted: its commands, then the help (owncast spec 3.7)."""
        message = event.payload
        if not isinstance(message, Mapping):
            return
        for running, runtime in self._running():
            for called in runtime.commands.called_by(message):
                payload = called.event(message)
                self._core.events.deliver(running.spec.slug, Event(CHAT_COMMAND, payload))
        # Authors' tools leave the help out, as the original ones do.
        if self._core.services.find(Console) is None and asks_for_help(str(message.get("body"))):
            self._post_help(message)

    def _post_help(self, message: Mapping[str, Any]) -> None:
        commands = [(run.spec.name, runtime.commands.all) for run, runtime in self._running()]
        text = help_text(commands, moderator=is_moderator(message))
        chat = self._core.services.find(Chat)
        if text and chat is not None:
            chat.send_system("", to_html(text))
