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


def default_database() -> str:
    """The database's URL that the commands use: ``JACKFIELD_DATABASE``, else empty, which is SQLite
    in the data directory."""
    return os.environ.get("JACKFIELD_DATABASE", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """Bounds of the built-in chat. Each number protects the host or the people in the chat.

    :param max_connections: connections at once.
    :param max_per_address: connections at once from one address; a household (of IPv6, all with
        the first 64 bits), or a proxy that hides the real addresses, shares one.
    :param history: messages that a page gets when it connects, and a page of older ones.
    :param missed: messages that a reconnecting page gets before it must start afresh.
    :param people: persons that a page is listed when it connects; it hears of later ones anyhow.
    :param kept_messages: how many of the newest messages are stored at least; older ones go.
    :param part_seconds: how long somebody may be without connection before they count as gone, so
        that a phone changing networks is not a farewell and a greeting.
    :param queue: frames that wait for a slow reader before it is dropped.
    :param ping_seconds: between signs of life; two missed ones end a connection.
    :param max_frame: characters of a frame that a client sends.
    :param posts: messages a user may post.
    :param plugin_posts: messages a plugin may post.
    :param requests: frames of any kind that a connection may send.
    :param registrations: names that may be taken from one address.
    :param renames: times that a user may take another name.
    """

    max_connections: int = 5000
    max_per_address: int = 100
    history: int = 50
    missed: int = 200
    people: int = 500
    kept_messages: int = 100_000
    part_seconds: float = 5.0
    queue: int = 256
    ping_seconds: float = 25.0
    max_frame: int = 16_384
    posts: str = "8/5 seconds; 60/minute"
    plugin_posts: str = "40/10 seconds"
    requests: str = "40/5 seconds"
    registrations: str = "20/minute; 200/hour"
    renames: str = "6/minute"


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
    :param chat: bounds of the built-in chat, see :class:`ChatSettings`.
    """

    data_dir: Path | str | None = None
    database: str = ""
    cache_dir: Path | None = None
    only: tuple[str, ...] = ()
    homes: Mapping[str, Path] = field(default_factory=dict)
    safe_mode: bool | None = None
    kept_versions: int = 3
    log_level: str = "debug"
    chat: ChatSettings = field(default_factory=ChatSettings)
