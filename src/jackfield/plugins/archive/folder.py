"""A plugin in a plain folder, brought in under the same rules as an archive."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Self

from jackfield.errors import InvalidInput
from jackfield.plugins.archive.disk import sync_folder, sync_folders
from jackfield.plugins.archive.limits import DEFAULT_LIMITS, ArchiveLimits
from jackfield.plugins.files import FolderFiles
from jackfield.store.failures import surroundings

LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache",
     ".pytest_cache", ".ruff_cache", ".DS_Store", ".idea", ".vscode"}
)  # fmt: skip
"""What authors have beside their plugin and no plugin is made of."""


class Folder(FolderFiles):
    """A folder that can be copied like an archive is unpacked. Links are left out."""

    def __init__(self, folder: Path, limits: ArchiveLimits = DEFAULT_LIMITS) -> None:
        super().__init__(folder)
        self._limits = limits

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def names(self) -> list[str]:
        """Every regular file that can be part of a plugin, sorted."""
        found = []
        for folder, folders, files in os.walk(self.folder):
            folders[:] = sorted(set(folders) - LEFT_OUT)
            here = Path(folder)
            for name in files:
                path = here / name
                if name not in LEFT_OUT and not path.is_symlink() and path.is_file():
                    found.append(path.relative_to(self.folder).as_posix())
            if len(found) > self._limits.files:
                raise InvalidInput(
                    f"has more than {self._limits.files:,} files", plugin=self.source
                )
        return sorted(found)

    def unpack(self, target: Path) -> None:
        """Copy everything to *target*, which must not exist; whole, or not at all.

        :raises InvalidInput: larger than an archive may be.
        :raises SurroundingsError: cannot be read, or the disk is full or cannot be written.
        """
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        total = 0
        try:
            with surroundings(target, "cannot copy the plugin"):
                part.mkdir()
                for name in self.names():
                    total += self._copy(self.folder / name, part / name)
                    if total > self._limits.unpacked:
                        raise InvalidInput(
                            f"is larger than {self._limits.unpacked:,} bytes", plugin=self.source
                        )
                sync_folders(part)
                part.rename(target)
                sync_folder(target.parent)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise

    def _copy(self, source: Path, target: Path) -> int:
        size = source.stat().st_size
        if size > self._limits.file:
            raise InvalidInput(
                f"is {size:,} bytes; at most {self._limits.file:,} are allowed",
                plugin=self.source,
                file=source.name,
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as original, target.open("xb") as copy:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fchmod(copy.fileno(), 0o755 if source.stat().st_mode & 0o111 else 0o644)
            os.fsync(copy.fileno())
        return size
