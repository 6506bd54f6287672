"""One plugin on the bench: kept in step with its author's folder, and poked at."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from jackfield.errors import JackfieldError, NotFound
from jackfield.host import Host
from jackfield.plugins.dialect import Dialect
from jackfield.plugins.events import Event
from jackfield.services.accounts import Accounts
from jackfield.services.chat import MessageDropped
from jackfield.services.chat_room import ChatRoom
from jackfield.services.users import User

SETTLE_S = 5.0
"""How long an answer waits for the plugin to finish with what it was sent."""

JSON = dict[str, Any]


class DevBench:
    """Builds the plugin in *folder*, runs it in *host* with all it asks for, and sends it events.

    Thread-safe. A version that does not build or load leaves the one before running.

    :param host: for this plugin alone; everything in it is thrown away afterwards.
    :ivar generation: how many versions were loaded.
    :ivar error: why the newest version does not run, as the author should read it.
    :ivar written: what the build wrote into the folder.
    """

    def __init__(self, host: Host, dialect: Dialect, folder: Path) -> None:
        self.host = host
        self.dialect = dialect
        self.folder = folder
        self.slug = ""
        self.generation = 0
        self.error: JackfieldError | None = None
        self.load_ms = 0
        self.written: frozenset[Path] = frozenset()
        self._lock = threading.Lock()

    def load(self) -> bool:
        """Build, install and start what the folder holds now. ``False``: see :attr:`error`."""
        with self._lock:
            begun = time.perf_counter()
            try:
                self._load()
            except JackfieldError as error:
                self.error = error
                return False
            self.error = None
            self.generation += 1
            self.load_ms = round((time.perf_counter() - begun) * 1000)
            return True

    def _load(self) -> None:
        registry = self.host.registry
        built = self.dialect.author.build(self.folder)
        self.written = frozenset(path.resolve() for path in built)
        slug = registry.inspect(self.folder).slug
        if self.slug and slug != self.slug:  # the author renamed it
            registry.uninstall(self.slug, keep_data=False)
            self.slug = ""
        if self.slug:
            state = registry.update(slug, self.folder)
        else:
            state = registry.install(self.folder, dialect=self.dialect.name)
            self.slug = slug
        if not state.last_error and (state.missing or state.state != "running"):
            state = registry.enable(slug, "all")
        if state.last_error:
            raise NotRunning(state.last_error, plugin=slug)

    # What happens to it

    def say(self, name: str, body: str) -> JSON:
        """Say something in the chat as a person of that name, who is made on first use."""
        before = self._mark()
        try:
            shown = self.host.services.get(ChatRoom).post(self._person(name), body)
        except MessageDropped as dropped:
            answer: JSON = {"allowed": False, "reason": dropped.message}
        else:
            answer = {"allowed": True, "reason": "", "message": to_builtins(shown)}
        return {**answer, **self._since(before)}

    def _person(self, name: str) -> User:
        accounts = self.host.services.get(Accounts)
        try:
            return accounts.find(name or "dev-user")
        except NotFound:
            return accounts.register(name or "dev-user")[0]

    def fire(self, name: str, payload: Any) -> JSON:
        """Send any event: through the plugin's filter if it has one for it, then to the plugin."""
        before = self._mark()
        event = Event(name, payload)
        result = self.host.dispatcher.filter(event)
        if not result.dropped:
            if result.action == "modify":
                event = Event(name, result.payload)
            self.host.dispatcher.notify(event)
        return {"dispatched": name, "filter": to_builtins(result), **self._since(before)}

    def press(self, action: str, params: JSON) -> JSON:
        """Run one of the plugin's actions."""
        before = self._mark()
        result = self.host.registry.run_action(self.slug, action, params)
        return {"result": result, **self._since(before)}

    # What came of it

    def state(self, after: int = 0) -> JSON:
        """The plugin, its newest mistake, the log's entries above *after*, and the chat."""
        running = self.host.registry.running(self.slug) if self.slug else None
        wants = running.runtime.subscriptions if running else None
        lines = self.host.registry.log(self.slug).tail(500, after=after) if self.slug else []
        return {
            "slug": self.slug,
            "folder": str(self.folder),
            "dialect": self.dialect.title,
            "running": running is not None,
            "version": running.spec.version if running else "",
            "generation": self.generation,
            "load_ms": self.load_ms,
            "error": None if self.error is None else self.error.to_dict(),
            "traceback": getattr(self.error, "traceback", ""),
            "events": sorted(wants.events) if wants else [],
            "filters": dict(wants.filters) if wants else {},
            "actions": [to_builtins(a) for a in running.spec.actions] if running else [],
            "log": [line.to_dict() for line in lines],
            "chat": self.chat(),
        }

    def chat(self) -> list[JSON]:
        """The newest messages, oldest first."""
        return [to_builtins(message) for message in self.host.services.get(ChatRoom).history(100)]

    def _mark(self) -> tuple[int, int]:
        newest = self.host.registry.log(self.slug).tail(1) if self.slug else []
        return (newest[-1].number if newest else 0), len(self.chat())

    def _since(self, mark: tuple[int, int]) -> JSON:
        """What the plugin wrote to its log since *mark*, once it has finished."""
        settled = self.host.dispatcher.drain(self.slug or None, timeout=SETTLE_S)
        lines = self.host.registry.log(self.slug).tail(500, after=mark[0]) if self.slug else []
        return {"settled": settled, "log": [line.to_dict() for line in lines]}


class NotRunning(JackfieldError):
    """The plugin was installed, but its code does not start."""

    code = "plugin_failed"
