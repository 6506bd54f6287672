"""What makes two playlist entries the same stream.

Source: dispatcharr spec 6 ("rows: Stream").
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

KEYS = ("name", "url", "tvg_id", "m3u_id", "group")
"""What the setting ``m3u_hash_key`` may name."""

DEFAULT_KEYS = ("url",)
"""What counts when the setting names nothing: without any key all streams would be one."""


def chosen_keys(keys: str | Iterable[str] | None) -> tuple[str, ...]:
    """The keys that a setting names (``"name,url"`` or a list), unknown ones left out."""
    names = keys.split(",") if isinstance(keys, str) else (keys or ())
    chosen = tuple(name for name in (str(name).strip() for name in names) if name in KEYS)
    return chosen or DEFAULT_KEYS


def stream_hash(
    *,
    name: str | None,
    url: str | None,
    tvg_id: str | None,
    keys: str | Iterable[str] | None,
    m3u_id: int | None = None,
    group: str | None = None,
    account_type: str | None = None,
    stream_id: Any = None,
) -> str:
    """The SHA-256 of what *keys* name, in hexadecimal.

    For an Xtream account *stream_id* stands for the URL, which holds the password.
    """
    xtream = account_type == "XC" and stream_id not in (None, "")
    parts: dict[str, Any] = {
        "name": name,
        "url": stream_id if xtream else url,
        "tvg_id": tvg_id,
        "m3u_id": m3u_id,
        "group": group,
    }
    chosen = {key: parts[key] for key in chosen_keys(keys)}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
