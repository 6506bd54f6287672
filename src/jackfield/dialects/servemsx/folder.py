"""A plugin's own folder: nothing a script or a client names leads out of it.

Source: servemsx spec 6.5 (``file``), D1–D3, D16 and D17.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from jackfield.dialects.servemsx.answer import clean
from jackfield.dialects.servemsx.limits import ServeMsxLimits


class Outside(Exception):
    """The path leads out of the plugin's folder."""


class FileError(Exception):
    """``str()`` is the error value that the script gets, in Go's words."""


class PluginFolder:
    """The folder and what it may hold. Thread-safe.

    :param name: the plugin's name, for messages.
    :param writable: whether ``server.file`` may write and remove.
    """

    def __init__(self, root: Path, name: str, *, writable: bool, limits: ServeMsxLimits) -> None:
        self.root = root.resolve()
        self.name = name
        self.writable = writable
        self._limits = limits
        self._lock = threading.Lock()
        self._grown: dict[str, int] = {}

    def place(self, path: str) -> Path:
        """Where *path*, relative to the folder, lies.

        :raises Outside: it, or what a link on the way stands for, leads out of the folder.
        """
        kept: list[str] = []
        for part in path.split("/"):
            if part == "..":
                if not kept and not path.startswith("/"):
                    raise Outside
                del kept[-1:]
            elif part not in ("", "."):
                kept.append(part)
        if "\0" in path:
            raise Outside
        place = self.root.joinpath(*kept)
        try:
            if not place.resolve().is_relative_to(self.root):
                raise Outside
        except (OSError, RuntimeError):  # a loop of links
            raise Outside from None
        return place

    def shown(self, path: str) -> str:
        """The path as messages name it: ``plugins/hello/x``."""
        return f"plugins/{self.name}{clean('/' + path)}".rstrip("/")

    def read(self, path: str) -> bytes | None:
        """A file's bytes; ``None`` where there is none (D1).

        :raises FileError: it is a folder, too large, or not the plugin's.
        """
        place = self._named(path)
        try:
            if place.is_dir():
                raise FileError(f"read {self.shown(path)}: is a directory")
            with place.open("rb") as file:
                data = file.read(self._limits.file + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(f"open {self.shown(path)}: {_words(error)}") from None
        if len(data) > self._limits.file:
            raise FileError(f"read {self.shown(path)}: file too large")
        return data

    def write(self, path: str, data: bytes) -> None:
        """Create or replace a file; folders are not made (D17).

        :raises FileError: it cannot be written, or may not be.
        """
        place = self._changeable(path)
        if len(data) > self._limits.file:
            raise FileError(f"write {self.shown(path)}: file too large")
        with self._lock:
            before = self._size(place)
            grown = self._grown.get(str(place), 0) + len(data) - before
            if grown > 0 and sum(self._grown.values()) + len(data) - before > self._limits.growth:
                raise FileError(f"write {self.shown(path)}: disk quota exceeded")
            try:
                place.write_bytes(data)
            except OSError as error:
                raise FileError(f"open {self.shown(path)}: {_words(error)}") from None
            self._grown[str(place)] = grown

    def remove(self, path: str) -> None:
        """Remove a file or an empty folder (D3).

        :raises FileError: it cannot be removed, or may not be.
        """
        place = self._changeable(path)
        with self._lock:
            before = self._size(place)
            try:
                if place.is_dir() and not place.is_symlink():
                    place.rmdir()
                else:
                    place.unlink()
            except OSError as error:
                raise FileError(f"remove {self.shown(path)}: {_words(error)}") from None
            self._grown[str(place)] = self._grown.get(str(place), 0) - before

    def _named(self, path: str) -> Path:
        try:
            return self.place(path)
        except Outside:
            if "\0" in path:
                raise FileError(f"open {self.shown(path)}: invalid argument") from None
            raise FileError(f"open {path}: outside of the plugin's folder") from None

    def _changeable(self, path: str) -> Path:
        place = self._named(path)
        if not self.writable:
            raise FileError(f"open {self.shown(path)}: the permission storage.files is not granted")
        if place == self.root:
            raise FileError(f"open {self.shown(path)}: is a directory")
        return place

    @staticmethod
    def _size(place: Path) -> int:
        try:
            return place.stat().st_size
        except OSError:
            return 0


def _words(error: OSError) -> str:
    return (error.strerror or os.strerror(error.errno or 0)).lower()
