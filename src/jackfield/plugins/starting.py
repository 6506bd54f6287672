"""Starts and stops one plugin."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from jackfield.errors import Conflict, JackfieldError
from jackfield.plugins.dialect import Dialect, PluginContext, PluginFailure, Running, Runtime
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.installing import Installer
from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.records import spec_to_json
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.stats import CallKind
from jackfield.plugins.steps import reached
from jackfield.store import DataDir

T = TypeVar("T")

_logger = logging.getLogger(__name__)


class Attaching(Protocol):
    """What the registry needs of the dispatcher."""

    def attach(self, running: Running) -> None:
        """Let a started plugin hear its events from now on."""

    def detach(self, slug: str) -> None:
        """Stop events to a plugin; returns when no call to it runs any more."""

    def call(self, slug: str, kind: CallKind, function: Callable[[], T]) -> T | None:
        """Run a call into that plugin, counted and judged; ``None`` if it does not run."""
        ...


class Starter:
    """Turns an installed plugin into a running one, and back. The caller holds the plugin."""

    def __init__(
        self,
        keeper: Keeper,
        installer: Installer,
        data: DataDir,
        dialects: Mapping[str, Dialect],
        services: ServiceTable,
        dispatcher: Attaching,
    ) -> None:
        self._keeper = keeper
        self._installer = installer
        self._data = data
        self._dialects = dialects
        self._services = services
        self._dispatcher = dispatcher

    def dialect(self, entry: Entry) -> Dialect:
        """The dialect of a plugin.

        :raises Conflict: it is not installed.
        """
        try:
            return self._dialects[entry.record.dialect]
        except KeyError:
            raise Conflict(
                f"its dialect {entry.record.dialect!r} is not installed",
                plugin=entry.record.slug,
                hint="install the package that brings the dialect, or uninstall the plugin",
            ) from None

    def has_dialect(self, entry: Entry) -> bool:
        """Whether the dialect of a plugin is installed."""
        return entry.record.dialect in self._dialects

    def known(self, entry: Entry) -> Mapping[str, Any]:
        """The permissions that its dialect knows."""
        dialect = self._dialects.get(entry.record.dialect)
        return {} if dialect is None else dialect.permissions

    # -- start ----------------------------------------------------------------------------------

    def start(self, entry: Entry) -> None:
        """Start the current version.

        A plugin that fails ends ``failed``, which is no error here; one whose manifest turns out
        to ask for more than was answered ends ``disabled``.
        """
        keeper, slug = self._keeper, entry.record.slug
        dialect = self.dialect(entry)
        keeper.move(entry, "starting", reason="")
        keeper.tell(slug, "state")
        reached("start.starting")
        runtime: Runtime | None = None
        try:
            self._read_again(entry, dialect)
            record = entry.record
            if record.decision.undecided(record.spec, dialect.permissions):
                keeper.move(entry, "disabled")
            else:
                context = self._context(entry)
                runtime = dialect.start(context)
                reached("start.loaded")
                entry.running = Running(entry.record.spec, context, runtime)
                self._dispatcher.attach(entry.running)
                keeper.move(entry, "running", last_error="")
                reached("start.running")
        except Exception as error:  # noqa: BLE001 - what its dialect lets through is its failure
            if runtime is not None:
                self._dispatcher.detach(slug)
                entry.running = None
                self._stop(entry, runtime, "it failed to start")
            self._failed(entry, error)
        keeper.tell(slug, "state")

    def _read_again(self, entry: Entry, dialect: Dialect) -> None:
        """Read the manifest anew: its dialect may be a newer one than when it was installed."""
        record = entry.record
        root = self._installer.folder(record.slug, record.current)
        # A folder that was taken in place has its own name, which may matter to its dialect.
        name = self._installer.own_name(record.slug, record.current) or record.slug
        came_as = record.spec.read_from
        spec = replace(dialect.read(FolderFiles(root, name, came_as)), read_from=came_as)
        if spec_to_json(spec) != spec_to_json(record.spec):
            with entry.guard:
                versions = tuple(
                    replace(v, spec=spec) if v.id == record.current else v
                    for v in entry.record.versions
                )
                self._keeper.store(entry, versions=versions)

    def _context(self, entry: Entry) -> PluginContext:
        record = entry.record

        # What a running plugin says of its fields counts from then on.
        def stored() -> dict[str, Any]:
            schema = entry.record.spec.settings
            return schema.usable(entry.record.settings, plugin=record.slug)

        return PluginContext(
            spec=record.spec,
            root=self._installer.folder(record.slug, record.current),
            data=self._data.plugin_data(record.slug),
            grants=record.decision.within(record.spec).granted,
            services=self._services,
            log=entry.log,
            settings=lambda: entry.record.spec.settings.effective(stored()),
            stored_settings=stored,
            in_place=self._installer.taken_in_place(record.slug, record.current),
        )

    def _failed(self, entry: Entry, error: Exception) -> None:
        if isinstance(error, JackfieldError):
            text = f"{error.file}: {error.message}" if error.file else error.message
            text += f" ({error.hint})" if error.hint else ""
            trace = error.traceback if isinstance(error, PluginFailure) else ""
        else:
            _logger.error("%s: its dialect failed", entry.record.slug, exc_info=error)
            text, trace = f"{type(error).__name__}: {error}", ""
        entry.log.error(f"did not start: {text}" + (trace and "\n") + trace)
        self._keeper.move(entry, "failed", last_error=text, reason=f"did not start: {text}")

    # -- stop -----------------------------------------------------------------------------------

    def halt(self, entry: Entry, reason: str) -> None:
        """Stop the runtime, if there is one. The new state is the caller's to store."""
        running = entry.running
        if running is None:
            return
        self._dispatcher.detach(entry.record.slug)
        reached("stop.detached")
        entry.running = None
        self._stop(entry, running.runtime, reason)
        reached("stop.stopped")

    @staticmethod
    def _stop(entry: Entry, runtime: Runtime, reason: str) -> None:
        try:
            runtime.stop(reason)
        except Exception as error:
            _logger.exception("%s failed to stop", entry.record.slug)
            entry.log.error(f"failed to stop: {type(error).__name__}: {error}")
