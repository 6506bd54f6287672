"""What runs now and what comes next, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jackfield.dialects.dispatcharr.application.calls import Call
from jackfield.dialects.dispatcharr.application.outputs.lineup import number_text
from jackfield.dialects.dispatcharr.application.pages.frame import listing

_AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Shown:
    """A programme on the page. :param part: how much of it is over, 0 to 100."""

    title: str
    sub_title: str
    start: datetime
    end: datetime
    part: int


def now_and_next(call: Call) -> dict[str, Any]:
    from apps.channels.models import Channel

    found = listing(
        call,
        Channel.objects.select_related("epg_data", "logo", "channel_group"),
        search=("name", "channel_group__name"),
        sorts={"number": "channel_number", "name": "name"},
        default="number",
    )
    now = datetime.now(UTC)
    programmes = _programmes([row.epg_data_id for row in found.rows if row.epg_data_id], now)
    return {
        "list": found,
        "now": now,
        "programmes": programmes,
        "number_text": number_text,
        "nothing": (None, None),
    }


def _programmes(guides: list[int], now: datetime) -> dict[int, tuple[Shown | None, Shown | None]]:
    """Guide channel's primary key → what runs now, and what comes next."""
    from apps.epg.models import ProgramData

    rows = ProgramData.objects.filter(
        epg_id__in=guides, end_time__gt=now, start_time__lt=now + _AHEAD
    ).order_by("epg_id", "start_time")
    found: dict[int, tuple[Shown | None, Shown | None]] = {}
    for epg, title, sub_title, start, end in rows.values_list(
        "epg_id", "title", "sub_title", "start_time", "end_time"
    ):
        current, following = found.get(epg, (None, None))
        length = max((end - start).total_seconds(), 1)
        part = min(max(int((now - start).total_seconds() / length * 100), 0), 100)
        shown = Shown(title, sub_title or "", start, end, part)
        if start <= now and current is None:
            current = shown
        elif start > now and following is None:
            following = shown
        found[epg] = (current, following)
    return found
