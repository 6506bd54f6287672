"""Programmes in the form of the Xtream player API."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from jackfield.dialects.dispatcharr.application.outputs import dummy
from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed

_MOST = 2000


def listings(channel: Listed, *, limit: int = 0, with_past: bool = False) -> dict[str, Any]:
    """``{"epg_listings": […]}`` of a channel.

    :param limit: the programme of now and the next ones, so many together.
    :param with_past: all that the guide still has, with what runs now and what can be replayed.
    """
    now = datetime.now(UTC)
    rows = []
    for key, start, end, title, description in _programmes(channel, now, with_past):
        row: dict[str, Any] = {
            "id": str(key),
            "epg_id": str(channel.epg_id or 0),
            "title": _base64(title),
            "lang": "",
            "start": start.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "end": end.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "stop": end.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "description": _base64(description),
            "channel_id": channel.guide_id("channel_number"),
            "start_timestamp": str(int(start.timestamp())),
            "stop_timestamp": str(int(end.timestamp())),
        }
        if with_past:
            row["now_playing"] = int(start <= now < end)
            replayable = channel.is_catchup and end <= now
            recent = now - end < timedelta(days=channel.catchup_days or 0)
            row["has_archive"] = int(replayable and recent)
        rows.append(row)
        if len(rows) >= (limit or _MOST):
            break
    return {"epg_listings": rows}


def _programmes(
    channel: Listed, now: datetime, with_past: bool
) -> Iterator[tuple[int, datetime, datetime, str, str]]:
    from apps.epg.models import ProgramData

    rows = ProgramData.objects.filter(epg_id=channel.epg_id).order_by("start_time")
    if not with_past:
        rows = rows.filter(end_time__gt=now)
    found = False
    if channel.epg_id is not None:
        for key, start, end, title, description in rows.values_list(
            "pk", "start_time", "end_time", "title", "description"
        )[:_MOST]:
            found = True
            yield key, start, end, title, description or ""
    if not found and (channel.epg_id is None or channel.source_type == "dummy"):
        made = dummy.Sources().programmes(channel, now, now + timedelta(days=1))
        for start, end, title, _, description, _ in made:
            yield 0, start, end, title, description or ""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()
