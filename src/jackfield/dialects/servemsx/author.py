"""What authors of ServeMSX plugins call: new, build, package."""

from __future__ import annotations

from importlib.resources import files as resources
from pathlib import Path

from jackfield.dialects.servemsx import manifest as manifests
from jackfield.dialects.servemsx import package
from jackfield.dialects.servemsx.answer import ENGINE
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.authoring import write_starter, write_whole


class ServeMsxAuthor:
    """The author's tools; see :class:`jackfield.plugins.dialect.AuthorTools`."""

    def new(self, folder: Path, *, slug: str) -> list[Path]:
        """Write a starter plugin that works: a list, a favourite kept, with scenarios that pass.

        :raises InvalidInput: the name is none.
        :raises Conflict: *folder* exists.
        :raises SurroundingsError: it cannot be written.
        """
        package.check_name(slug)
        return write_starter(resources(__package__) / "template", folder, slug)

    def build(self, folder: Path) -> list[Path]:
        """Nothing is made of the sources: they are checked.

        :raises InvalidInput: the manifest is broken.
        :raises PluginError: a script does not compile; the message has file, line and column.
        """
        from jackfield.dialects.servemsx.runtime import check_scripts

        _check(folder)
        check_scripts(folder)
        return []

    def package(self, folder: Path, out: Path | None = None) -> Path:
        """Check the plugin and write ``NAME.PPP.tgz``, for the engine version of this host.

        :param out: the package, or a folder for it; *folder* if not given.
        :raises InvalidInput: the name or the manifest is wrong.
        :raises PluginError: a script does not compile.
        """
        self.build(folder)
        name = f"{folder.resolve().name}.{ENGINE}{package.SUFFIX}"
        target = folder / name if out is None else out / name if out.is_dir() else out
        package.package_name(target.name)
        write_whole(target, package.pack(folder))
        return target


def _check(folder: Path) -> None:
    name = folder.resolve().name
    package.check_name(name)
    file = folder / manifests.FILE
    if not file.is_file():
        raise ManifestError(
            "is missing; without it the plugin is in no menu",
            plugin=name,
            file=manifests.FILE,
            hint='write {"Label": "…"} into it',
        )
    found = manifests.read_manifest(file.read_bytes(), name)
    if found.error:
        raise InvalidInput(found.error, plugin=name, file=manifests.FILE)
