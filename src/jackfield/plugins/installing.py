"""Brings the files of plugins in and out of the data directory, safe against a kill at any step.

Files are unpacked in ``staging``, seen to the disk, and moved to ``plugins/SLUG/ID`` by one
rename; only then the database names them. A note in ``staging`` says beforehand which folders
have to go unless the database names them in the end, so that :meth:`Installer.sweep` can finish
or undo what a kill left half done without guessing at folders it does not know.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from jackfield.errors import Conflict, InvalidInput, ManifestError, NotFound
from jackfield.plugins.archive import Archive, Folder, open_archive
from jackfield.plugins.archive.disk import sync_folder
from jackfield.plugins.archive.limits import STRICT
from jackfield.plugins.dialect import Dialect
from jackfield.plugins.permissions import Permission
from jackfield.plugins.records import spec_to_json
from jackfield.plugins.spec import SLUG, PluginSpec
from jackfield.plugins.steps import reached
from jackfield.store import DataDir
from jackfield.store.data_dir import write_private
from jackfield.store.failures import surroundings

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")


@dataclass(frozen=True, slots=True)
class Source:
    """A plugin that was opened and read, not yet installed."""

    spec: PluginSpec
    files: Archive | Folder


@contextmanager
def opened(path: Path, dialects: dict[str, Dialect], name: str | None = None) -> Iterator[Source]:
    """Open an archive or a folder and read its manifest. Runs no code of it.

    :param name: the dialect to read it with; ``None`` asks which one recognises it.
    :raises ArchiveError: the archive is damaged, oversized or hostile.
    :raises ManifestError: the dialect refuses it.
    :raises InvalidInput: no dialect recognises it, or several do.
    :raises NotFound: no such file, or no such dialect.
    """
    files: Archive | Folder
    if path.is_dir():
        files = Folder(path)
    else:
        likely = _likely(path, dialects, name)
        files = open_archive(path, names=getattr(likely, "archive_names", STRICT))
    with files:
        dialect = _dialect(path, files, dialects, name)
        spec = replace(dialect.read(files), read_from=files.source)
        if spec.dialect != dialect.name or SLUG.match(spec.slug) is None:
            raise ManifestError(
                f"dialect {dialect.name!r} read the slug {spec.slug!r}; expected small letters, "
                "digits, dot, dash and underscore, at most 128",
                file=files.source,
            )
        check_storable(spec, files.source)
        yield Source(spec, files)


def check_storable(spec: PluginSpec, source: str) -> None:
    """Whether what the dialect read comes back from the database as it was.

    :raises ManifestError: it would not.
    """
    for permission in spec.permissions:
        try:
            if Permission.parse(str(permission)) == permission:
                continue
        except InvalidInput:
            pass
        raise ManifestError(
            f"has a character that a permission cannot have: {str(permission)!r}",
            file=source,
            field="permissions",
        )
    try:
        json.dumps(spec_to_json(spec), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError) as error:  # half a surrogate pair, a number that is none
        raise ManifestError(f"has a value that cannot be stored: {error}", file=source) from error


def _likely(path: Path, dialects: dict[str, Dialect], name: str | None) -> Dialect | None:
    """Whose archive that is by its name alone: it may take members' names in its own way."""
    if name is not None:
        return dialects.get(name)
    ending = [d for d in dialects.values() if path.name.lower().endswith(d.suffixes or ("\0",))]
    return ending[0] if len(ending) == 1 else None


