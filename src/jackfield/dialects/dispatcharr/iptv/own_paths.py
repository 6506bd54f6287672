"""Paths in the database that are written as Dispatcharr has them: below ``/data``.

Plugins write files below ``/data`` and name them in rows; the home is what they mean. Source:
dispatcharr spec 4.3.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

PREFIXES: Final = (PurePosixPath("/data"), PurePosixPath("/app/data"))


def local(path: str) -> Path:
    """Where the file of a row lies on this machine.

    A path below ``/data`` is one below the home, unless the file is only there as it is written.
    """
    from django.conf import settings

    written = PurePosixPath(path)
    for prefix in PREFIXES:
        if written.is_relative_to(prefix):
            here = Path(settings.MEDIA_ROOT) / written.relative_to(prefix)
            return here if here.exists() or not Path(path).exists() else Path(path)
    return Path(path)
