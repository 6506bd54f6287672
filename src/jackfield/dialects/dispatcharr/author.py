"""What authors of Dispatcharr plugins call: new, build, package."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files as resources
from pathlib import Path
from typing import Final

from jackfield.dialects.dispatcharr import manifest
from jackfield.errors import InvalidInput
from jackfield.plugins.authoring import write_starter, write_whole
from jackfield.plugins.files import FolderFiles

_LEFT_OUT: Final = frozenset(
    {"__pycache__", "__tests__", ".git", ".venv", "node_modules", ".mypy_cache", ".ruff_cache"}
)
_DATE: Final = (1980, 1, 1, 0, 0, 0)


class DispatcharrAuthor:
    """The author's tools; see :class:`jackfield.plugins.dialect.AuthorTools`."""

    def new(self, folder: Path, *, slug: str) -> list[Path]:
        """Write a starter plugin that works: it counts channels.

        :raises InvalidInput: the name is none of a Python module, which older releases need.
        :raises Conflict: *folder* exists.
        :raises SurroundingsError: it cannot be written.
        """
        if not slug.replace("-", "_").isidentifier():
            raise InvalidInput(
                f"{slug!r} cannot be imported",
                hint="use letters, digits and underscores, beginning with a letter",
            )
        return write_starter(resources(__package__) / "template", folder, slug)

    def build(self, folder: Path) -> list[Path]:
        """Nothing is made of the sources: they are read.

        :raises ManifestError: there is no ``Plugin`` class, or a file is no Python; with file and
            line.
        """
        manifest.read(FolderFiles(folder.resolve()))
        return []

    def package(self, folder: Path, out: Path | None = None) -> Path:
        """Read the plugin and write a ``.zip`` that Dispatcharr imports: one folder in it.

        The same sources make the same bytes. Tests and what tools leave are not taken.

        :param out: the archive, or a folder for it; *folder* if not given.
        :raises ManifestError: as :meth:`build`.
        """
        folder = folder.resolve()
        spec = manifest.read(FolderFiles(folder))
        name = f"{folder.name}-{spec.version}.zip" if spec.version else f"{folder.name}.zip"
        target = folder / name if out is None else out / name if out.is_dir() else out
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if path.is_symlink() or not path.is_file() or _LEFT_OUT & set(inside.parts):
                    continue
                if path.suffix in (".pyc", ".zip"):
                    continue
                entry = zipfile.ZipInfo(f"{folder.name}/{inside.as_posix()}", _DATE)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
        write_whole(target, packed.getvalue())
        return target
