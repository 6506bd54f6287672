"""What a playlist's entry or an Xtream server's item becomes in the table of streams.

Source: dispatcharr spec 6 (stream values).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.iptv.m3u import Entry
from jackfield.dialects.dispatcharr.iptv.rows import as_json

DEFAULT_GROUP = "Default Group"
LONGEST_URL = 4096
LONGEST_NAME = 512
LONGEST_TVG_ID = 255

_YES = frozenset({"1", "true", "yes"})
_LARGEST_INTEGER = 2**31 - 1


class StreamRow(NamedTuple):
    """A stream before it has its group's and account's keys. ``properties`` is JSON text."""

    hash: str
    group: str
    name: str
    url: str
    logo_url: str | None
    tvg_id: str
    properties: str | None
    stream_id: int | None
    chno: float | None
    is_adult: bool
    is_catchup: bool
    catchup_days: int


class Unfit(ValueError):
    """An entry that cannot be a stream; says why."""


def from_entry(entry: Entry, era: Era, hash_of: Any) -> StreamRow:
    """A playlist's entry as a row.

    :param hash_of: given ``name``, ``url``, ``tvg_id``, ``group``; gives the hash.
    :raises Unfit: its address is longer than 4,096 characters, or its group has no name.
    """
    given = entry.attributes
    group = given.get("group-title", DEFAULT_GROUP).strip()
    if not group:
        raise Unfit("a stream with an empty group-title")
    if len(entry.url) > LONGEST_URL:
        raise Unfit(f"an address longer than {LONGEST_URL} characters")
    name = entry.name(era)[:LONGEST_NAME]
    tvg_id = given.get("tvg-id", "")[:LONGEST_TVG_ID]
    properties: dict[str, Any] = dict(given)
    if entry.options:
        properties["vlc_opts"] = entry.options
    days = whole(given.get("tv_archive_duration"))
    return StreamRow(
        hash_of(name, entry.url, tvg_id, group, None),
        group,
        name,
        entry.url,
        given.get("tvg-logo", ""),
        tvg_id,
        as_json(properties),
        None,
        number(given.get("tvg-chno") or given.get("channel-number")),
        given.get("is_adult", "").lower() in _YES,
        bool(whole(given.get("tv_archive"))),
        days if given.get("tv_archive") and days else 0,
    )


def from_xtream(item: Mapping[str, Any], group: str, url: str, hash_of: Any) -> StreamRow:
    """An Xtream server's live stream as a row; all that the server said is kept.

    :raises Unfit: it has no id.
    """
    identity = whole(item.get("stream_id"))
    if not identity:
        raise Unfit("a stream without a stream_id")
    name = (text(item.get("name")) or f"Stream {identity}")[:LONGEST_NAME]
    tvg_id = text(item.get("epg_channel_id"))[:LONGEST_TVG_ID]
    archive = bool(whole(item.get("tv_archive")))
    return StreamRow(
        hash_of(name, url, tvg_id, group, identity),
        group,
        name,
        url[:LONGEST_URL],
        text(item.get("stream_icon")),
        tvg_id,
        as_json(dict(item)),
        identity,
        number(item.get("num")),
        text(item.get("is_adult")).lower() in _YES,
        archive,
        (whole(item.get("tv_archive_duration")) or 0) if archive else 0,
    )


def text(value: Any) -> str:
    """A value that should be a text: what is none is written as one, nothing is empty."""
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def number(value: Any) -> float | None:
    """A value that should be a number, or None."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A value that should be a whole number that fits into a column, or None."""
    found = number(value)
    return int(found) if found is not None and 0 <= found <= _LARGEST_INTEGER else None
