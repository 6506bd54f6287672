"""Instants, calendars and zones."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import golayout, gotime
from jackfield.tengo.stdlib.gotime import SECOND, UTC, FixedZone, Time, date, load_location


def shown(time: Time) -> str:
    return golayout.display(time)


@given(st.dates())
def test_civil_days_agree_with_datetime(day: datetime.date) -> None:
    count = (day - datetime.date(1970, 1, 1)).days
    assert gotime.days_from_civil(day.year, day.month, day.day) == count
    assert gotime.civil_from_days(count) == (day.year, day.month, day.day)


@given(st.integers(-(10**9), 10**9))
def test_civil_days_are_inverse_for_any_year(count: int) -> None:
    assert gotime.days_from_civil(*gotime.civil_from_days(count)) == count


@given(st.datetimes(timezones=st.just(datetime.UTC)))
def test_clock_agrees_with_datetime(moment: datetime.datetime) -> None:
    delta = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    at = Time((delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds * 1000).clock()
    assert at[:6] == moment.timetuple()[:6]
    assert at.nanosecond == moment.microsecond * 1000
    assert at.weekday == moment.isoweekday() % 7
    assert at.year_day == moment.timetuple().tm_yday


@pytest.mark.parametrize(
    ("fields", "zone", "text"),
    [
        ((2020, 2, 30, 25, 61, 61, 5), "UTC", "2020-03-02 02:02:01.000000005 +0000 UTC"),
        ((2020, 13, 1, 0, 0, 0, 0), "UTC", "2021-01-01 00:00:00 +0000 UTC"),
        ((2020, 0, 1, 0, 0, 0, 0), "UTC", "2019-12-01 00:00:00 +0000 UTC"),
        ((2020, -11, -1, 0, 0, 0, -1), "", "2018-12-29 23:59:59.999999999 +0000 UTC"),
        ((2020, 2, 29, 1, 2, 3, 4), "America/New_York", "2020-02-29 01:02:03.000000004 -0500 EST"),
        ((2020, 3, 8, 2, 30, 0, 0), "America/New_York", "2020-03-08 01:30:00 -0500 EST"),
        ((2020, 11, 1, 1, 30, 0, 0), "America/New_York", "2020-11-01 01:30:00 -0400 EDT"),
        ((20000, 7, 1, 0, 0, 0, 0), "America/New_York", "20000-07-01 00:00:00 -0400 EDT"),
        ((-5, 1, 1, 0, 0, 0, 0), "UTC", "-0005-01-01 00:00:00 +0000 UTC"),
    ],
)
def test_date(fields: tuple[int, ...], zone: str, text: str) -> None:
    assert shown(date(*fields, load_location(zone))) == text  # type: ignore[arg-type]


def test_years_before_the_first_use_local_mean_time() -> None:
    assert load_location("America/New_York").lookup(-(10**14))[0] == "LMT"


def test_arithmetic() -> None:
    five = Time(5 * SECOND)
    assert five.add(1) == Time(5 * SECOND + 1)
    assert five.subtract(Time(3 * SECOND + 500)) == 1_999_999_500
    assert Time(10**30).subtract(Time(0)) == 2**63 - 1
    assert Time(-(10**30)).subtract(Time(0)) == -(2**63)
    assert shown(date(2020, 1, 31, 0, 0, 0, 0, UTC).add_date(0, 1, 0)).startswith("2020-03-02")
    assert shown(date(2020, 2, 29, 0, 0, 0, 0, UTC).add_date(1, 0, -1)).startswith("2021-02-28")


def test_equality_is_of_instants() -> None:
    tokyo = Time(0, load_location("Asia/Tokyo"))
    assert tokyo == Time(0)
    assert hash(tokyo) == hash(Time(0))
    assert Time(0) != Time(1)
    assert Time(0) != 0
    assert repr(tokyo) == "Time(0, 'Asia/Tokyo')"


def test_zero_time() -> None:
    assert date(1, 1, 1, 0, 0, 0, 0, UTC).is_zero()
    assert not Time(0).is_zero()


def test_within_shows_the_same_instant() -> None:
    assert shown(Time(0).within(load_location("America/New_York"))) == (
        "1969-12-31 19:00:00 -0500 EST"
    )
    assert shown(Time(0).within(FixedZone("", 19800))) == "1970-01-01 05:30:00 +0530 +0530"


@pytest.mark.parametrize("name", ["Nowhere/Bad", "America", "\0", "a" * 300])
def test_unknown_locations(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        load_location(name)


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/localtime", "\\x", "a/../b"])
def test_paths_are_no_locations(name: str) -> None:
    with pytest.raises(ValueError, match="time: invalid location name"):
        load_location(name)


@pytest.mark.parametrize(
    ("setting", "name"),
    [("", "UTC"), ("UTC", "UTC"), (":Asia/Tokyo", "Asia/Tokyo"), ("No/Where", "UTC"),
     ("/does/not/exist", "UTC")],
)  # fmt: skip
def test_local_follows_tz(setting: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", setting)
    gotime.local.cache_clear()
    try:
        assert gotime.local().name == name
        assert load_location("Local").name in (name, load_location("Local").name)
    finally:
        gotime.local.cache_clear()
        load_location.cache_clear()


def test_local_from_a_file_is_named_local(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("/usr/share/zoneinfo/Asia/Tokyo")
    if not file.exists():
        pytest.skip("no zone files on this machine")
    monkeypatch.setenv("TZ", str(file))
    gotime.local.cache_clear()
    try:
        assert gotime.local().name == "Local"
        assert gotime.local().lookup(0) == ("JST", 32_400)
    finally:
        gotime.local.cache_clear()


@pytest.mark.parametrize(
    ("month", "text"),
    [(1, "January"), (12, "December"), (13, "%!Month(13)"), (0, "%!Month(0)"),
     (-1, "%!Month(18446744073709551615)")],
)  # fmt: skip
def test_month_name(month: int, text: str) -> None:
    assert gotime.month_name(month) == text


def test_lengths_of_months() -> None:
    assert [gotime.days_in_month(2023, m) for m in range(1, 13)] == [
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    ]  # fmt: skip
    assert [y for y in (1900, 2000, 2023, 2024) if gotime.is_leap(y)] == [2000, 2024]
    assert gotime.days_in_month(2000, 2) == 29
