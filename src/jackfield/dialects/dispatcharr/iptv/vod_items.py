"""What Xtream servers say of films, series and episodes, in the shape of the tables.

Every server says it a little differently: names of fields, numbers as texts, lists as texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from jackfield.dialects.dispatcharr.iptv.stream_row import text, whole

_YEAR = re.compile(r"\((19\d\d|20\d\d)\)\s*$")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?")


class Work(NamedTuple):
    """A film or series. Texts are cut to what their columns take; None is not known."""

    external_id: str
    category: str
    name: str
    description: str | None
    year: int | None
    rating: str | None
    genre: str | None
    tmdb_id: str | None
    imdb_id: str | None
    duration_secs: int | None
    is_adult: bool
    logo: str | None
    extension: str | None
    properties: dict[str, Any]
    said: dict[str, Any]

    @property
    def identity(self) -> tuple[str, Any]:
        """What makes two of them the same: an id of a public database, else name and year."""
        if self.tmdb_id:
            return "tmdb", self.tmdb_id
        if self.imdb_id:
            return "imdb", self.imdb_id
        return "name", (self.name, self.year)


class EpisodeItem(NamedTuple):
    """An episode."""

    stream_id: str
    season: int
    number: int
    name: str
    description: str | None
    air_date: date | None
    rating: str | None
    duration_secs: int | None
    extension: str | None
    properties: dict[str, Any]
    said: dict[str, Any]


def movie_of(item: Mapping[str, Any]) -> Work | None:
    """A film of ``get_vod_streams``; None without an id."""
    return _work(item, "stream_id")


def series_of(item: Mapping[str, Any]) -> Work | None:
    """A series of ``get_series``; None without an id."""
    return _work(item, "series_id")


def _work(item: Mapping[str, Any], key: str) -> Work | None:
    external = text(item.get(key))
    if not external:
        return None
    name = text(item.get("name")) or text(item.get("title")) or f"{key} {external}"
    written = _YEAR.search(name)
    released = _first(item, "releaseDate", "release_date", "releasedate")
    year = whole(item.get("year")) or whole((released or "")[:4])
    if written:
        year = year or int(written[1])
        name = name[: written.start()].strip() or name
    return Work(
        external[:255],
        text(item.get("category_id")),
        name[:255],
        _first(item, "plot", "description"),
        year if year and 1800 < year < 3000 else None,
        _short(_first(item, "rating"), 10),
        _short(_first(item, "genre"), 255),
        _identity(_first(item, "tmdb_id", "tmdb")),
        _identity(_first(item, "imdb_id", "imdb")),
        seconds(item),
        text(item.get("is_adult")).lower() in ("1", "true"),
        _first(item, "stream_icon", "cover", "movie_image", "cover_big"),
        _short(_first(item, "container_extension"), 10),
        properties_of(item),
        dict(item),
    )


def properties_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a work beside its columns."""
    found = {
        "youtube_trailer": _first(item, "youtube_trailer", "trailer"),
        "director": _first(item, "director"),
        "cast": _first(item, "cast", "actors"),
        "episode_run_time": _first(item, "episode_run_time"),
        "country": _first(item, "country"),
        "release_date": _first(item, "releaseDate", "release_date", "releasedate"),
        "backdrop_path": _listed(item.get("backdrop_path")),
    }
    return {key: value for key, value in found.items() if value}


def episodes_of(answer: Mapping[str, Any]) -> Iterator[EpisodeItem]:
    """The episodes of an answer to ``get_series_info``: lists by season, or lists of lists."""
    given = answer.get("episodes") or {}
    if not isinstance(given, dict):
        given = dict(enumerate(given, 1)) if isinstance(given, list) else {}
    for season, items in given.items():
        if isinstance(items, dict):
            items = [items] if "id" in items else list(items.values())
        for place, item in enumerate(items if isinstance(items, list) else (), 1):
            if isinstance(item, dict) and text(item.get("id")):
                yield _episode(item, whole(season) or 0, place)


def _episode(item: Mapping[str, Any], season: int, place: int) -> EpisodeItem:
    info = item.get("info") if isinstance(item.get("info"), dict) else {}
    assert isinstance(info, dict)
    said_season, number = whole(item.get("season")), whole(item.get("episode_num"))
    properties = {**properties_of(info), "movie_image": _first(info, "movie_image", "cover_big")}
    for kind in ("video", "audio", "bitrate"):
        properties[kind] = info.get(kind)
    return EpisodeItem(
        text(item.get("id"))[:255],
        season if said_season is None else said_season,
        place if number is None else number,
        (text(item.get("title")) or f"Episode {number or place}")[:255],
        _first(info, "plot", "overview", "description"),
        _date(_first(info, "air_date", "releasedate", "release_date")),
        _short(_first(info, "rating"), 10),
        seconds(info),
        _short(text(item.get("container_extension")) or None, 10),
        {key: value for key, value in properties.items() if value},
        dict(item),
    )


def seconds(item: Mapping[str, Any]) -> int | None:
    """How long something plays: ``duration_secs``, or ``duration`` as ``h:mm:ss``, or
    minutes."""
    known = whole(item.get("duration_secs"))
    if known:
        return known
    clock = _CLOCK.fullmatch(text(item.get("duration")))
    if clock:
        large, middle, small = int(clock[1]), int(clock[2]), clock[3]
        parts = (large, middle, int(small)) if small else (0, large, middle)
        return parts[0] * 3600 + parts[1] * 60 + parts[2] or None
    minutes = whole(item.get("episode_run_time")) or whole(item.get("runtime"))
    return minutes * 60 if minutes and minutes < 6000 else None


def _first(item: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = item.get(name)
        if isinstance(value, list):
            value = ", ".join(text(part) for part in value if not isinstance(part, (dict, list)))
        if isinstance(value, dict):
            continue
        found = text(value)
        if found and found.lower() not in ("null", "none"):
            return found
    return None


def _listed(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text(item) for item in values if text(item)]


def _identity(value: str | None) -> str | None:
    return value[:50] if value and value not in ("0", "tt0") else None


def _short(value: str | None, length: int) -> str | None:
    return value[:length] if value else None


def _date(value: str | None) -> date | None:
    found = _DATE.match(value or "")
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
