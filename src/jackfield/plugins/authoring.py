"""Files that are written for authors: a starter plugin, and what a build makes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from jackfield.errors import Conflict, SurroundingsError


def write_starter(template: Traversable, folder: Path, slug: str) -> list[Path]:
    """Write a copy of *template* as the new *folder*; the files.

    In each ``{{slug}}`` becomes the slug and ``{{name}}`` a title made of it: ``my-bot`` is
    ``My Bot``.

    :raises Conflict: *folder* exists.
    :raises SurroundingsError: it cannot be written.
    """
    if folder.exists():
        raise Conflict(f"{folder} exists already", hint="choose another name")
    title = " ".join(part.capitalize() for part in slug.replace("_", "-").split("-") if part)
    written = []
    try:
        for path, text in _files(template, PurePosixPath()):
            target = folder.joinpath(*path.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.replace("{{slug}}", slug).replace("{{name}}", title))
            written.append(target)
    except OSError as error:
        raise SurroundingsError(f"cannot write {folder}: {error.strerror}") from None
    return written


def _files(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_file():
            yield path / entry.name, entry.read_text("utf-8")
        elif entry.name != "__pycache__":
            yield from _files(entry, path / entry.name)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
