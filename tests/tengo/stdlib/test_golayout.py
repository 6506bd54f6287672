"""Times by layouts: shown and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import golayout as layouts
from jackfield.tengo.stdlib import gotime
from jackfield.tengo.stdlib.golayout import LayoutError, display, format_time, parse_time
from jackfield.tengo.stdlib.gotime import SECOND, UTC, FixedZone, Time, date, load_location

MORNING = date(2021, 3, 7, 9, 5, 8, 120_340_000, load_location("America/New_York"))
EVENING = date(2021, 11, 17, 21, 45, 58, 0, UTC)


@pytest.mark.parametrize(
    ("layout", "morning", "evening"),
    [
        ("2006-01-02 15:04:05", "2021-03-07 09:05:08", "2021-11-17 21:45:58"),
        (
            "Mon Jan 2 15:04:05 MST 2006",
            "Sun Mar 7 09:05:08 EST 2021",
            "Wed Nov 17 21:45:58 UTC 2021",
        ),
        ("Monday, 02-Jan-06", "Sunday, 07-Mar-21", "Wednesday, 17-Nov-21"),
        ("January _2", "March  7", "November 17"),
        ("__2 002", " 66 066", "321 321"),
        ("1/2/06", "3/7/21", "11/17/21"),
        ("3:4:5PM 03pm", "9:5:8AM 09am", "9:45:58PM 09pm"),
        ("5.000 05,000000", "8.120 08,120340", "58.000 58,000000"),
        ("05.999 05.99", "08.12 08.12", "58 58"),
        ("05.00 .99", "08.12 .12", "58.00 "),
        ("Z07 Z0700 Z07:00 Z070000 Z07:00:00", "-05 -0500 -05:00 -050000 -05:00:00", "Z Z Z Z Z"),
        (
            "-07 -0700 -07:00 -070000 -07:00:00",
            "-05 -0500 -05:00 -050000 -05:00:00",
            "+00 +0000 +00:00 +000000 +00:00:00",
        ),
        ("07:00", "07:00", "07:00"),
        ("Janu Mond 20066 _2006", "Janu Mond 20216 _2021", "Janu Mond 20216 _2021"),
        ("é.0x 05.0", "é.1x 08.1", "é.0x 58.0"),
        ("05.0000000000", "08.1203400000", "58.0000000000"),
        ("", "", ""),
    ],
)
def test_format(layout: str, morning: str, evening: str) -> None:
    if layout == "05.0000000000":  # Go shows nine digits at most
        morning, evening = morning[:-1], evening[:-1]
    assert format_time(MORNING, layout) == morning
    assert format_time(EVENING, layout) == evening


def test_format_of_unusual_years_and_offsets() -> None:
    assert format_time(date(-5, 1, 1, 0, 0, 0, 0, UTC), "2006 06") == "-0005 05"
    assert format_time(date(12345, 1, 1, 0, 0, 0, 0, UTC), "2006 06") == "12345 45"
    west = Time(0, FixedZone("", -(3600 + 90)))
    assert format_time(west, "-0700 -07:00:00 MST Z07") == "-0101 -01:01:30 -0101 -01"
    assert format_time(Time(0, FixedZone("ABC", 30)), "MST -070000 Z07:00") == "ABC +000030 +00:00"


def test_midnight_and_noon() -> None:
    assert format_time(date(2020, 1, 1, 0, 0, 0, 0, UTC), "3PM") == "12AM"
    assert format_time(date(2020, 1, 1, 12, 0, 0, 0, UTC), "03pm") == "12pm"


@pytest.mark.parametrize(
    ("layout", "text", "result", "location"),
    [
        ("2006-01-02", "2020-02-29", "2020-02-29 00:00:00 +0000 UTC", "UTC"),
        (layouts.RFC3339, "2020-02-29T01:02:03+05:30", "2020-02-29 01:02:03 +0530 +0530", ""),
        (
            layouts.RFC3339,
            "2020-02-29T01:02:03.123456789Z",
            "2020-02-29 01:02:03.123456789 +0000 UTC",
            "UTC",
        ),
        (layouts.RFC1123, "Sat, 29 Feb 2020 01:02:03 GMT", "2020-02-29 01:02:03 +0000 GMT", "GMT"),
        (
            layouts.RFC1123Z,
            "Sat, 29 Feb 2020 01:02:03 -0700",
            "2020-02-29 01:02:03 -0700 -0700",
            "",
        ),
        (layouts.RFC822, "29 Feb 20 01:02 MST", "2020-02-29 01:02:00 +0000 MST", "MST"),
        (
            layouts.RFC850,
            "Saturday, 29-Feb-20 01:02:03 UTC",
            "2020-02-29 01:02:03 +0000 UTC",
            "UTC",
        ),
        (layouts.KITCHEN, "3:04PM", "0000-01-01 15:04:00 +0000 UTC", "UTC"),
        (layouts.KITCHEN, "12:04AM", "0000-01-01 00:04:00 +0000 UTC", "UTC"),
        ("3pm", "12pm", "0000-01-01 12:00:00 +0000 UTC", "UTC"),
        (layouts.ANSIC, "Sat Feb 29 01:02:03 2020", "2020-02-29 01:02:03 +0000 UTC", "UTC"),
        (
            layouts.STAMP_MICRO,
            "Feb  9 01:02:03.000005",
            "0000-02-09 01:02:03.000005 +0000 UTC",
            "UTC",
        ),
        ("Jan _2 06", "Feb  9 20", "2020-02-09 00:00:00 +0000 UTC", "UTC"),
        ("January 2 2006", "FEBRUARY 9 2020", "2020-02-09 00:00:00 +0000 UTC", "UTC"),
        ("06-1-2", "69-2-3", "1969-02-03 00:00:00 +0000 UTC", "UTC"),
        ("06-1-2", "68-12-31", "2068-12-31 00:00:00 +0000 UTC", "UTC"),
        ("2006 002", "2020 060", "2020-02-29 00:00:00 +0000 UTC", "UTC"),
        ("2006 __2", "2021  60", "2021-03-01 00:00:00 +0000 UTC", "UTC"),
        ("2006 002 01 02", "2020 366 12 31", "2020-12-31 00:00:00 +0000 UTC", "UTC"),
        ("15:04:05", "01:02:03.5", "0000-01-01 01:02:03.5 +0000 UTC", "UTC"),
        ("15:04:05", "01:02:03,1234567891", "0000-01-01 01:02:03.123456789 +0000 UTC", "UTC"),
        ("05.999 x", "03 x", "0000-01-01 00:00:03 +0000 UTC", "UTC"),
        ("05.00", "03.25", "0000-01-01 00:00:03.25 +0000 UTC", "UTC"),
        ("a   b 2006", "a b  2020", "2020-01-01 00:00:00 +0000 UTC", "UTC"),
        # Go reads the clock as UTC here and only shows it in the zone.
        ("2006 MST", "2020 GMT+3", "2020-01-01 03:00:00 +0300 GMT+3", "GMT+3"),
        ("2006 MST", "2020 ChST", "2020-01-01 00:00:00 +0000 ChST", "ChST"),
        ("2006 MST", "2020 WITA", "2020-01-01 00:00:00 +0000 WITA", "WITA"),
        ("2006 MST", "2020 AAAAT", "2020-01-01 00:00:00 +0000 AAAAT", "AAAAT"),
        ("2006 MST", "2020 -03", "2020-01-01 00:00:00 +0000 -03", "-03"),
        ("2006 -0700 MST", "2020 -0300 BRT", "2020-01-01 00:00:00 -0300 BRT", "BRT"),
        ("2006 -07:00:00", "2020 +01:02:03", "2020-01-01 00:00:00 +0102 +0102", ""),
        ("2006 Z070000", "2020 -010203", "2020-01-01 00:00:00 -0102 -0102", ""),
        ("2006 -07", "2020 +09", "2020-01-01 00:00:00 +0900 +0900", ""),
        ("é2006", "é2020", "2020-01-01 00:00:00 +0000 UTC", "UTC"),
    ],
)
def test_parse(layout: str, text: str, result: str, location: str) -> None:
    time = parse_time(layout, text)
    assert display(time) == result
    assert time.location.name == location


def cannot(text: str, layout: str, held: str, element: str) -> str:
    return f'parsing time "{text}" as "{layout}": cannot parse "{held}" as "{element}"'


@pytest.mark.parametrize(
    ("layout", "text", "message"),
    [
        ("2006-01-02", "x", cannot("x", "2006-01-02", "x", "2006")),
        ("2006-01-02", "2020-x", cannot("2020-x", "2006-01-02", "x", "01")),
        ("2006-01-02", "2020/01", cannot("2020/01", "2006-01-02", "/01", "-")),
        ("2006 Jan", "2020 Foo", cannot("2020 Foo", "2006 Jan", "Foo", "Jan")),
        ("Mon", "Xyz", cannot("Xyz", "Mon", "Xyz", "Mon")),
        ("PM", "XM", cannot("XM", "PM", "XM", "PM")),
        ("pm", "PM", cannot("PM", "pm", "PM", "pm")),
        ("06", "2", cannot("2", "06", "2", "06")),
        ("02", "5", cannot("5", "02", "5", "02")),
        ("05.000", "03.25", cannot("03.25", "05.000", ".25", ".000")),
        ("05.000", "03:250", cannot("03:250", "05.000", ":250", ".000")),
        ("002", "12", cannot("12", "002", "12", "002")),
        ("2006x", "2020y", cannot("2020y", "2006x", "y", "x")),
        ("-0700", "0100x", cannot("0100x", "-0700", "0100x", "-0700")),
        ("-07:00", "+0100x", cannot("+0100x", "-07:00", "+0100x", "-07:00")),
        ("-07", "+0", cannot("+0", "-07", "+0", "-07")),
        ("MST", "ab", cannot("ab", "MST", "ab", "MST")),
        ("MST", "AAAA", cannot("AAAA", "MST", "AAAA", "MST")),
        ("MST", "AAAAAA", cannot("AAAAAA", "MST", "AAAAAA", "MST")),
        ("MST", "+99", cannot("+99", "MST", "+99", "MST")),
        (
            "2006-01-02T15:04:05Z07:00",
            "2020-02-29T01:02:03",
            cannot("2020-02-29T01:02:03", "2006-01-02T15:04:05Z07:00", "", "Z07:00"),
        ),
        ("2006", "é", r'parsing time "\xc3\xa9" as "2006": cannot parse "\xc3\xa9" as "2006"'),
        ("2006", "2020 ", 'parsing time "2020 ": extra text: " "'),
        ("2006-01-02", "2020-02-30", 'parsing time "2020-02-30": day out of range'),
        ("2006-01-02", "2020-13-01", 'parsing time "2020-13-01": month out of range'),
        ("15:04", "25:00", 'parsing time "25:00": hour out of range'),
        ("3:04", "13:00", 'parsing time "13:00": hour out of range'),
        ("15:04", "23:60", 'parsing time "23:60": minute out of range'),
        ("05", "60", 'parsing time "60": second out of range'),
        ("-0700", "+2500", 'parsing time "+2500": time zone offset hour out of range'),
        ("-0700", "+2461", 'parsing time "+2461": time zone offset minute out of range'),
        ("-070000", "+246061", 'parsing time "+246061": time zone offset second out of range'),
        ("2006 002", "2021 366", 'parsing time "2021 366": day-of-year out of range'),
        ("2006 002", "2021 000", 'parsing time "2021 000": day-of-year out of range'),
        ("002 01", "060 04", 'parsing time "060 04": day-of-year does not match month'),
        ("002 02", "060 04", 'parsing time "060 04": day-of-year does not match day'),
    ],
)
def test_parse_refuses(layout: str, text: str, message: str) -> None:
    with pytest.raises(LayoutError) as caught:
        parse_time(layout, text)
    assert str(caught.value) == message


def test_zones_of_this_machine_are_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    gotime.local.cache_clear()
    try:
        winter = parse_time("2006-01-02 MST", "2020-01-01 EST")
        assert (display(winter), winter.location.name) == (
            "2020-01-01 00:00:00 -0500 EST",
            "America/New_York",
        )
        by_offset = parse_time("2006-01-02 -0700", "2020-01-01 -0500")
        assert by_offset.location.name == "America/New_York"
        other_season = parse_time("2006-01-02 MST", "2020-01-01 EDT")
        assert display(other_season) == "2019-12-31 23:00:00 -0500 EST"
    finally:
        gotime.local.cache_clear()


@given(st.integers(-62_135_596_800, 253_402_300_799), st.integers(0, 999_999_999))
def test_rfc3339_reads_back(seconds: int, nanosecond: int) -> None:
    time = Time(seconds * SECOND + nanosecond, UTC)
    assert parse_time(layouts.RFC3339_NANO, format_time(time, layouts.RFC3339_NANO)) == time


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_layout_and_text_are_answered(layout: str, text: str) -> None:
    format_time(Time(0), layout)
    try:
        parse_time(layout, text)
    except LayoutError as error:
        assert str(error).startswith("parsing time ")
