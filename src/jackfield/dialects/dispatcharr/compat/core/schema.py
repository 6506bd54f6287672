"""Brings the database to the tables of this version.

A fingerprint of all migrations is kept in the database: when it is this version's, nothing else is
looked at. Otherwise one process at a time migrates, and the others find the work done.

Raises :class:`SurroundingsError` when the tables are of a newer version or cannot be opened.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from jackfield.dialects.dispatcharr.django_setup import SCHEMA
from jackfield.errors import SurroundingsError

_TABLE = "jackfield_schema"
_ADVISORY = 0x6A61636B  # any number that nobody else takes on this server


def migrate(home: Path) -> None:
    """Apply what is missing; *home* holds the lock file.

    :raises SurroundingsError: see the module.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if connection.vendor == "sqlite":
            # It holds logins at providers. What SQLite puts beside it has the same rights.
            Path(connection.settings_dict["NAME"]).touch(mode=0o600)
        current = fingerprint()
        if _stored() == current:
            return
        with _alone(home):
            if _stored() == current:
                return
            _refuse_newer()
            call_command("migrate", verbosity=0, interactive=False)
            _store(current)
    except (DatabaseError, OSError) as error:
        raise SurroundingsError(
            f"the IPTV database cannot be opened: {error}",
            file=str(connection.settings_dict["NAME"]),
        ) from error


def fingerprint() -> str:
    """What this version's migrations are, in short: their names, by application."""
    return hashlib.sha256("\n".join(_names()).encode()).hexdigest()


def _names() -> list[str]:
    """``app.name`` of every migration on disk; none is imported, which would take its time."""
    folders = ((app.label, Path(app.path) / "migrations") for app in apps.get_app_configs())
    return sorted(
        f"{label}.{file.stem}" for label, folder in folders for file in folder.glob("[0-9]*.py")
    )


def _stored() -> str | None:
    """The fingerprint in the database; nothing when it is new."""
    if not _has_table(_TABLE):
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT fingerprint FROM {_TABLE}")  # noqa: S608 - a constant
        row = cursor.fetchone()
    return row[0] if row else None


def _store(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (fingerprint varchar(64) NOT NULL)")
        cursor.execute(f"DELETE FROM {_TABLE}")  # noqa: S608 - a constant
        cursor.execute(f"INSERT INTO {_TABLE} VALUES (%s)", [value])  # noqa: S608 - a constant


def _has_table(name: str) -> bool:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = %s", [name])
        else:
            cursor.execute(
                "SELECT 1 FROM information_schema.tables "
                "WHERE table_schema = %s AND table_name = %s",
                [SCHEMA, name],
            )
        return cursor.fetchone() is not None


def _refuse_newer() -> None:
    if not _has_table("django_migrations"):
        return
    on_disk = set(_names())
    labels = {app.label for app in apps.get_app_configs()}
    names = (
        f"{app}.{name}"
        for app, name in MigrationRecorder(connection).applied_migrations()
        if app in labels
    )
    unknown = sorted(name for name in names if name not in on_disk)
    if unknown:
        raise SurroundingsError(
            f"the IPTV database was made by a newer version: it has {', '.join(unknown)}",
            file=str(connection.settings_dict["NAME"]),
            hint="install that version, or start with a copy from before",
        )


@contextmanager
def _alone(home: Path) -> Iterator[Any]:
    """Held by one process at a time, on any machine that shares the database."""
    if connection.vendor == "sqlite":
        with (home / ".migrate.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY])
        try:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY])
