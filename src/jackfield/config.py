"""What a host is configured with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs


def default_data_dir() -> Path:
    """Where data lives when nobody says otherwise: the user's data directory for Jackfield."""
    return Path(platformdirs.user_data_dir("jackfield"))


def default_cache_dir() -> Path:
    """Where the sandbox's native code is kept: ``JACKFIELD_CACHE`` or the user's cache directory.

    Every host of a user shares it, so that the code is made once and not once a data directory.
    """
    return Path(os.environ.get("JACKFIELD_CACHE") or platformdirs.user_cache_dir("jackfield"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of one :class:`~jackfield.host.Host`.

    :param data_dir: everything the host stores; made if absent. ``None`` keeps all in memory and
        in a temporary folder that goes with the host (tests, scenarios).
    :param database: SQLAlchemy URL; empty is SQLite inside *data_dir*.
    :param cache_dir: where the sandbox's native code is kept; see :func:`default_cache_dir`.
    :param only: names of the dialects to serve; empty serves all that are installed.
    :param homes: dialect → folder of an existing installation of the original, taken in place.
    :param safe_mode: start no plugin; ``None`` decides by whether the last start-up finished.
    :param kept_versions: how many earlier versions of a plugin stay for rollback.
    :param log_level: lowest level that plugins' logs keep.
    """

    data_dir: Path | None = None
    database: str = ""
    cache_dir: Path | None = None
    only: tuple[str, ...] = ()
    homes: Mapping[str, Path] = field(default_factory=dict)
    safe_mode: bool | None = None
    kept_versions: int = 3
    log_level: str = "debug"
