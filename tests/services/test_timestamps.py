from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from jackfield.services.timestamps import now, rfc3339


def test_moments_are_utc_with_milliseconds() -> None:
    east = timezone(timedelta(hours=2))
    assert rfc3339(datetime(2026, 11, 21, 9, 30, 0, 125_900, east)) == "2026-11-21T07:30:00.125Z"


def test_whole_seconds_keep_their_form() -> None:
    assert rfc3339(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000Z"


def test_now_can_be_read_back() -> None:
    moment = now()
    assert abs(datetime.fromisoformat(rfc3339(moment)) - moment) < timedelta(milliseconds=1)
