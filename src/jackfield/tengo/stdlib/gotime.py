"""Instants, calendars and zones as Go's ``time`` package has them, without its clock.

An instant is an exact count of nanoseconds since 1970 in UTC, of any size, together with the
location that it is shown in. Calendar arithmetic is proleptic Gregorian for every year, also
beyond what ``datetime`` holds.

Source: tengo spec 4, 5, 14, 17.2 and the documentation of Go's ``time`` package.
"""

from __future__ import annotations

import datetime
import os
import zoneinfo
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

NANOSECOND = 1
MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

MAX_INT64 = (1 << 63) - 1
MIN_INT64 = -1 << 63

# Go's zero time, 0001-01-01 00:00:00 UTC, is the only falsy one.
ZERO_UNIX_NS = -62_135_596_800 * SECOND

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

_CYCLE_DAYS = 146_097  # 400 Gregorian years, after which the calendar repeats
_CYCLE_SECONDS = _CYCLE_DAYS * 86_400
# zoneinfo knows the years 1 to 9999; keep a day's distance for the offset.
_FIRST_SECOND = -62_135_596_800 + 86_400
_LAST_SECOND = 253_402_300_799 - 86_400
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Location(Protocol):
    """A zone, or the history of the zones of one place."""

    @property
    def name(self) -> str:
        """Go's name of it: ``UTC``, an IANA name, ``Local``, or what a fixed zone was given."""

    def lookup(self, unix_seconds: int) -> tuple[str, int]:
        """The abbreviation and the offset east of UTC in seconds, in use at that instant."""


class FixedZone(NamedTuple):
    """A location that uses one offset always."""

    name: str
    offset: int

    def lookup(self, unix_seconds: int) -> tuple[str, int]:  # noqa: ARG002 (protocol)
        """Source: Go's ``time.FixedZone``."""
        return self.name, self.offset


