"""What there is: the reading half of the registry."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from pathlib import Path

from jackfield.plugins.dialect import Dialect, Running
from jackfield.plugins.discovery import DropFolder, Dropped
from jackfield.plugins.installing import Installer
from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.logs import LogLine, PluginLog
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.states import Change, PluginState
from jackfield.plugins.view import VersionInfo, version_infos, view
from jackfield.store import Database, DataDir


class Catalogue:
    """The installed plugins as they are. Thread-safe; waits for nobody.

    :ivar log_watcher: called with slug and line for each line of any plugin's log.
    """

    def __init__(
        self, db: Database, data: DataDir, dialects: Mapping[str, Dialect], log_level: str
    ) -> None:
        self._data = data
        self._dialects = dict(dialects)
        self._log_level = log_level
        self._installer = Installer(data)
        self._keeper = Keeper(db, self._new_log, self._view)
        self._drops = DropFolder(data.plugins, self._dialects)
        self.log_watcher: Callable[[str, LogLine], None] | None = None

    def _new_log(self, slug: str) -> PluginLog:
        file = self._data.log_file(slug)
        return PluginLog(slug, file, level=self._log_level, watcher=self._watch)

    def _watch(self, slug: str, line: LogLine) -> None:
        if self.log_watcher is not None:
            self.log_watcher(slug, line)

    def _started(self) -> bool:
        """Whether the host is started, so that what is enabled runs."""
        return False

    def observe(self, observer: Callable[[Change], None]) -> None:
        """Call *observer* with each change, once it is stored, in the thread that made it.

        It may read the registry; it must not change the plugin that it is told about.
        """
        self._keeper.observe(observer)

    def list(self) -> builtins.list[PluginState]:
        """Every installed plugin and every dropped file that waits, sorted by slug."""
        states = {slug: self._dropped_view(found) for slug, found in self._drops.found().items()}
        states |= {entry.record.slug: self._view(entry) for entry in self._keeper.sorted()}
        return [state for _, state in sorted(states.items())]

    def get(self, slug: str) -> PluginState:
        """One plugin, or one dropped file that waits.

        :raises NotFound: there is none of that slug.
        """
        if slug not in self._keeper.entries and (found := self._drops.found().get(slug)):
            return self._dropped_view(found)
        return self._view(self._keeper.get(slug))

    def spec(self, slug: str) -> PluginSpec:
        """What its manifest says.

        :raises NotFound: it is not installed.
        """
        return self._keeper.get(slug).record.spec

    def folder(self, slug: str) -> Path:
        """Where the files of its current version lie; read only.

        :raises NotFound: it is not installed.
        """
        return self._installer.folder(slug, self._keeper.get(slug).record.current)

    def log(self, slug: str) -> PluginLog:
        """Its log.

        :raises NotFound: it is not installed.
        """
        return self._keeper.get(slug).log

    def versions(self, slug: str) -> builtins.list[VersionInfo]:
        """The versions that are kept, newest first.

        :raises NotFound: it is not installed.
        """
        return version_infos(self._keeper.get(slug).record)

    def running(self, slug: str) -> Running | None:
        """That plugin, or ``None`` when it does not run."""
        entry = self._keeper.entries.get(slug)
        return None if entry is None else entry.running

    def all_running(self, dialect: str | None = None) -> builtins.list[Running]:
        """Every running plugin (of that dialect), sorted by slug."""
        found = [entry.running for entry in self._keeper.sorted()]
        return [r for r in found if r is not None and dialect in (None, r.spec.dialect)]

    def _view(self, entry: Entry) -> PluginState:
        dialect = self._dialects.get(entry.record.dialect)
        return view(entry.record, dialect, host_started=self._started())

    def _dropped_view(self, found: Dropped) -> PluginState:
        return found.state(self._dialects.get(found.spec.dialect) if found.spec else None)
