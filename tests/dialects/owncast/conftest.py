"""A host with one plugin on it, for the tests of what runs plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dialects.owncast.projects import project
from jackfield.config import Config, default_cache_dir
from jackfield.dialects.owncast.runtime import OwncastRuntime
from jackfield.errors import PluginError
from jackfield.host import Host
from jackfield.plugins.dialect import Running
from jackfield.plugins.events import Event
from jackfield.services.engine import SandboxEngine
from jackfield.services.recording import Found, Recorded, recording_services

CHAT = "chat.message.received"


@pytest.fixture(scope="session")
def sandbox_engine() -> SandboxEngine:
    """One engine for every host of the tests."""
    return SandboxEngine(default_cache_dir())


class PluginHost:
    """A composed host on which plugins run.

    :ivar recorded: what they did, unless the host's own services are in use.
    """

    def __init__(self, folder: Path, services: Mapping[type, Any], recorded: Recorded) -> None:
        self._folder = folder
        self.recorded = recorded
        self.host = Host(Config(data_dir=None, only=("owncast",)), services=services)
        self.host.registry.start()

    def add(
        self,
        source: str,
        *permissions: str,
        slug: str = "bot",
        files: Mapping[str, str | bytes] | None = None,
        grant: Any = "all",
        **manifest: Any,
    ) -> Running:
        """Install a plugin with that source, grant it all that it asks for, and start it.

        :raises PluginError: it did not start.
        """
        folder = project(
            self._folder / slug,
            {"src/plugin.py": "from owncast_plugin import *\n" + source, **(files or {})},
            slug=slug,
            name=slug.title(),
            permissions=list(permissions),
            **manifest,
        )
        self.host.registry.install(folder)
        state = self.host.registry.enable(slug, grant)
        running = self.host.registry.running(slug)
        if running is None:
            raise PluginError(state.last_error, plugin=slug)
        return running

    def runtime(self, slug: str = "bot") -> OwncastRuntime:
        """That plugin's runtime."""
        running = self.host.registry.running(slug)
        assert running is not None
        assert isinstance(running.runtime, OwncastRuntime)
        return running.runtime

    def tell(self, name: str, payload: Any = None) -> None:
        """Notify everybody, and wait until all have dealt with it."""
        self.host.dispatcher.notify(Event(name, payload))
        assert self.host.dispatcher.drain(timeout=30)

    def say(self, body: str, **user: Any) -> None:
        """A chat message of somebody was accepted."""
        person = {"id": "u-ann", "displayName": "ann", **user}
        message = {"id": "m1", "user": person, "body": body, "timestamp": "2026-01-01T00:00:00Z"}
        self.tell(CHAT, message)

    def log(self, slug: str = "bot") -> list[str]:
        """What is in that plugin's log: ``level: text``."""
        return [f"{line.level}: {line.text}" for line in self.host.registry.log(slug).tail(200)]


OpenHost = Callable[..., PluginHost]


@pytest.fixture
def open_host(tmp_path: Path, sandbox_engine: SandboxEngine) -> Iterator[OpenHost]:
    """Makes hosts: with recording services, or with ``real=True`` with their own."""
    opened: list[PluginHost] = []

    def make(
        *, real: bool = False, services: Mapping[type, Any] | None = None, **given: Any
    ) -> PluginHost:
        recorded = Recorded()
        lent: dict[type, Any] = {} if real else recording_services("bot", Found(**given), recorded)
        lent.update({SandboxEngine: sandbox_engine, **(services or {})})
        opened.append(PluginHost(tmp_path / f"host{len(opened)}", lent, recorded))
        return opened[-1]

    yield make
    for one in opened:
        one.host.stop()


@pytest.fixture
def plugins(open_host: OpenHost) -> PluginHost:
    """A host with recording services."""
    return open_host()
