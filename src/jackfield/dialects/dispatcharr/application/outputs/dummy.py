"""Programmes for channels that no guide knows, so that players show them in theirs.

A channel without a guide gets blocks with its name. One on a source of the type ``dummy`` gets what
that source's ``custom_properties`` make of its name:

- ``title_pattern``: a regular expression with named groups, searched in the channel's name;
- ``title_template``, ``subtitle_template``, ``description_template``: texts with ``{group}``;
- ``fallback_title_template``, ``fallback_description_template``: for names without a match, with
  ``{channel}``;
- ``program_duration``: minutes of one block; ``category``: one, or several with commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed

BLOCK = 240
"""Minutes of a block when nobody said otherwise."""
_LONGEST = 24 * 60
_DAYS = 14

Row = tuple[datetime, datetime, str, str | None, str | None, dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class _Template:
    pattern: re.Pattern[str] | None = None
    said: dict[str, Any] = field(default_factory=dict)
    minutes: int = BLOCK


class Sources:
    """Makes programmes up; reads each source once."""

    def __init__(self) -> None:
        self._templates: dict[int | None, _Template] = {None: _Template()}

    def programmes(self, channel: Listed, since: datetime, until: datetime) -> Iterator[Row]:
        """Blocks that cover the time from *since* to *until*, at most two weeks.

        They start at the same moments whoever asks, so that players' guides do not flicker.
        """
        template = self._template(channel.source_id if channel.source_type == "dummy" else None)
        texts = _texts(channel.name, template)
        step = timedelta(minutes=template.minutes)
        day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = day + (since - day) // step * step
        until = min(until, since + timedelta(days=_DAYS))
        while start < until:
            yield (start, start + step, *texts)
            start += step

    def _template(self, source: int | None) -> _Template:
        if source not in self._templates:
            self._templates[source] = _read(source)
        return self._templates[source]


def _read(source: int | None) -> _Template:
    from apps.epg.models import EPGSource

    said = EPGSource.objects.filter(pk=source).values_list("custom_properties", flat=True).first()
    if not isinstance(said, dict):
        return _Template()
    pattern = None
    try:
        if said.get("title_pattern"):
            pattern = re.compile(_python_groups(str(said["title_pattern"])))
    except re.error:
        pattern = None  # a pattern that is none: the name as it is, not a guide that fails
    minutes = said.get("program_duration")
    try:
        minutes = int(minutes) if minutes else BLOCK
    except (TypeError, ValueError):
        minutes = BLOCK
    return _Template(pattern, said, min(max(minutes, 5), _LONGEST))


def _python_groups(pattern: str) -> str:
    """Groups are written ``(?<name>…)`` in browsers, ``(?P<name>…)`` here."""
    return re.sub(r"\(\?<(?![=!])", "(?P<", pattern)


def _texts(
    name: str, template: _Template
) -> tuple[str, str | None, str | None, dict[str, Any] | None]:
    said = template.said
    match = template.pattern.search(name) if template.pattern else None
    if match is not None:
        groups = {key: value or "" for key, value in match.groupdict().items()}
        values = {"channel": name, **groups}
        title = _filled(said.get("title_template"), values) or groups.get("title") or name
        sub_title = _filled(said.get("subtitle_template"), values)
        description = _filled(said.get("description_template"), values)
    else:
        values = {"channel": name}
        title = _filled(said.get("fallback_title_template"), values) or name
        sub_title = None
        description = _filled(said.get("fallback_description_template"), values)
    categories = [part.strip() for part in str(said.get("category") or "").split(",")]
    categories = [part for part in categories if part]
    return title[:255], sub_title, description, {"categories": categories} if categories else None


def _filled(template: Any, values: dict[str, str]) -> str | None:
    """``{name}`` replaced by its value; unknown names stay as they are written."""
    if not isinstance(template, str) or not template:
        return None
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)
