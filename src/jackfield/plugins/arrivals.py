"""A plugin's first arrival: whether its slug is free, its files, and its first record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jackfield.errors import Conflict
from jackfield.plugins import records
from jackfield.plugins.installing import Installer, Source
from jackfield.plugins.keeper import Keeper
from jackfield.plugins.kept_data import KeptData
from jackfield.plugins.records import Record, Version
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.steps import reached
from jackfield.store import Database


class Arrivals:
    """Installs what is not installed yet. The caller holds the plugin."""

    def __init__(
        self, db: Database, installer: Installer, keeper: Keeper, kept_data: KeptData
    ) -> None:
        self._db = db
        self._installer = installer
        self._keeper = keeper
        self._kept_data = kept_data

    def check_free(self, spec: PluginSpec) -> None:
        """Whether a plugin of that slug can come in.

        :raises Conflict: one is installed, or data of another dialect's is kept.
        """
        if (entry := self._keeper.entries.get(spec.slug)) is not None:
            other = entry.record.dialect
            if other == spec.dialect:
                raise Conflict(
                    f"is already installed, in version {entry.record.spec.version}",
                    plugin=spec.slug,
                    hint="update it instead",
                )
            raise Conflict(
                f"the slug is taken by a plugin of dialect {other!r}; this one is of "
                f"{spec.dialect!r}",
                plugin=spec.slug,
                hint="uninstall that one first",
            )
        kept = self._kept_data.owners().get(spec.slug)
        if kept is not None and kept != spec.dialect:
            raise Conflict(
                f"data of an uninstalled plugin of dialect {kept!r} is kept under this slug",
                plugin=spec.slug,
                hint="delete the kept data first",
            )

    def bring(self, source: Source, *, in_place: Path | None = None) -> None:
        """Put the plugin's files in place and store it, disabled.

        :param in_place: leave the files in this folder and refer to it.
        :raises Conflict: as :meth:`check_free`.
        """
        self.check_free(source.spec)
        spec, now = source.spec, datetime.now(UTC)
        with self._installer.bring_in(source, in_place=in_place) as version_id:
            with self._db.begin() as session:
                _, settings = records.kept(session).get(spec.slug, ("", {}))
                record = Record(
                    spec.slug,
                    spec.dialect,
                    now,
                    current=version_id,
                    versions=(Version(version_id, spec, now),),
                    settings=settings,
                )
                records.save(session, record)
                records.take_kept(session, spec.slug)
            reached("install.stored")
        self._keeper.add(record)
        self._keeper.tell(spec.slug, "installed")

    def adopted(self, slug: str, folder: Path) -> bool:
        """Whether that plugin is installed, and lies in *folder*."""
        entry = self._keeper.entries.get(slug)
        return (
            entry is not None
            and self._installer.taken_in_place(slug, entry.record.current)
            and self._installer.folder(slug, entry.record.current) == folder.resolve()
        )