def _dialect(
    path: Path, files: Archive | Folder, dialects: dict[str, Dialect], name: str | None
) -> Dialect:
    if name is not None:
        if name not in dialects:
            known = ", ".join(sorted(dialects)) or "none"
            raise NotFound(f"no dialect {name!r} is installed; there are: {known}")
        return dialects[name]
    found = [dialect for dialect in dialects.values() if dialect.recognises(files)]
    if len(found) > 1:
        ending = [d for d in found if path.name.lower().endswith(tuple(d.suffixes) or ("\0",))]
        found = ending if len(ending) == 1 else found
    if len(found) > 1:
        names = ", ".join(sorted(dialect.name for dialect in found))
        raise InvalidInput(
            f"could be a plugin of several dialects: {names}",
            file=files.source,
            hint="say which one",
        )
    if not found:
        known = ", ".join(sorted(dialects)) or "none"
        raise InvalidInput(
            f"is not a plugin of any installed dialect ({known})",
            file=files.source,
            hint="check that the manifest lies at its top level, or name the dialect to hear what "
            "it lacks",
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that goes, unless the database names what it belongs to.

    :ivar version: id of the version; ``None`` when it belongs to the plugin as a whole.
    """

    path: Path
    slug: str
    version: str | None = None


class Installer:
    """The folders of one data directory."""

    def __init__(self, data: DataDir) -> None:
        self._data = data

    def place(self, slug: str, version_id: str) -> Path:
        """The version's entry in the data directory: its folder, or a link to one that was taken
        in place. This is what may be deleted."""
        return self._data.plugins / slug / version_id

    def folder(self, slug: str, version_id: str) -> Path:
        """Where the files of that version really lie. Read only."""
        return self.place(slug, version_id).resolve()

    def taken_in_place(self, slug: str, version_id: str) -> bool:
        """Whether that version lies in a folder of somebody else, which is never changed here."""
        return self.place(slug, version_id).is_symlink()

    def own_name(self, slug: str, version_id: str) -> str:
        """The name of the folder that was taken in place; empty for a version of the host's own."""
        link = self._data.plugins / slug / version_id
        return link.readlink().name if link.is_symlink() else ""

    @contextmanager
    def bring_in(self, source: Source, *, in_place: Path | None = None) -> Iterator[str]:
        """Put the files in place and yield the new version's id; the block stores it.

        When the block raises, the files are gone again.

        :param in_place: leave the files in this folder and refer to it.
        :raises ArchiveError: a member does not unpack to what the archive declares.
        :raises SurroundingsError: the disk is full or cannot be written.
        """
        slug = source.spec.slug
        readable = _UNSAFE.sub("_", source.spec.version)[:32].strip(".") or "0"
        version_id = f"{readable}-{secrets.token_hex(6)}"
        target = self.place(slug, version_id)
        staged = self._data.staging / version_id
        with self._noted([Leftover(target, slug, version_id)]):
            reached("install.noted")
            try:
                if in_place is None:
                    source.files.unpack(staged)
                else:
                    staged.symlink_to(in_place.absolute(), target_is_directory=True)
                reached("install.unpacked")
                with surroundings(target, "cannot install the plugin"):
                    target.parent.mkdir(exist_ok=True)
                    staged.rename(target)
                    sync_folder(target.parent)
                    sync_folder(self._data.plugins)
                reached("install.moved")
                yield version_id
            except Exception:
                self._delete(staged)
                self._delete(target)
                raise

    @contextmanager
    def take_out(self, leftovers: list[Leftover]) -> Iterator[None]:
        """Delete what is left over once the block has stored that it is no longer needed."""
        with self._noted(leftovers):
            yield
            for leftover in leftovers:
                self._delete(leftover.path)

    @contextmanager
    def _noted(self, leftovers: list[Leftover]) -> Iterator[None]:
        note = self._data.staging / f"{secrets.token_hex(8)}.json"
        entries = [
            {"path": str(one.path.relative_to(self._data.path)), "slug": one.slug,
             "version": one.version}
            for one in leftovers
        ]  # fmt: skip
        with surroundings(note, "cannot write to the data directory"):
            write_private(note, json.dumps(entries).encode())
            sync_folder(note.parent)
        # An interrupt may come between storing and returning, so then the note stays for sweep().
        try:
            yield
        except Exception:
            note.unlink(missing_ok=True)
            raise
        note.unlink(missing_ok=True)

    def sweep(self, needed: Callable[[str, str | None], bool]) -> None:
        """Finish or undo what a killed host left half done.

        :param needed: whether the database names that plugin, or that version of it.
        """
        for note in self._data.staging.glob("*.json"):
            with suppress(ValueError, KeyError, TypeError, OSError):  # no note of ours
                for entry in json.loads(note.read_bytes()):
                    if not needed(entry["slug"], entry["version"]):
                        self._delete(self._data.path / entry["path"])
        for rest in self._data.staging.iterdir():
            self._delete(rest)

    def _delete(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if path.parent.parent == self._data.plugins:
            with suppress(OSError):  # the plugin's own folder goes with its last version
                path.parent.rmdir()


def check_same(spec: PluginSpec, slug: str, dialect: str) -> None:
    """An update must be of the same plugin.

    :raises InvalidInput: it is another plugin.
    :raises Conflict: it is of another dialect.
    """
    if spec.slug != slug:
        raise InvalidInput(
            f"is plugin {spec.slug!r}; expected {slug!r}",
            hint=f"install it, or update {spec.slug!r}",
        )
    if spec.dialect != dialect:
        raise Conflict(
            f"is of dialect {spec.dialect!r}; the installed plugin is of {dialect!r}",
            plugin=slug,
            hint=f"uninstall {slug!r} first",
        )
