"""Where ``import("name")`` looks.

First the table of modules (the host's own and the standard library's), then, if there is an import
directory, files. Source: tengo ``compiler.go`` (file import), tengo spec 13.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXTENSION = ".tengo"


class ImportFailed(Exception):
    """The module cannot be had; ``str()`` is the native text without its position."""


@dataclass(frozen=True, slots=True)
class ModuleText:
    """A module written in Tengo.

    :ivar name: as positions name it: the module's name, or its absolute path for a file.
    :ivar directory: where its own file imports are looked for.
    """

    name: str
    source: str | bytes
    directory: str | None


@dataclass(frozen=True, slots=True)
class ModuleTable:
    """All that a program may import.

    :ivar sources: modules written in Tengo, by name.
    :ivar lent: names of modules whose members come from Python.
    :ivar directory: base of file imports; ``None`` forbids them.
    :ivar root: files outside of this folder, links resolved, are not found; ``None``: anywhere.
    """

    sources: Mapping[str, str | bytes]
    lent: frozenset[str]
    directory: str | None = None
    root: str | None = None

    def find(self, name: str, directory: str | None) -> ModuleText | None:
        """The module's text, or ``None`` for a lent one. Raises :class:`ImportFailed`."""
        if not name:
            raise ImportFailed("empty module name")
        if name in self.sources:
            return ModuleText(name, self.sources[name], directory)
        if name in self.lent:
            return None
        if directory is None:
            raise ImportFailed(f"module '{name}' not found")
        return _read(name, directory, self.root)


def _read(name: str, directory: str, root: str | None) -> ModuleText:
    file_name = name if name.endswith(EXTENSION) else name + EXTENSION
    # A name that begins with a slash begins at the directory all the same, as with Go's Join.
    joined = f"{directory}/{file_name}" if directory else file_name
    path = os.path.abspath(joined)  # noqa: PTH100 (links are not followed here)
    # The file that was judged is the file that is read: a link changed in between leads nowhere.
    real = None if "\0" in path else Path(path).resolve()
    if real is None or not real.exists() or not _within(real, root):
        raise ImportFailed(f"module file path error: module '{name}' not found at: {path}")
    try:
        source = real.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImportFailed(f"module file read error: read {path}: {reason}") from None
    return ModuleText(path, source, os.path.dirname(path))  # noqa: PTH120


def _within(file: Path, root: str | None) -> bool:
    return root is None or file.is_relative_to(Path(root).resolve())


def require_mapping(what: str, value: object, expected: str = "a mapping") -> None:
    """Raise ``TypeError`` unless a value from the host is a mapping."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{what}: expected {expected}, found {type(value).__name__}")


def describe(modules: Mapping[str, Any]) -> tuple[dict[str, str | bytes], dict[str, Any]]:
    """Split the ``modules`` argument of ``run`` into Tengo sources and Python modules.

    Raises ``TypeError`` for what is neither.
    """
    require_mapping("modules", modules)
    for name, value in modules.items():
        if not isinstance(value, (str, bytes)):
            require_mapping(f"the module {name!r}", value, "Tengo source, or a mapping of members")
    sources = {name: value for name, value in modules.items() if isinstance(value, (str, bytes))}
    lent = {name: value for name, value in modules.items() if name not in sources}
    return sources, lent
