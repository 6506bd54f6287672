"""What uninstalled plugins left: their values, settings and files, for a later install."""

from __future__ import annotations

from datetime import UTC, datetime

from jackfield.errors import NotFound
from jackfield.plugins import records
from jackfield.plugins.installing import Installer, Leftover
from jackfield.plugins.keeper import Keeper
from jackfield.plugins.records import Record
from jackfield.plugins.steps import reached
from jackfield.store import Database, DataDir


class KeptData:
    """The caller holds the plugin."""

    def __init__(self, db: Database, data: DataDir, installer: Installer, keeper: Keeper) -> None:
        self._db = db
        self._data = data
        self._installer = installer
        self._keeper = keeper

    def owners(self) -> dict[str, str]:
        """Slugs of uninstalled plugins whose data is kept, with their dialect."""
        with self._db.read() as session:
            return {slug: dialect for slug, (dialect, _) in records.kept(session).items()}

    def files(self, slug: str) -> list[Leftover]:
        """What a plugin stored outside of the database."""
        paths = [self._data.plugin_data(slug), *self._data.log_files(slug)]
        return [Leftover(path, slug) for path in paths]

    def leave(self, record: Record, *, keep_data: bool) -> None:
        """Remove a stopped plugin with all its versions; what it stored stays if *keep_data*."""
        gone = [Leftover(self._data.plugins / record.slug, record.slug)]
        if not keep_data:
            gone += self.files(record.slug)
        with self._installer.take_out(gone):
            reached("uninstall.noted")
            with self._db.begin() as session:
                records.remove(session, record, keep_data=keep_data, now=datetime.now(UTC))
            reached("uninstall.stored")
        reached("uninstall.removed")

    def delete(self, slug: str) -> None:
        """Delete what an uninstalled plugin left.

        :raises NotFound: nothing is kept under that slug.
        """
        if slug in self._keeper.entries or slug not in self.owners():
            raise NotFound("no data of an uninstalled plugin is kept", plugin=slug)
        with self._installer.take_out(self.files(slug)), self._db.begin() as session:
            records.forget_kept(session, slug)
