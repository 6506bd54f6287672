"""``import("times")``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import golayout, gotime
from jackfield.tengo.stdlib.gotime import HOUR, SECOND, UTC, Time, date
from jackfield.tengo.values import Undefined

Load = Callable[..., Any]
LEAP = date(2020, 2, 29, 13, 4, 5, 67, UTC)


def test_constants(load: Load) -> None:
    times = load("times")
    assert (times.nanosecond, times.millisecond, times.hour) == (1, 1_000_000, HOUR)
    assert (times.january, times.december) == (1, 12)
    assert times.format_rfc3339 == "2006-01-02T15:04:05Z07:00"
    assert times.format_stamp_nano == "Jan _2 15:04:05.000000000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_year", 2020),
        ("time_month", 2),
        ("time_day", 29),
        ("time_weekday", 6),
        ("time_hour", 13),
        ("time_minute", 4),
        ("time_second", 5),
        ("time_nanosecond", 67),
        ("time_unix", 1582981445),
        ("time_unix_nano", 1582981445000000067),
        ("time_location", "UTC"),
        ("time_string", "2020-02-29 13:04:05.000000067 +0000 UTC"),
        ("is_zero", False),
    ],
)
def test_parts(name: str, value: Any, load: Load) -> None:
    assert getattr(load("times"), name)(LEAP) == value


def test_seconds_since_1970_are_times_too(load: Load) -> None:
    times = load("times")
    assert times.time_unix(5) == 5
    assert times.time_year(0) == 1970
    assert times.before(5, 6) is True
    assert times.after(5, 6) is False


def test_arithmetic(load: Load) -> None:
    times = load("times")
    assert times.add(LEAP, SECOND) == LEAP.add(SECOND)
    assert times.sub(times.unix(5, 0), times.unix(3, 500)) == 1_999_999_500
    assert times.unix(0, -1) == Time(-1)
    assert times.time_string(times.add_date(LEAP, 1, 0, 0)).startswith("2021-03-01")
    assert times.to_utc(times.in_location(LEAP, "Asia/Tokyo")).location is UTC
    assert times.to_local(LEAP) == LEAP
    assert times.time_format(times.in_location(LEAP, "Asia/Tokyo"), "15:04 MST") == "22:04 JST"


def test_wrapping_of_what_64_bits_do_not_hold(load: Load) -> None:
    times = load("times")
    year_zero = times.parse(times.format_kitchen, "3:04PM")
    assert times.time_unix_nano(year_zero) == -6826932738871345152 - 0
    assert times.time_unix(times.date(10**12, 1, 1, 0, 0, 0, 0, "")) != 0


def test_dates(load: Load) -> None:
    times = load("times")
    assert times.date(2020, 2, 29, 13, 4, 5, 67, "UTC") == LEAP
    assert times.date(2020, 2, 29, 13, 4, 5, 67).location is gotime.local()
    assert times.is_zero(times.date(1, 1, 1, 0, 0, 0, 0, "")) is True


def test_the_clock(load: Load) -> None:
    times = load("times")
    before = time.time_ns()
    now = times.now()
    assert before <= now.unix_ns <= time.time_ns()
    assert 0 <= times.since(now) < HOUR
    assert -HOUR < times.until(now) <= 0


def test_sleep_gives_undefined(load: Load) -> None:
    times = load("times")
    start = time.monotonic_ns()
    assert times.sleep(20_000_000) is Undefined
    assert time.monotonic_ns() - start >= 20_000_000
    assert times.sleep(-5) is Undefined


def test_durations(load: Load) -> None:
    times = load("times")
    assert times.parse_duration("1h15m") == HOUR + 15 * gotime.MINUTE
    assert times.duration_hours(5_400_000_000_000) == 1.5
    assert times.duration_minutes(90_000_000_000) == 1.5
    assert times.duration_seconds(1_500_000_000) == 1.5
    assert times.duration_nanoseconds("5") == 5
    assert times.duration_string(1500) == "1.5µs"
    assert times.month_string(13) == "%!Month(13)"


def test_parse(load: Load) -> None:
    times = load("times")
    assert times.parse("2006-01-02", "2020-02-29") == date(2020, 2, 29, 0, 0, 0, 0, UTC)


def argument(name: str, ordinal: str, expected: str, found: str) -> str:
    return (
        f"invalid type for argument '{ordinal}' in call to 'user-function:{name}': "
        f"expected {expected}, found {found}"
    )


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("parse_duration", ("1d",), 'time: unknown unit "d" in duration "1d"'),
        ("parse", ("15:04", "25:00"), 'parsing time "25:00": hour out of range'),
        ("in_location", (0, "Bad/Zone"), "unknown time zone Bad/Zone"),
        ("date", (2020, 1, 1, 0, 0, 0, 0, "Bad/Zone"), "unknown time zone Bad/Zone"),
        ("date", (2020, 1, 1), "wrong number of arguments in call to 'user-function:date'"),
        ("now", (1,), "wrong number of arguments in call to 'user-function:now'"),
        ("date", (1, 2, 3, 4, 5, "x", 7), argument("date", "sixth", "int(compatible)", "string")),
        (
            "date",
            (1, 2, 3, 4, 5, 6, 7, Undefined),
            argument("date", "eighth", "string(compatible)", "undefined"),
        ),
        ("time_unix", ("5",), argument("time_unix", "first", "time(compatible)", "string")),
        ("after", (5, "x"), argument("after", "second", "time(compatible)", "string")),
        # Natively the type of the first argument is named here.
        ("before", (5, "x"), argument("before", "second", "time(compatible)", "int")),
        ("add", (5, "x"), argument("add", "second", "int(compatible)", "string")),
        (
            "time_format",
            (5, Undefined),
            argument("time_format", "second", "string(compatible)", "undefined"),
        ),
    ],
)
def test_complaints(name: str, arguments: tuple[Any, ...], message: str, load: Load) -> None:
    with pytest.raises(Fault) as caught:
        getattr(load("times"), name)(*arguments)
    assert caught.value.message == message


def test_level_2_10_has_no_zones(load: Load) -> None:
    times = load("times", level="2.10")
    assert not hasattr(times, "in_location")
    with pytest.raises(Fault, match="wrong number of arguments"):
        times.date(2020, 1, 1, 0, 0, 0, 0, "UTC")


def test_a_long_layout_is_stopped(load: Load) -> None:
    times = load("times", string_bytes=100)
    with pytest.raises(Fault, match="exceeding string size limit"):
        times.time_format(LEAP, "Monday" * 15)
    assert len(times.time_format(LEAP, golayout.RFC1123)) < 100
