"""The installed plugins in memory, following what the database has stored."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from jackfield.errors import JackfieldError, NotFound
from jackfield.plugins import records
from jackfield.plugins.dialect import Running
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.records import Record
from jackfield.plugins.states import EDGES, Change, PluginState, State
from jackfield.store import Database

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """One installed plugin.

    :ivar record: what was stored last.
    :ivar unsaved: whether the disk refused, so that the database is behind *record*.
    :ivar guard: held while *record* is changed: a running plugin changes its settings whenever
        it likes, without holding the plugin.
    """

    record: Record
    log: PluginLog
    running: Running | None = None
    unsaved: bool = False
    guard: threading.RLock = field(default_factory=threading.RLock, repr=False)


class Keeper:
    """Holds every :class:`Entry`; stores a change before anybody sees or hears of it.

    :param view: what observers are shown of an entry.
    """

    def __init__(
        self,
        db: Database,
        new_log: Callable[[str], PluginLog],
        view: Callable[[Entry], PluginState],
    ) -> None:
        self._db = db
        self._new_log = new_log
        self._view = view
        self._observers: list[Callable[[Change], None]] = []
        # Replaced as a whole under the guard, so that readers need no lock.
        self.entries: dict[str, Entry] = {}
        self._guard = threading.Lock()

    def load(self) -> None:
        """Read everything. Whoever does is the only host, so nothing can be running."""
        with self._db.read() as session:
            found = records.load(session)
        self.entries = {record.slug: Entry(record, self._new_log(record.slug)) for record in found}
        for entry in self.entries.values():
            if entry.record.state in ("starting", "running"):
                self.move(entry, "disabled")

    def get(self, slug: str) -> Entry:
        """One installed plugin.

        :raises NotFound: it is not installed.
        """
        try:
            return self.entries[slug]
        except KeyError:
            raise NotFound(
                "no such plugin is installed", plugin=slug, hint="jackfield list shows all"
            ) from None

    def sorted(self) -> list[Entry]:
        """Every installed plugin, by slug."""
        return [entry for _, entry in sorted(self.entries.items())]

    def needs(self, slug: str, version_id: str | None) -> bool:
        """Whether that plugin is installed, or that version of it kept."""
        entry = self.entries.get(slug)
        if entry is None or version_id is None:
            return entry is not None
        return any(version.id == version_id for version in entry.record.versions)

    # -- changes --------------------------------------------------------------------------------

    def add(self, record: Record) -> Entry:
        """Follow a plugin whose record the caller has stored."""
        entry = Entry(record, self._new_log(record.slug))
        with self._guard:
            self.entries = {**self.entries, record.slug: entry}
        return entry

    def drop(self, slug: str) -> None:
        """Forget a plugin whose record the caller has deleted."""
        with self._guard:
            self.entries = {s: entry for s, entry in self.entries.items() if s != slug}

    def store(self, entry: Entry, *, follow: bool = False, **changes: Any) -> None:
        """Store changes of a record's fields.

        :param follow: change memory even if the disk refuses, because it has happened already.
        :raises SurroundingsError: the disk refuses; without *follow* nothing has changed then.
        """
        with entry.guard:
            before = entry.record
            record = replace(before, **changes)
            if before.state != record.state and (before.state, record.state) not in EDGES:
                raise AssertionError(f"no edge from {before.state!r} to {record.state!r}")
            if record == before and not entry.unsaved:
                return
            try:
                with self._db.begin() as session:
                    records.save(session, record, None if entry.unsaved else before)
            except JackfieldError:
                if follow:
                    entry.record, entry.unsaved = record, True
                raise
            entry.record, entry.unsaved = record, False

    def move(self, entry: Entry, state: State, **changes: Any) -> None:
        """Note what a plugin does now. That is lost with the process in any case, so a disk that
        refuses is no reason to stop."""
        try:
            self.store(entry, follow=True, state=state, **changes)
        except JackfieldError as error:
            _logger.error("the state of %s was not stored: %s", entry.record.slug, error)

    # -- who is told ----------------------------------------------------------------------------

    def observe(self, observer: Callable[[Change], None]) -> None:
        """Call *observer* with each change, once it is stored."""
        self._observers.append(observer)

    def tell(self, slug: str, what: str) -> None:
        """Tell every observer; a failing one harms nobody."""
        entry = self.entries.get(slug)
        change = Change(slug, what, None if entry is None else self._view(entry))
        for observer in self._observers:
            try:
                observer(change)
            except Exception:
                _logger.exception("an observer of the registry failed")
