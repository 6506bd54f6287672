"""Writes guides as XMLTV, channel by channel, in memory that does not grow with them.

Programmes are read in batches of channels, each batch by one query that is done before the first
of it is sent: no cursor stays open for a slow reader. Order of elements: XMLTV's own DTD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from jackfield.dialects.dispatcharr.application.outputs import dummy
from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed

_CHANNELS = 25
_PIECE = 64 * 1024
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<tv generator-info-name="Jackfield" source-info-name="Jackfield">\n'
)

ORDER = ("epg_id", "start_time")
FIELDS = (
    "epg_id",
    "start_time",
    "end_time",
    "title",
    "sub_title",
    "description",
    "custom_properties",
)


def write_guide(
    channels: Iterable[Listed],
    *,
    guide_id: Callable[[Listed], str],
    logo: Callable[[Listed], str],
    days: int = 0,
    prev_days: int = 0,
    now: datetime | None = None,
) -> Iterator[bytes]:
    """The guide in pieces of some 64 KiB, UTF-8. An id that several channels have comes once.

    :param days: programmes that start later than so many days from *now* are left out; 0 for none.
    :param prev_days: programmes that ended earlier than so many days before *now* are.
    """
    now = now or datetime.now(UTC)
    first: dict[str, Listed] = {}
    for channel in channels:
        first.setdefault(guide_id(channel), channel)
    rows = [*first.items()]
    out = [_START]
    size = 0
    for piece in _all(rows, logo, days, prev_days, now):
        out.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(out).encode()
            out.clear()
            size = 0
    out.append("</tv>\n")
    yield "".join(out).encode()


def _all(
    rows: list[tuple[str, Listed]],
    logo: Callable[[Listed], str],
    days: int,
    prev_days: int,
    now: datetime,
) -> Iterator[str]:
    for key, channel in rows:
        yield channel_element(key, channel.name, channel.number, logo(channel))
    until = now + timedelta(days=days) if days else None
    since = now - timedelta(days=prev_days)
    made_up = dummy.Sources()
    for start in range(0, len(rows), _CHANNELS):
        batch = rows[start : start + _CHANNELS]
        programmes = _programmes([c.epg_id for _, c in batch if c.epg_id], since, until)
        for key, channel in batch:
            known = programmes.get(channel.epg_id or 0)
            if known:
                for row in known:
                    yield programme_element(key, *row)
            elif channel.epg_id is None or channel.source_type == "dummy":
                for made in made_up.programmes(channel, since, until or now + timedelta(days=3)):
                    yield programme_element(key, *made)


def _programmes(
    epgs: list[int], since: datetime, until: datetime | None
) -> dict[int, list[tuple[Any, ...]]]:
    from apps.epg.models import ProgramData

    if not epgs:
        return {}
    rows = ProgramData.objects.filter(epg_id__in=epgs, end_time__gt=since)
    if until is not None:
        rows = rows.filter(start_time__lt=until)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for epg, *row in rows.order_by(*ORDER).values_list(*FIELDS):
        found.setdefault(epg, []).append(tuple(row))
    return found


# Elements ----------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """*value* as text of XML: without what XML cannot hold, the rest escaped."""
    return escape(_NOT_XML.sub("", str(value)))


@lru_cache(maxsize=256)  # a channel's programmes all name it
def attribute(value: str) -> str:
    """*value* as an attribute in its quotes."""
    return quoteattr(_NOT_XML.sub("", str(value)))


def xmltv_time(moment: datetime) -> str:
    """``20260314120000 +0000``."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # A guide has a million of these, and strftime takes four times as long.
    return (
        f"{moment.year:04d}{moment.month:02d}{moment.day:02d}"
        f"{moment.hour:02d}{moment.minute:02d}{moment.second:02d} +0000"
    )


def channel_element(key: str, name: str, number: str = "", icon: str = "") -> str:
    lines = [
        f"  <channel id={attribute(key)}>\n",
        f"    <display-name>{text(name)}</display-name>\n",
    ]
    if number:
        lines.append(f"    <display-name>{text(number)}</display-name>\n")
    if icon:
        lines.append(f"    <icon src={attribute(icon)}/>\n")
    lines.append("  </channel>\n")
    return "".join(lines)


def programme_element(
    key: str,
    start: datetime,
    end: datetime,
    title: str,
    sub_title: str | None = None,
    description: str | None = None,
    properties: Any = None,
) -> str:
    """One ``<programme>``. *properties* are those of ``ProgramData.custom_properties``."""
    name = attribute(key)
    lines = [
        f'  <programme start="{xmltv_time(start)}" stop="{xmltv_time(end)}" channel={name}>\n',
        f"    <title>{text(title)}</title>\n",
    ]
    if sub_title:
        lines.append(f"    <sub-title>{text(sub_title)}</sub-title>\n")
    if description:
        lines.append(f"    <desc>{text(description)}</desc>\n")
    if isinstance(properties, dict) and properties:
        lines += _properties(properties)
    lines.append("  </programme>\n")
    return "".join(lines)


