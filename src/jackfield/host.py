"""The composition root: from a configuration to a host that runs plugins.

``Host(Config(data_dir=…)).asgi()`` is an ASGI application that serves alone or is mounted in
another. Without the web, a host is used as a context manager::

    with Host(Config(data_dir=path)) as host:
        host.registry.install(Path("greeter.ocpkg"))
        host.registry.enable("greeter", grant="all")
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from importlib.metadata import entry_points
from typing import Any, Self

from jackfield.config import Config, default_cache_dir
from jackfield.errors import Conflict, InvalidInput
from jackfield.plugins.dialect import Core, Dialect
from jackfield.plugins.dispatcher import Dispatcher
from jackfield.plugins.registry import Registry
from jackfield.plugins.service_table import ServiceTable
from jackfield.services.builtin import builtin_services
from jackfield.services.chat import Chat
from jackfield.services.engine import SandboxEngine
from jackfield.services.ticker import Ticker
from jackfield.store import Database, DataDir


class Host:
    """One host: a data directory, its dialects, its services and the plugins that run.

    :param config: what to serve and from where; the default keeps everything in memory.
    :param dialects: the dialects to offer; by default all that are installed.
    :param services: implementations that take the place of the built-in ones, by their protocol.
        This is how an application lends its own chat or users to plugins. With a chat of its own
        there is no built-in one beside it, which would show what no plugin hears.
    :raises SurroundingsError: the data directory cannot be used.
    :raises Conflict: another host uses it.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        dialects: Mapping[str, Dialect] | None = None,
        services: Mapping[type, Any] | None = None,
    ) -> None:
        self.config = config or Config()
        self.dialects = dict(installed_dialects(self.config.only) if dialects is None else dialects)
        # What was opened so far, so that a failure half-way and stop() let go of the same things.
        self._open = ExitStack()
        try:
            self.data = DataDir(self.config.data_dir)
            self._open.callback(self.data.close)
            self.db = Database(
                self.config.database or (None if self.data.temporary else self.data.database_url)
            )
            self._open.callback(self.db.close)
            self.dispatcher = Dispatcher()
            self.engine = SandboxEngine(self.config.cache_dir or default_cache_dir())
            lent = dict(services or {})
            own = builtin_services(
                self.db, self.data, self.dispatcher, self.config.chat, chat=Chat not in lent
            )
            self.services = ServiceTable({**own, SandboxEngine: self.engine, **lent})
            for service in {id(one): one for one in self.services}.values():
                if callable(close := getattr(service, "close", None)):
                    self._open.callback(close)
            self._open.callback(self.dispatcher.close)
            self.registry = Registry(
                self.db, self.data, self.dialects, self.services, self.dispatcher, self.config
            )
            self._open.callback(self._detach)
            self._open.callback(self.registry.stop)
            self.dispatcher.on_suspend = self.registry.suspend
            self.dispatcher.on_crash = self.registry.note_crash
            self.core = Core(
                self.registry,
                self.dispatcher,
                self.services,
                self.data.path,
                self.config.homes,
                self.config.database,
            )
            for dialect in self.dialects.values():
                dialect.attach(self.core)
            self._ticker = Ticker(self.core.events)
            self._open.callback(self._ticker.stop)
        except BaseException:
            self._open.close()
            raise
        self._boot: threading.Thread | None = None
        self._changing = threading.RLock()
        self._stopped = False

    def _detach(self) -> None:
        """Let dialects end what they have beside their plugins, which have stopped."""
        for dialect in self.dialects.values():
            if callable(detach := getattr(dialect, "detach", None)):
                detach(self.core)

    def start(self) -> None:
        """Start the enabled plugins in the background; returns at once.

        The sandbox's one-time native compile may be part of it. :meth:`wait_started` waits. A host
        that is started already is left alone, so that an application may start it, and the
        lifespan of :meth:`asgi` too.

        :raises Conflict: it was stopped.
        """
        with self._changing:
            if self._stopped:
                raise Conflict("this host was stopped", hint="make a new one")
            if self._boot is None:
                self._ticker.start()
                self._boot = threading.Thread(target=self.registry.start, name="boot", daemon=True)
                self._boot.start()

    def wait_started(self, timeout: float | None = None) -> bool:
        """Wait until each enabled plugin runs or has failed; ``False`` after *timeout* seconds."""
        if self._boot is not None:
            self._boot.join(timeout)
            return not self._boot.is_alive()
        return False

    def stop(self) -> None:
        """Stop every plugin and let go of the data directory. A stopped host stays stopped.

        May be called again, and of a host that never started; returns when all is let go.
        """
        with self._changing:
            self._stopped = True
            self._open.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @cached_property
    def sites(self) -> dict[str, Any]:
        """Dialect → its own HTTP surface as an ASGI application, for those that have one.

        The same application answers below its prefix on the host's address and, unprefixed, on an
        address of its own.
        """
        made = {name: dialect.site(self.core) for name, dialect in self.dialects.items()}
        return {name: site for name, site in made.items() if site is not None}

    def asgi(self) -> Any:
        """The host as an ASGI application; its lifespan starts and stops the host."""
        from jackfield.web.app import create_app

        return create_app(self)


def installed_dialects(only: tuple[str, ...] = ()) -> dict[str, Dialect]:
    """The dialects found under the entry point group ``jackfield.dialects``, by name.

    :param only: names to keep; empty keeps all.
    :raises InvalidInput: *only* names a dialect that is not installed.
    """
    found = {point.name: point for point in entry_points(group="jackfield.dialects")}
    for name in only:
        if name not in found:
            known = ", ".join(sorted(found))
            raise InvalidInput(f"no dialect {name!r} is installed; there are: {known}")
    return {name: found[name].load() for name in sorted(only or found)}
