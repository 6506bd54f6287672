"""Plugins as files: ``{plugin}.{PPP}.tgz`` and folders (servemsx spec 9)."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from pathlib import Path
from typing import Final

from jackfield.dialects.servemsx import manifest as manifests
from jackfield.dialects.servemsx.answer import ENGINE
from jackfield.dialects.servemsx.manifest import FILE as MANIFEST
from jackfield.dialects.servemsx.permissions import ALL, asked_by
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import FolderFiles, PluginFiles
from jackfield.plugins.permissions import Permission
from jackfield.plugins.scenario import FOLDER as SCENARIOS
from jackfield.plugins.spec import SLUG, PluginSpec

SUFFIX: Final = ".tgz"
SCRIPT: Final = ".tengo"
RESERVED: Final = frozenset({"msx"})
INSTRUCTIONS: Final = "README.md"

PACKAGE_CAP: Final = 50 * 1024 * 1024
SCRIPT_CAP: Final = 4 * 1024 * 1024

_NAME = re.compile(r"[^./\\\0]+\Z")
_MANIFEST_KEYS = frozenset({"label", "url", "torrent", "image", "icon"})


def slug_of(name: str) -> str:
    """The registry's name for a plugin folder: lowered, and made fit where it must be."""
    slug = name.lower()
    if SLUG.match(slug):
        return slug
    plain = re.sub(r"[^a-z0-9._-]+", "-", slug).strip("-._")[:100] or "plugin"
    return f"{plain}-{zlib.crc32(name.encode('utf-8', 'surrogateescape')):08x}"


def package_name(file_name: str) -> tuple[str, int]:
    """Plugin and engine version that a package's file name says.

    :raises InvalidInput: it is not ``{plugin}.{PPP}.tgz``, or for a later engine (D10).
    """
    parts = file_name.split(".")
    if len(parts) != 3 or parts[2] != SUFFIX[1:] or not re.fullmatch(r"[0-9]{3}", parts[1]):
        raise InvalidInput(
            f"the file name is {file_name!r}; expected NAME.PPP.tgz, where PPP is three digits: "
            f"the engine version that the plugin needs, such as {ENGINE}",
            file=file_name,
        )
    check_name(parts[0], file=file_name)
    engine = int(parts[1])
    if engine > ENGINE:
        raise InvalidInput(
            f"needs engine version {parts[1]}; this host has {ENGINE}",
            plugin=parts[0],
            file=file_name,
            hint="ask its author for an earlier one",
        )
    return parts[0], engine


def check_name(name: str, *, file: str | None = None) -> None:
    """A plugin's name: of a folder, without a dot, and not the host's own.

    :raises InvalidInput: saying what is wrong with it.
    """
    if not _NAME.match(name):
        raise InvalidInput(
            f"{name!r} is no plugin name; expected one without dots and slashes", file=file
        )
    if name.lower() in RESERVED:
        raise InvalidInput(f"the name {name!r} belongs to the host", file=file)


def recognises(files: PluginFiles) -> bool:
    """Whether there is a script at the top, or a manifest with a member of this dialect."""
    try:
        names = files.names()
        if any("/" not in name and name.lower().endswith(SCRIPT) for name in names):
            return True
        if MANIFEST not in names:
            return False
        found = _keys(files.read(MANIFEST, cap=manifests.CAP))
        return bool(found & {"url", "torrent"}) or (bool(found) and found <= _MANIFEST_KEYS)
    except (InvalidInput, OSError):
        return False


def _keys(data: bytes) -> set[str]:
    import json

    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return set()
    return {key.lower() for key in value} if isinstance(value, dict) else set()


def read(files: PluginFiles) -> PluginSpec:
    """Read a package or a folder, without running anything.

    ``details``: ``name``, the folder's name; ``torrent``; ``error``, what is wrong with the
    manifest, in the original's words.

    :raises InvalidInput: the package's name is wrong, or it needs a later engine.
    :raises ManifestError: a package's manifest is broken. A folder's is only reported, because
        such plugins run (D9).
    """
    in_folder = isinstance(files, FolderFiles)
    name, engine = _identity(files)
    if name.lower() in RESERVED:
        check_name(name)
    names = files.names()
    data = files.read(MANIFEST, cap=manifests.CAP) if MANIFEST in names else None
    manifest = manifests.read_manifest(data, name)
    if manifest.error and data is not None and not in_folder:
        raise ManifestError(manifest.error, plugin=name, file=MANIFEST)
    if not names:
        raise ManifestError("there is no file in it", plugin=name)
    return PluginSpec(
        dialect="servemsx",
        slug=slug_of(name),
        name=manifest.title,
        version=f"{engine:03}" if engine else "0",
        permissions=_asked(files, names, name),
        icon=_icon(manifest, names),
        instructions=INSTRUCTIONS if INSTRUCTIONS in names else None,
        warnings=(manifest.error,) if manifest.error else (),
        details={"name": name, "torrent": manifest.torrent, "error": manifest.error},
    )


def _identity(files: PluginFiles) -> tuple[str, int]:
    """The plugin's name as it is written, and the engine version that it needs; 0 where nothing
    says so. The registry calls the folder of an installed version by the slug: what that version
    came in knows more."""
    if not isinstance(files, FolderFiles):
        return package_name(files.source)
    if files.read_from.endswith(SUFFIX):
        return package_name(files.read_from)
    for written in (files.folder.name, files.read_from):
        if written and slug_of(written) == slug_of(files.source):
            return written, 0
    return files.source, 0


def _asked(files: PluginFiles, names: list[str], name: str) -> tuple[Permission, ...]:
    scripts = [n for n in names if n.lower().endswith(SCRIPT)]
    if isinstance(files, FolderFiles) and files.folder.name == name:
        # The folder of an existing installation, or an author's: what is in it changes while the
        # plugin runs, and so would what it asks for.
        return ALL
    return asked_by(files.read(script, cap=SCRIPT_CAP) for script in scripts)


def _icon(manifest: manifests.Manifest, names: list[str]) -> str | None:
    image = manifest.image
    own = image.removeprefix(manifests.BASE_URL) if image.startswith(manifests.BASE_URL) else ""
    return own if own in names else None


def pack(folder: Path) -> bytes:
    """The bytes of a package with all files of *folder* but its scenarios and hidden files.

    :raises InvalidInput: it would be larger than a host accepts.
    """
    files = FolderFiles(folder)
    out = io.BytesIO()
    # No time in it: the same files give the same package, byte for byte.
    with (
        gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        seen: set[str] = set()
        for name in files.names():
            parts = name.split("/")
            if parts[0] == SCENARIOS or any(part.startswith(".") for part in parts):
                continue
            if name.endswith(SUFFIX):
                continue  # an earlier package
            for depth in range(1, len(parts)):  # the original makes no folders by itself
                if (parent := "/".join(parts[:depth])) not in seen:
                    seen.add(parent)
                    info = tarfile.TarInfo(f"{parent}/")
                    info.type, info.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(info)
            data = files.read(name, cap=PACKAGE_CAP)
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    if out.tell() > PACKAGE_CAP:
        raise InvalidInput(
            f"the package has {out.tell():,} bytes; at most {PACKAGE_CAP:,} are allowed",
            plugin=folder.name,
        )
    return out.getvalue()
