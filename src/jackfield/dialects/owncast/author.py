"""What authors of Owncast plugins call: new, build, package (owncast spec 7)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files as resources
from pathlib import Path

from jackfield.dialects.owncast import package
from jackfield.dialects.owncast.bundle import Bundle, bundle
from jackfield.dialects.owncast.code import Code, unbundle
from jackfield.dialects.owncast.manifest_json import FILE
from jackfield.dialects.owncast.manifest_paths import SLUG, SLUG_RULE
from jackfield.errors import InvalidInput
from jackfield.plugins.authoring import write_starter, write_whole
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.spec import PluginSpec

CheckLoad = Callable[[PluginSpec, Code], None]
"""Loads a plugin once and raises what a host would refuse it for."""


class OwncastAuthor:
    """The author's tools; see :class:`jackfield.plugins.dialect.AuthorTools`.

    :param check_load: run on what :meth:`package` built, before it is written.
    """

    def __init__(self, check_load: CheckLoad) -> None:
        self._check_load = check_load

    def new(self, folder: Path, *, slug: str) -> list[Path]:
        """Write a starter plugin that works: it greets who says hi, with scenarios that pass.

        :raises InvalidInput: the slug is none.
        :raises Conflict: *folder* exists.
        :raises SurroundingsError: it cannot be written.
        """
        if not SLUG.match(slug):
            raise InvalidInput(f"{slug!r} is not a slug; expected {SLUG_RULE}")
        return write_starter(resources(__package__) / "template", folder, slug)

    def build(self, folder: Path) -> list[Path]:
        """Write ``<slug>.py``, the one file that a host loads.

        :raises InvalidInput: the manifest or the code is wrong, each with its place.
        """
        spec, built = self._built(folder)
        target = folder / f"{spec.slug}.py"
        write_whole(target, built.source.encode())
        return [target]

    def package(self, folder: Path, out: Path | None = None) -> Path:
        """Build, check that a host would load it, and write the package.

        :param out: the package, or a folder for it; ``<slug>.ocpkg`` in *folder* if not given.
        :raises InvalidInput: the manifest or the code is wrong, or a file it names is missing.
        :raises PluginError: a host would refuse to load it.
        """
        spec, built = self._built(folder)
        if spec.details["missing"]:
            raise InvalidInput("; ".join(spec.details["missing"]), plugin=spec.slug, file=FILE)
        self._check_load(spec, unbundle(built.source) or Code(built.source))
        name = f"{spec.slug}{package.SUFFIX}"
        target = folder / name if out is None else out / name if out.is_dir() else out
        write_whole(target, package.pack(FolderFiles(folder), built.source))
        return target

    def warnings(self, folder: Path) -> list[str]:
        """What the manifest and the build have to say that is no error."""
        spec, built = self._built(folder)
        return [*spec.warnings, *built.warnings]

    def _built(self, folder: Path) -> tuple[PluginSpec, Bundle]:
        files = FolderFiles(folder)
        spec = package.read(files)
        return spec, bundle(files, spec.slug)
