"""Importing a plugin's ``.zip`` into the plugins folder. Source: dispatcharr spec 2.9.

The archive is judged by the core's rules, which are stricter than the original's, but for three
kindnesses: names with backslashes, as some programs write them, names that climb up and stay
inside, and names that differ only in case. The old plugin makes way only for a complete new one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.era import Era, current_era
from jackfield.dialects.dispatcharr.layout import (
    ENTRY,
    LOGO,
    PACKAGE_ENTRY,
    Place,
    choose,
    drop_in_key,
    import_key,
    logo_in,
)
from jackfield.errors import ArchiveError, Conflict
from jackfield.plugins.archive import Archive, ArchiveLimits, Member, NameRules
from jackfield.plugins.archive.zip_reader import MAGIC
from jackfield.store.failures import surroundings

MIB: Final = 1024 * 1024
MAX_FILES: Final = 2000
MAX_BYTES: Final = 200 * MIB
MAX_UPLOAD: Final = 100 * MIB
STAGING: Final = ".importing-"

LIMITS: Final = ArchiveLimits(
    upload=MAX_UPLOAD,
    unpacked=MAX_BYTES,
    files=2 * MAX_FILES,  # folders are members, too; files are counted below
    file=MAX_BYTES,
)


def _read_name(member: Member) -> Member | None:
    """What a member's name stands for: backslashes lead down as slashes do, and ``..`` leads up as
    long as it stays inside. ``None`` for the archive's top."""
    name = member.name.replace("\\", "/")
    if name.startswith("/") or ":" in name.split("/", 1)[0]:
        return replace(member, name=name)  # absolute: refused by the core's rules
    parts: list[str] = []
    for part in name.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    folder = member.directory or name.endswith("/")
    if not parts:
        return None  # the top itself
    return replace(member, name="/".join(parts), directory=folder)


NAMES: Final = NameRules(read=_read_name, exact=True)
"""Public plugins have files that differ in nothing but the case of their names."""

_importing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import put into the plugins folder.

    :ivar replaced: whether a plugin lay there before.
    """

    key: str
    folder: Path
    replaced: bool


def open_zip(data: bytes, name: str) -> Archive:
    """Open and check a plugin's archive.

    :param name: of the uploaded file.
    :raises ArchiveError: it is no zip, is damaged, oversized, hostile or empty.
    """
    if len(data) > MAX_UPLOAD:
        raise ArchiveError(f"is {len(data):,} bytes; at most {MAX_UPLOAD:,} are allowed", file=name)
    if not data.startswith(MAGIC):
        raise ArchiveError("is no zip archive", file=name, hint="pack the plugin as .zip")
    archive = Archive(data, name, LIMITS, NAMES)
    names = archive.names()
    if not names:
        archive.close()
        raise ArchiveError("is empty: there is no file in it", file=name)
    if len(names) > MAX_FILES:
        archive.close()
        raise ArchiveError(
            f"has {len(names):,} files; at most {MAX_FILES:,} are allowed", file=name
        )
    return archive


def import_zip(
    data: bytes,
    name: str,
    root: Path,
    *,
    overwrite: bool = False,
    era: Era | None = None,
    key: str | None = None,
    check: Callable[[str], None] = lambda _key: None,
) -> Imported:
    """Put the plugin of an archive into the plugins folder. None of its code runs.

    :param name: of the uploaded file; a plugin at the archive's top is named after it.
    :param overwrite: replace a plugin of that key, whose settings stay.
    :param key: what to call it instead, as the hub does.
    :param check: called with the key before anything is written; may raise.
    :raises ArchiveError: there is no plugin in it, or see :func:`open_zip`.
    :raises ManifestError: in the seed's era, its source or class is not right.
    :raises Conflict: there is such a plugin, and *overwrite* is not set.
    :raises SurroundingsError: the disk is full or cannot be written; the old plugin stays.
    """
    era = era or current_era()
    file_name = PurePosixPath(name.replace("\\", "/")).name or "plugin.zip"
    with open_zip(data, file_name) as archive:
        names = archive.names()
        place = choose(names)
        if place is None:
            raise ArchiveError(
                f"holds no plugin: neither {ENTRY} nor {PACKAGE_ENTRY} is in it", file=file_name
            )
        if key is None:
            stem = file_name.rpartition(".")[0] or file_name
            key = import_key(PurePosixPath(place.folder).name or stem, era)
        if not key.strip("."):
            raise ArchiveError(f"{key!r} is no name for a plugin", file=file_name)
        check(key)
        if era == "seed":
            manifest.read(archive, era=era)
        with _importing:
            return _put(archive, place, key, root, overwrite=overwrite)


def _put(archive: Archive, place: Place, key: str, root: Path, *, overwrite: bool) -> Imported:
    with surroundings(root, "cannot import the plugin"):
        root.mkdir(parents=True, exist_ok=True)
        target = _existing(root, key) or root / key
        there = is_plugin(target)
        if there and not overwrite:
            raise Conflict(
                f"plugin {key!r} already exists",
                plugin=key,
                hint="import it with overwrite to replace it",
            )
        staging = root / f"{STAGING}{secrets.token_hex(6)}"
        try:
            staging.mkdir()
            archive.unpack(staging / "all")
            fresh = staging / "all" / place.folder if place.folder else staging / "all"
            _take_logo(staging / "all", fresh, logo_in(archive.names(), place))
            swap(fresh, target, staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return Imported(key, target, there)


def _existing(root: Path, key: str) -> Path | None:
    """The folder that has that key already, under whatever spelling: the last, which counts."""
    try:
        found = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    except FileNotFoundError:
        return None
    same = [name for name in found if drop_in_key(name) == key and is_plugin(root / name)]
    return root / same[-1] if same else None


def is_plugin(folder: Path | str) -> bool:
    """Whether a folder holds a plugin."""
    # Asked for every plugin with every list: joining paths would take most of its time.
    return any(os.path.isfile(f"{folder}/{entry}") for entry in (ENTRY, PACKAGE_ENTRY))  # noqa: PTH113


def _take_logo(everything: Path, chosen: Path, logo: str | None) -> None:
    if logo is None:
        return
    source, target = everything.joinpath(*logo.split("/")), chosen / LOGO
    if source != target:
        source.replace(target)


def swap(fresh: Path, target: Path, old: Path) -> None:
    """Put *fresh* in the place of *target*, which is kept as *old* until that has worked.

    :raises OSError: it did not; what was there is there again.
    """
    there = target.exists() or target.is_symlink()
    if there:
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if there:
            old.rename(target)
        raise


def remove(folder: Path, forget: Callable[[], None]) -> None:
    """Take a plugin's folder away; *forget* is called once it is out of the way, and only if
    nothing fails is it gone for good.

    :raises SurroundingsError: it cannot be removed; it is there again.
    """
    trash = folder.with_name(f"{STAGING}{secrets.token_hex(6)}")
    with surroundings(folder, "cannot remove the plugin"):
        folder.rename(trash)
        try:
            forget()
        except BaseException:
            trash.rename(folder)
            raise
    if trash.is_symlink():
        trash.unlink(missing_ok=True)
    else:
        with contextlib.suppress(OSError):
            shutil.rmtree(trash)
