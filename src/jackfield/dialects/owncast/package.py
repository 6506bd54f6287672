"""``.ocpkg``: reading one, and writing one (owncast spec 5.1 and 7.4)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from jackfield.dialects.owncast.code import find_entry
from jackfield.dialects.owncast.manifest import read_manifest
from jackfield.dialects.owncast.manifest_json import FILE as MANIFEST
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.spec import PluginSpec

SUFFIX = ".ocpkg"
CODE = "plugin.py"
ICON = "icon.png"
INSTRUCTIONS = "INSTRUCTIONS.md"
FOLDERS = ("public", "assets")

MANIFEST_CAP = 4 * 1024 * 1024
ICON_CAP = 8 * 1024 * 1024
INSTRUCTIONS_CAP = 2 * 1024 * 1024
PACKAGE_CAP = 50 * 1024 * 1024

_TIME = (1980, 1, 1, 0, 0, 0)  # the same files give the same package, byte for byte


def recognises(files: PluginFiles) -> bool:
    """Whether there is a manifest of this dialect. Never raises."""
    try:
        return MANIFEST in files.names()
    except (InvalidInput, OSError):
        return False


def read(files: PluginFiles) -> PluginSpec:
    """Read the manifest of a package or of an author's folder, and look at what else is there.

    ``details`` has what :meth:`Manifest.details` says, and ``code``: the main file.

    :raises ManifestError: naming file, field, what was found and what was expected.
    :raises InvalidInput: the manifest, picture or instructions are larger than allowed.
    """
    names = files.names()
    if MANIFEST not in names:
        inside = next((n for n in names if n.endswith(f"/{MANIFEST}")), None)
        hint = f"there is {inside!r}: pack the files, not the folder" if inside else None
        raise ManifestError("is missing", plugin=files.source, file=MANIFEST, hint=hint)
    manifest = read_manifest(files.read(MANIFEST, cap=MANIFEST_CAP), plugin=files.source)
    there = set(names)
    for name, cap in ((ICON, ICON_CAP), (INSTRUCTIONS, INSTRUCTIONS_CAP)):
        if name in there:
            files.read(name, cap=cap)
    code = find_entry(names, manifest.slug, plugin=manifest.slug)
    missing = [f"{asset} is missing" for asset in manifest.assets() if asset not in there]
    return manifest.to_spec(
        icon=ICON if ICON in there else None,
        instructions=INSTRUCTIONS if INSTRUCTIONS in there else None,
        warnings=(*manifest.warnings, *missing),
        details={**manifest.details(), "code": code, "missing": missing},
    )


def pack(files: PluginFiles, source: str) -> bytes:
    """The bytes of a package.

    :param files: the author's folder; the manifest goes in byte for byte.
    :param source: the built ``plugin.py``.
    :raises InvalidInput: it would be larger than a host accepts.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in _members(files, source).items():
            info = zipfile.ZipInfo(name, _TIME)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, 6)
    if out.tell() > PACKAGE_CAP:
        raise InvalidInput(
            f"the package has {out.tell():,} bytes; at most {PACKAGE_CAP:,} are allowed",
            plugin=files.source,
            hint="make the files in public/ and assets/ smaller",
        )
    return out.getvalue()


def _members(files: PluginFiles, source: str) -> Mapping[str, bytes]:
    names = files.names()
    members: dict[str, Any] = {
        MANIFEST: files.read(MANIFEST, cap=MANIFEST_CAP),
        CODE: source.encode(),
    }
    for name in (ICON, INSTRUCTIONS):
        if name in names:
            members[name] = files.read(name, cap=ICON_CAP)
    for folder in FOLDERS:
        for name in names:
            if name.startswith(f"{folder}/"):
                members[name] = files.read(name, cap=PACKAGE_CAP)
    return members
