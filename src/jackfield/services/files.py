"""A private folder for each plugin, which nothing of it can leave."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Protocol

from jackfield.errors import InvalidInput, NotFound

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024


class Files(Protocol):
    """One folder a plugin, by slug (owncast spec 10.3). Thread-safe.

    A path is ``/``-separated and always starts at the plugin's folder: ``..`` above it and a
    leading slash lead to the folder itself.
    """

    def read(self, slug: str, path: str) -> bytes | None:
        """A file's bytes; ``None`` when there is no such file."""
        ...

    def write(self, slug: str, path: str, data: bytes) -> None:
        """Store a file, with the folders above it.

        :raises InvalidInput: the path is none, or a quota is exceeded; nothing is written then.
        """

    def list(self, slug: str, path: str) -> list[str]:
        """Names directly in a folder, sorted; empty when there is no such folder."""
        ...

    def delete(self, slug: str, path: str) -> None:
        """Remove a file or an empty folder.

        :raises NotFound: neither is there.
        :raises InvalidInput: the folder is not empty, or is the plugin's own.
        """

    def exists(self, slug: str, path: str) -> bool: ...


class DiskFiles:
    """Folders on disk, readable by the host's user only.

    :param root: the folder of a plugin, by its slug; need not exist.
    """

    def __init__(self, root: Callable[[str], Path]) -> None:
        self._root = root
        self._lock = threading.RLock()

    def read(self, slug: str, path: str) -> bytes | None:
        file = self._locate(slug, path)
        if not _holds(file.is_file):
            return None
        return file.read_bytes()

    def write(self, slug: str, path: str, data: bytes) -> None:
        if len(data) > MAX_FILE_BYTES:
            raise InvalidInput(
                f"{len(data):,} bytes; a file may have {MAX_FILE_BYTES:,}", plugin=slug, file=path
            )
        with self._lock:
            file = self._locate(slug, path)
            root = self._root(slug)
            if file == root or _holds(file.is_dir):
                raise InvalidInput("is a folder; a file name is needed", plugin=slug, file=path)
            old = file.stat().st_size if _holds(file.is_file) else 0
            total = self.size(slug) - old + len(data)
            if total > MAX_TOTAL_BYTES:
                raise InvalidInput(
                    f"all files would take {total:,} bytes; {MAX_TOTAL_BYTES:,} are allowed",
                    plugin=slug,
                    file=path,
                )
            self._make_folder(root, file.parent, slug, path)
            # Short, so that a name may be as long as the file system allows.
            temporary = file.with_name(f".{secrets.token_hex(4)}.part")
            try:
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    out.write(data)
                temporary.replace(file)
            except OSError as error:
                with suppress(OSError):  # such as a name that is too long
                    temporary.unlink(missing_ok=True)
                raise InvalidInput(
                    f"cannot be written: {error.strerror}", plugin=slug, file=path
                ) from error

    def list(self, slug: str, path: str) -> list[str]:
        folder = self._locate(slug, path)
        if not _holds(folder.is_dir):
            return []
        return sorted(entry.name for entry in folder.iterdir())

    def delete(self, slug: str, path: str) -> None:
        with self._lock:
            target = self._locate(slug, path)
            if target == self._root(slug):
                raise InvalidInput("the plugin's own folder stays", plugin=slug, file=path)
            try:
                if target.is_dir():
                    target.rmdir()
                else:
                    target.unlink()
            except FileNotFoundError:
                raise NotFound("no such file", plugin=slug, file=path) from None
            except OSError as error:
                raise InvalidInput(str(error.strerror).lower(), plugin=slug, file=path) from error

    def exists(self, slug: str, path: str) -> bool:
        return _holds(self._locate(slug, path).exists)

    def size(self, slug: str) -> int:
        """What all files of that plugin take, in bytes."""
        return sum(p.stat().st_size for p in self._root(slug).rglob("*") if p.is_file())

    def _locate(self, slug: str, path: str) -> Path:
        if "\0" in path or "\\" in path:
            raise InvalidInput("not a file name", plugin=slug, file=path)
        parts: list[str] = []
        for part in PurePosixPath("/", path).parts[1:]:
            if part == "..":
                del parts[-1:]
            else:
                parts.append(part)
        root = self._root(slug)
        located = root.joinpath(*parts)
        # Nothing here makes links, but the folder may be prepared by other means.
        if not located.resolve().is_relative_to(root.resolve()):
            raise InvalidInput("leads out of the plugin's folder", plugin=slug, file=path)
        return located

    @staticmethod
    def _make_folder(root: Path, folder: Path, slug: str, path: str) -> None:
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = root
            for part in folder.relative_to(root).parts:
                made /= part
                made.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InvalidInput(
                f"its folder cannot be made: {error.strerror}", plugin=slug, file=path
            ) from error


def _holds(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:  # nothing can be there: the name is too long
        return False
