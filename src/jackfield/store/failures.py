"""From what the machine or the database says to one sentence for the operator."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jackfield.errors import JackfieldError, SurroundingsError, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_FULL = "free some space and try again; nothing that was stored is lost"
_SYSTEM = {
    errno.ENOSPC: ("the disk is full", _FULL),
    errno.EDQUOT: ("the disk quota is used up", _FULL),
    errno.EFBIG: ("the file would be larger than this system allows", _FULL),
    errno.EROFS: ("the file system is read-only", "choose another data directory, or remount it"),
    errno.EACCES: ("permission denied", "make it writable for this user, or choose another"),
    errno.EPERM: ("not permitted", "make it writable for this user, or choose another"),
    errno.EMFILE: ("too many files are open", "raise the limit of open files (ulimit -n)"),
    errno.ENFILE: ("the system has too many open files", "raise the limit of open files"),
    errno.ENAMETOOLONG: ("a file name is longer than this system allows", "use shorter names"),
}

_SQLITE = {
    "FULL": ("the disk is full", _FULL),
    "READONLY": ("it cannot be written", "make the file and its directory writable for this user"),
    "CANTOPEN": ("it cannot be opened", "check that the directory exists and is writable"),
    "PERM": ("permission denied", "make the file and its directory writable for this user"),
    "CORRUPT": ("the file is damaged", "it was left as it is; restore a backup in its place"),
    "NOTADB": ("the file is not a database", "it was left as it is; restore a backup in its place"),
    "IOERR": ("the disk reports an error", "check the disk; the last change was not stored"),
}


@contextmanager
def surroundings(path: Path, doing: str) -> Iterator[None]:
    """Turn an :class:`OSError` inside the block into a :class:`SurroundingsError`.

    :param path: what to name where the system names no file.
    :param doing: the sentence's start, such as ``cannot unpack the plugin``.
    """
    try:
        yield
    except OSError as error:
        reason, hint = _SYSTEM.get(error.errno or 0, (error.strerror or str(error), None))
        file = str(error.filename or path)
        raise SurroundingsError(f"{doing}: {reason}", file=file, hint=hint) from error


def database_error(error: DBAPIError, place: str) -> JackfieldError | None:
    """What the operator should read, or ``None`` where the fault is the program's own.

    :param place: the database file, or the URL without its password.
    """
    from sqlalchemy.exc import DatabaseError, InternalError, OperationalError

    name = getattr(error.orig, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable("the database is busy", file=place, hint="try again")
    for part, (reason, hint) in _SQLITE.items():
        if name.startswith(f"SQLITE_{part}"):
            return SurroundingsError(f"the database failed: {reason}", file=place, hint=hint)
    if name == "" and isinstance(error, OperationalError | InternalError):
        lines = str(error.orig).strip().splitlines() or ["no reason given"]
        return SurroundingsError(f"the database failed: {lines[0]}", file=place)
    if type(error) is DatabaseError:
        return SurroundingsError(f"the database failed: {error.orig}", file=place)
    return None
