"""Whether there are periodic tasks, which want a worker: asked by a host without Django."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_QUERY = (
    "SELECT 1 FROM django_celery_beat_periodictask "
    "WHERE enabled AND task NOT LIKE 'celery.%' LIMIT 1"
)


def is_wanted(database: str, home: Path) -> bool:
    """Whether a row of ``PeriodicTask`` is enabled, besides Celery's own.

    :param database: as in ``Environment.database``; one that is no file counts as wanting.
    """
    if database:
        return True
    file = home / "dispatcharr.db"
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(_QUERY).fetchone() is not None
    except sqlite3.Error:
        return False  # a database of before its first migration, or none: its user will hear of it
