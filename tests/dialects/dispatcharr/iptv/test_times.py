from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.times import parse_time

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "20260101000000",
        "20260101000000 +0000",
        "20260101010000 +0100",
        "20260101010000+0100",
        "20260101010000 +01:00",
        "20251231190000 -0500",
        "20260101053000 +0530",
        "20260101000000 Z",
        "20260101000000 UTC",
        "202601010000",
        "202601010100 +0100",
        " 20260101000000 ",
    ],
)
def test_the_same_moment_in_other_words(text: str) -> None:
    assert parse_time(text) == NEW_YEAR
    assert parse_time(text).tzinfo is UTC  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026", "2026-01-01 00:00", "20261301000000", "20260101250000", "20260230000000",
        "20260101000000 CET", "20260101000000 +1", "20260101000000 +9900", "00000101000000",
        "00010101000000 +0100", "99991231235959 -0100", "٢٠٢٦٠١٠١٠٠٠٠٠٠", "20260101000000 +٠١٠٠",
    ],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    assert parse_time(text) is None


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - zone comes next
    st.integers(-14 * 60, 14 * 60),
)
def test_every_time_with_every_offset(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    there = moment.replace(microsecond=0, tzinfo=zone)
    assert parse_time(there.strftime("%Y%m%d%H%M%S %z")) == there


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    parse_time(text)
