"""A plugin's files before it is installed: in a folder or still inside an archive."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Protocol

from jackfield.errors import InvalidInput

DEFAULT_CAP = 4 * 1024 * 1024


class PluginFiles(Protocol):
    """Read-only access by relative, ``/``-separated names, whatever holds the files.

    :ivar source: what to call it in messages: the archive's or folder's name.
    """

    source: str

    def names(self) -> list[str]:
        """Every regular file, sorted."""
        ...

    def read(self, name: str, *, cap: int = DEFAULT_CAP) -> bytes:
        """One file's bytes.

        :raises InvalidInput: no such file, or larger than *cap* bytes.
        """
        ...


class FolderFiles:
    """The files of a folder; links are not followed out of it.

    :param name: what to call it in messages, and where a dialect takes the plugin's name from the
        folder's; by default the folder's own name.
    :param read_from: of an installed version, the name of the archive or folder that it came in.
    """

    def __init__(self, folder: Path, name: str = "", read_from: str = "") -> None:
        self.folder = folder
        self.read_from = read_from
        self.source = name or folder.name or str(folder)

    def names(self) -> list[str]:
        root = self.folder
        found = (p for p in root.rglob("*") if p.is_file() and not p.is_symlink())
        return sorted(p.relative_to(root).as_posix() for p in found)

    def read(self, name: str, *, cap: int = DEFAULT_CAP) -> bytes:
        parts = PurePosixPath(name).parts
        path = self.folder.joinpath(*parts)
        if ".." in parts or PurePosixPath(name).is_absolute() or not holds(self.folder, path):
            raise InvalidInput("file is missing", plugin=self.source, file=name)
        if (size := path.stat().st_size) > cap:
            raise InvalidInput(
                f"is {size:,} bytes; at most {cap:,} are allowed", plugin=self.source, file=name
            )
        return path.read_bytes()


def holds(folder: Path, path: Path) -> bool:
    """Whether *path* is a file in *folder*, wherever links lead."""
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # no name that this file system could hold
        return False
