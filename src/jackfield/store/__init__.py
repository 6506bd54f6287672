"""What a host stores: a data directory and a database. Knows no plugin.

:class:`Database` is imported on first use: the command line asks the data directory whether a
host runs, and need not wait for SQLAlchemy for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.store.data_dir import DataDir

if TYPE_CHECKING:
    from jackfield.store.database import Database

__all__ = ["DataDir", "Database"]


def __getattr__(name: str) -> Any:
    if name == "Database":
        from jackfield.store.database import Database

        return Database
    raise AttributeError(name)
