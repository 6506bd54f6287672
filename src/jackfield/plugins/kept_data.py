"""What uninstalled plugins left: their values, settings and files, for a later install."""

from __future__ import annotations

from jackfield.errors import NotFound
from jackfield.plugins import records
from jackfield.plugins.installing import Installer, Leftover
from jackfield.plugins.keeper import Keeper
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

    def delete(self, slug: str) -> None:
        """Delete what an uninstalled plugin left.

        :raises NotFound: nothing is kept under that slug.
        """
        if slug in self._keeper.entries or slug not in self.owners():
            raise NotFound("no data of an uninstalled plugin is kept", plugin=slug)
        with self._installer.take_out(self.files(slug)), self._db.begin() as session:
            records.forget_kept(session, slug)