class Place:
    """A location whose offsets come from the IANA database."""

    def __init__(self, name: str, zone: datetime.tzinfo) -> None:
        self.name = name
        self._zone = zone

    def lookup(self, unix_seconds: int) -> tuple[str, int]:
        """As the protocol; years outside 1 to 9999 follow the rule of the nearest known years."""
        if unix_seconds > _LAST_SECOND:
            over = unix_seconds - _LAST_SECOND
            unix_seconds -= -(-over // _CYCLE_SECONDS) * _CYCLE_SECONDS
        elif unix_seconds < _FIRST_SECOND:
            unix_seconds = _FIRST_SECOND
        moment = (_EPOCH + datetime.timedelta(seconds=unix_seconds)).astimezone(self._zone)
        offset = moment.utcoffset() or datetime.timedelta()
        return moment.tzname() or "", int(offset.total_seconds())


UTC = FixedZone("UTC", 0)


def _read_local() -> Location:
    setting = os.environ.get("TZ")
    if setting is not None:
        setting = setting.removeprefix(":")
        if not setting:
            return UTC
        if not setting.startswith("/"):
            try:
                return Place(setting, zoneinfo.ZoneInfo(setting)) if setting != "UTC" else UTC
            except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
                return UTC
    try:
        with Path(setting or "/etc/localtime").open("rb") as file:
            here = Place("Local", zoneinfo.ZoneInfo.from_file(file))
    except (OSError, ValueError):
        return UTC
    # A machine that keeps UTC is where Go finds no file at all, as in most containers.
    return UTC if all(here.lookup(at) == ("UTC", 0) for at in (0, 15_552_000)) else here


@lru_cache(maxsize=1)
def local() -> Location:
    """This machine's location, by ``TZ`` or ``/etc/localtime``; read once."""
    return _read_local()


@lru_cache(maxsize=64)
def load_location(name: str) -> Location:
    """The location of that IANA name; empty and ``UTC`` are UTC, ``Local`` is this machine's.

    Raises ``ValueError`` with Go's text.
    """
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return local()
    if ".." in name or name[0] in "/\\":
        raise ValueError("time: invalid location name")
    try:
        return Place(name, zoneinfo.ZoneInfo(name))
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError(f"unknown time zone {name}") from None


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; ``month`` 1 to 12, ``day`` any integer."""
    year -= month <= 2
    cycle, year_of_cycle = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (
        cycle * _CYCLE_DAYS
        + year_of_cycle * 365
        + year_of_cycle // 4
        - year_of_cycle // 100
        + day_of_year
        - 719_468
    )


def civil_from_days(days: int) -> tuple[int, int, int]:
    """The year, month and day of a count of days since 1970-01-01."""
    cycle, rest = divmod(days + 719_468, _CYCLE_DAYS)
    year = (rest - rest // 1_460 + rest // 36_524 - rest // 146_096) // 365
    day_of_year = rest - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + cycle * 400 + (month <= 2), month, day


def is_leap(year: int) -> bool:
    """Whether the Gregorian year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


class Clock(NamedTuple):
    """What a calendar and a clock on the wall of a location show at an instant."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanosecond: int
    weekday: int  # 0 is Sunday
    year_day: int  # 1 to 366
    zone: str
    offset: int


class Time:
    """An instant shown in a location. Immutable; equal to another at the same instant."""

    __slots__ = ("location", "unix_ns")

    def __init__(self, unix_ns: int, location: Location = UTC) -> None:
        self.unix_ns = unix_ns
        self.location = location

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self.unix_ns == other.unix_ns

    def __hash__(self) -> int:
        return hash(self.unix_ns)

    def __repr__(self) -> str:
        return f"Time({self.unix_ns}, {self.location.name!r})"

    def __bool__(self) -> bool:
        return self.unix_ns != ZERO_UNIX_NS

    def is_zero(self) -> bool:
        """Whether this is 0001-01-01 00:00:00 UTC."""
        return self.unix_ns == ZERO_UNIX_NS

    def clock(self) -> Clock:
        """The fields of this instant in its location."""
        seconds, nanosecond = divmod(self.unix_ns, SECOND)
        zone, offset = self.location.lookup(seconds)
        days, rest = divmod(seconds + offset, 86_400)
        year, month, day = civil_from_days(days)
        hour, rest = divmod(rest, 3_600)
        minute, second = divmod(rest, 60)
        return Clock(
            year, month, day, hour, minute, second, nanosecond,
            (days + 4) % 7, days - days_from_civil(year, 1, 1) + 1, zone, offset,
        )  # fmt: skip

    def add(self, nanoseconds: int) -> Time:
        """The instant so much later, in the same location."""
        return Time(self.unix_ns + nanoseconds, self.location)

    def subtract(self, other: Time) -> int:
        """Nanoseconds from ``other`` to here, held within 64 bits."""
        return max(MIN_INT64, min(MAX_INT64, self.unix_ns - other.unix_ns))

    def add_date(self, years: int, months: int, days: int) -> Time:
        """The same clock so many years, months and days away; January 31 + 1 month is in March."""
        at = self.clock()
        return date(
            at.year + years, at.month + months, at.day + days,
            at.hour, at.minute, at.second, at.nanosecond, self.location,
        )  # fmt: skip

    def within(self, location: Location) -> Time:
        """The same instant shown elsewhere."""
        return Time(self.unix_ns, location)


def date(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    nanosecond: int,
    location: Location,
) -> Time:
    """The instant of a calendar date and a time of day; fields out of range carry over.

    In the hour that a clock skips in spring, the offset after the change is used, as Go does.
    """
    carry, month_index = divmod(month - 1, 12)
    days = days_from_civil(year + carry, month_index + 1, day)
    more, nanosecond = divmod(nanosecond, SECOND)
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second + more
    offset = location.lookup(seconds)[1]
    if offset:
        offset = location.lookup(seconds - offset)[1]
    return Time((seconds - offset) * SECOND + nanosecond, location)


def month_name(month: int) -> str:
    """``January`` to ``December``; others as Go shows them, e.g. ``%!Month(13)``."""
    if 1 <= month <= 12:
        return MONTHS[month - 1]
    return f"%!Month({month & (1 << 64) - 1})"
