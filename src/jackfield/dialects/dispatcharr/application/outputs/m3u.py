"""Writes playlists.

The format has no escapes: what would end an attribute or a line is written as its nearest kin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_BATCH = 200

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One channel of a playlist; empty fields are left out."""

    name: str
    url: str
    guide_id: str = ""
    number: str = ""
    logo: str = ""
    group: str = ""
    station_id: str = ""
    catchup_days: int = 0


def write_m3u(entries: Iterable[Entry], guide: str = "") -> Iterator[bytes]:
    """The playlist in pieces, UTF-8.

    :param guide: address of the guide that belongs to it; players know it by three names.
    """
    named = "".join(f" {key}={attribute(guide)}" for key in ("x-tvg-url", "url-tvg") if guide)
    lines = [f"#EXTM3U{named}\n"]
    for entry in entries:
        lines.append(_written(entry))
        if len(lines) >= _BATCH:
            yield "".join(lines).encode("utf-8", "replace")
            lines.clear()
    yield "".join(lines).encode("utf-8", "replace")


def _written(entry: Entry) -> str:
    attributes = {
        "tvg-id": entry.guide_id,
        "tvg-name": entry.name,
        "tvg-logo": entry.logo,
        "tvg-chno": entry.number,
        "tvc-guide-stationid": entry.station_id,
        "group-title": entry.group,
    }
    if entry.catchup_days:
        attributes |= {"catchup": "xc", "catchup-days": str(entry.catchup_days)}
    said = "".join(f" {key}={attribute(value)}" for key, value in attributes.items() if value)
    return f"#EXTINF:-1{said},{line(entry.name)}\n{line(entry.url)}\n"


def attribute(value: str) -> str:
    """*value* in quotes: those inside become apostrophes, line breaks blanks."""
    return '"' + line(value).replace('"', "'") + '"'


def line(value: str) -> str:
    """*value* on one line."""
    return _BREAKS.sub(" ", value).strip()
