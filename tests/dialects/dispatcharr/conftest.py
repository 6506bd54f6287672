"""Fixtures for the Dispatcharr dialect.

Django is configured once a process, so all tests of one process share a database file. Each test
that asks for ``django_env`` finds it as a new installation has it, and whatever the test leaves in
it is gone for the next one, primary keys included.
"""

from __future__ import annotations

import base64
import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link


@pytest.fixture(scope="session")
def _installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Environment, sqlite3.Connection]]:
    """A migrated database, and a copy of it in memory as it was then."""
    environment = Environment(
        home=tmp_path_factory.mktemp("dispatcharr"),
        secret="for tests only, and as long as it should be",
    )
    django_setup.configure(environment)
    django_setup.migrate()
    from django.db import connections

    pristine = sqlite3.connect(":memory:")
    with connections["default"].cursor() as cursor:
        cursor.connection.backup(pristine)
    yield environment, pristine
    connections.close_all()
    pristine.close()


@pytest.fixture
def django_env(
    _installation: tuple[Environment, sqlite3.Connection],
) -> Iterator[Environment]:
    """The environment that Django works on in this process, its database as a new one's."""
    environment, pristine = _installation
    from django.core.cache import cache
    from django.db import connections

    yield environment

    cache.clear()
    connection = connections["default"]
    # A test that broke off within a transaction leaves a connection that nobody can use.
    connection.close()
    with connection.cursor() as cursor:
        pristine.backup(cursor.connection)
    connection.close()


class HostBeside:
    """The host's end of this process' link: what it was told, and what it answers."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._told: list[tuple[str, dict[str, Any]]] = []
        self._tasks: list[tuple[str, list[Any], dict[str, Any]]] = []
        self.answers: dict[str, Callable[..., Any]] = {"task.publish": self._publish}
        for method in ("websocket", "system_event", "plugin_config.saved"):
            self.answers[method] = self._hears(method)
        self._host = Link(ours, self.answers, name="host")
        self._process = Link(theirs, {"sync": lambda: None}, name="process")
        here.attach(self._process, "plugin", of_plugin="a_plugin")

    def _hears(self, method: str) -> Callable[..., None]:
        def hear(**params: Any) -> None:
            self._told.append((method, params))

        return hear

    def _publish(self, message: dict[str, Any], plugin: str) -> None:
        assert plugin == "a_plugin"
        args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
        self._tasks.append((message["headers"]["task"], args, kwargs))

    def told(self, method: str) -> list[dict[str, Any]]:
        """What the process has told it under that name until now."""
        self._host.call("sync")  # answered after everything that was told before
        return [params for name, params in self._told if name == method]

    @property
    def tasks(self) -> list[tuple[str, list[Any], dict[str, Any]]]:
        """The Celery tasks that the process has queued: name, positional and named arguments."""
        return list(self._tasks)

    def forget(self) -> None:
        """Begin anew."""
        self.told("")
        self._told.clear()
        self._tasks.clear()

    def close(self) -> None:
        here.detach()
        self._process.close()
        self._host.close()


@pytest.fixture
def host_beside(django_env: Environment) -> Iterator[HostBeside]:
    """A host on the other end of a real link, while this process acts as a plugin's."""
    host = HostBeside()
    yield host
    host.close()


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginHost]:
    """A host that runs plugins, for the tests of one module."""
    made = PluginHost(tmp_path_factory.mktemp("host"))
    yield made
    made.stop()
