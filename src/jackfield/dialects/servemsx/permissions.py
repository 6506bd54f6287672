"""What a ServeMSX plugin may be allowed, and how one is found to need it.

The manifest has no place for permissions, so a plugin asks for what its scripts name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jackfield.plugins.dialect import PermissionInfo
from jackfield.plugins.permissions import Permission

PERMISSIONS: Mapping[str, PermissionInfo] = {
    "ffmpeg.run": PermissionInfo(
        "Run the host's ffmpeg with its own arguments: they can read and write any file", "high"
    ),
    "network.fetch": PermissionInfo("Send requests to any server on the internet", "high"),
    "network.local": PermissionInfo(
        "With the above: also to this machine and everything in the home network", "high"
    ),
    "storage.files": PermissionInfo("Write files into its own folder"),
}

_WORDS = {
    "ffmpeg.run": re.compile(rb"\bffmpeg\b"),
    "network.fetch": re.compile(rb"\brequest\b"),
    "network.local": re.compile(rb"\brequest\b"),
    "storage.files": re.compile(rb"\bfile\b"),
}

ALL = tuple(Permission(name) for name in sorted(PERMISSIONS))


def asked_by(scripts: Iterable[bytes]) -> tuple[Permission, ...]:
    """What the plugin with these scripts asks for.

    A script can hide that it calls a function; then the permission is not granted either.
    """
    code = list(scripts)
    return tuple(
        Permission(name)
        for name, word in sorted(_WORDS.items())
        if any(word.search(script) for script in code)
    )