def _properties(said: dict[str, Any]) -> Iterator[str]:
    yield from _credits(said.get("credits"))
    yield from _simple("date", said.get("date"))
    for name, key in (("category", "categories"), ("keyword", "keywords")):
        for value in _list(said.get(key)):
            yield from _simple(name, value)
    yield from _simple("language", said.get("language"))
    yield from _simple("orig-language", said.get("original_language"))
    yield from _length(said.get("length"))
    if said.get("icon"):
        yield f"    <icon src={attribute(str(said['icon']))}/>\n"
    yield from _simple("country", said.get("country"))
    yield from _episode(said)
    for name in ("video", "audio"):
        yield from _parts(name, said.get(name))
    if said.get("previously_shown"):
        details = said.get("previously_shown_details")
        yield f"    <previously-shown{_attributes(details, 'start', 'channel')}/>\n"
    if said.get("premiere"):
        premiere = said.get("premiere_text")
        yield f"    <premiere>{text(premiere)}</premiere>\n" if premiere else "    <premiere/>\n"
    if said.get("last_chance"):
        yield "    <last-chance/>\n"
    for flag in ("new", "live"):
        if said.get(flag):
            yield f"    <{flag}/>\n"
    for row in _list(said.get("subtitles")):
        inner = _simple("language", row.get("language")) if isinstance(row, dict) else ()
        yield f"    <subtitles{_attributes(row, 'type')}>\n{''.join(inner)}    </subtitles>\n"
    if said.get("rating"):
        system = _attributes({"system": said.get("rating_system")}, "system")
        yield f"    <rating{system}><value>{text(said['rating'])}</value></rating>\n"
    for row in _list(said.get("star_ratings")):
        if isinstance(row, dict) and row.get("value"):
            attributes = _attributes(row, "system")
            value = f"<value>{text(row['value'])}</value>"
            yield f"    <star-rating{attributes}>{value}</star-rating>\n"
    for row in _list(said.get("reviews")):
        if isinstance(row, dict) and row.get("content"):
            kind = _attributes({"type": "text", **row}, "type", "source", "reviewer")
            yield f"    <review{kind}>{text(row['content'])}</review>\n"
    for row in _list(said.get("images")):
        if isinstance(row, dict) and row.get("url"):
            kind = _attributes(row, "type", "size", "orient", "system")
            yield f"    <image{kind}>{text(row['url'])}</image>\n"


_ROLES = (
    "director",
    "actor",
    "writer",
    "adapter",
    "producer",
    "composer",
    "editor",
    "presenter",
    "commentator",
    "guest",
)


def _credits(people: Any) -> Iterator[str]:
    if not isinstance(people, dict) or not people:
        return
    yield "    <credits>\n"
    for role in _ROLES:
        for person in _list(people.get(role)):
            kind = ""
            name = person
            if isinstance(person, dict):
                name = person.get("name")
                guest = {"guest": "yes"} if person.get("guest") else {}
                kind = _attributes({**person, "guest": "", **guest}, "role", "guest")
            if name:
                yield f"      <{role}{kind}>{text(name)}</{role}>\n"
    yield "    </credits>\n"


def _episode(said: dict[str, Any]) -> Iterator[str]:
    if said.get("onscreen_episode"):
        yield f'    <episode-num system="onscreen">{text(said["onscreen_episode"])}</episode-num>\n'
    season, episode = _whole(said.get("season")), _whole(said.get("episode"))
    if season or episode:
        number = f"{season - 1 if season else ''}.{episode - 1 if episode else ''}."
        yield f'    <episode-num system="xmltv_ns">{number}</episode-num>\n'
        if not said.get("onscreen_episode") and season and episode:
            yield f'    <episode-num system="onscreen">S{season:02d}E{episode:02d}</episode-num>\n'
    if said.get("dd_progid"):
        yield f'    <episode-num system="dd_progid">{text(said["dd_progid"])}</episode-num>\n'


def _length(length: Any) -> Iterator[str]:
    if isinstance(length, dict) and length.get("value"):
        units = _attributes({"units": "minutes", **length}, "units")
        yield f"    <length{units}>{text(length['value'])}</length>\n"


_PARTS = {"video": ("present", "colour", "aspect", "quality"), "audio": ("present", "stereo")}


def _parts(name: str, said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        inner = "".join(
            f"<{part}>{text(said[part])}</{part}>" for part in _PARTS[name] if said.get(part)
        )
        if inner:
            yield f"    <{name}>{inner}</{name}>\n"


def _simple(name: str, value: Any) -> Iterator[str]:
    if value not in (None, ""):
        yield f"    <{name}>{text(value)}</{name}>\n"


def _attributes(said: Any, *names: str) -> str:
    if not isinstance(said, dict):
        return ""
    return "".join(f" {name}={attribute(str(said[name]))}" for name in names if said.get(name))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
