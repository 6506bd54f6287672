"""Go's layouts of times: ``Mon Jan 2 15:04:05 MST 2006`` is the pattern and the example in one.

``format_time`` and ``parse_time`` work on bytes (as Latin-1 text inside), because widths and
cuts in a layout count bytes.

Source: tengo spec 17.2 and the documentation of Go's ``time.Layout``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jackfield.tengo.stdlib import goduration
from jackfield.tengo.stdlib.gotime import (
    MONTHS,
    SECOND,
    UTC,
    WEEKDAYS,
    Clock,
    FixedZone,
    Location,
    Time,
    date,
    days_in_month,
    is_leap,
    local,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ANSIC = "Mon Jan _2 15:04:05 2006"
UNIX_DATE = "Mon Jan _2 15:04:05 MST 2006"
RUBY_DATE = "Mon Jan 02 15:04:05 -0700 2006"
RFC822 = "02 Jan 06 15:04 MST"
RFC822Z = "02 Jan 06 15:04 -0700"
RFC850 = "Monday, 02-Jan-06 15:04:05 MST"
RFC1123 = "Mon, 02 Jan 2006 15:04:05 MST"
RFC1123Z = "Mon, 02 Jan 2006 15:04:05 -0700"
RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00"
KITCHEN = "3:04PM"
STAMP = "Jan _2 15:04:05"
STAMP_MILLI = "Jan _2 15:04:05.000"
STAMP_MICRO = "Jan _2 15:04:05.000000"
STAMP_NANO = "Jan _2 15:04:05.000000000"
DISPLAY = "2006-01-02 15:04:05.999999999 -0700 MST"

# At each place the first alternative that fits is the element there; what is between is literal.
# `_2006` is a literal underscore and a year; `Jan` in `Janet` is no month.
_ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5"
    r"|PM|pm|[-Z](?:070000|07:00:00|0700|07:00|07)|[.,](?:0+|9+)(?![0-9])"
)


class LayoutError(ValueError):
    """A text does not fit a layout; ``str()`` is Go's ``parsing time ...``."""


@lru_cache(maxsize=256)
def _elements(layout: str) -> tuple[tuple[tuple[str, str, str], ...], str]:
    """The (literal before, element, layout after) triples of a layout, and its last literal."""
    at = 0
    found = []
    for match in _ELEMENT.finditer(layout):
        found.append((layout[at : match.start()], match[0], layout[match.end() :]))
        at = match.end()
    return tuple(found), layout[at:]


# --- format --------------------------------------------------------------------------------------


def _padded(value: int, width: int) -> str:
    return f"-{-value:0{width}d}" if value < 0 else f"{value:0{width}d}"


def _offset_text(element: str, offset: int) -> str:
    if element[0] == "Z" and offset == 0:
        return "Z"
    # Go rounds the offset to minutes toward zero and takes the sign from that.
    minutes = abs(offset) // 60
    sign = "-" if offset <= -60 else "+"
    hours, minutes = divmod(minutes, 60)
    body = element[1:]
    colon = ":" if ":" in body else ""
    text = f"{sign}{hours:02d}"
    if len(body) > 2:
        text += f"{colon}{minutes:02d}"
    if len(body.replace(":", "")) > 4:
        text += f"{colon}{abs(offset) % 60:02d}"
    return text


def _fraction_text(element: str, nanosecond: int) -> str:
    digits = f"{nanosecond:09d}"[: len(element) - 1]
    if element[1] == "9":
        digits = digits.rstrip("0")
        return element[0] + digits if digits else ""
    return element[0] + digits.ljust(min(len(element) - 1, 9), "0")


def _zone_text(at: Clock) -> str:
    return at.zone or _offset_text("-0700", at.offset)


_WRITERS: dict[str, Callable[[Clock], str]] = {
    "January": lambda at: MONTHS[at.month - 1],
    "Jan": lambda at: MONTHS[at.month - 1][:3],
    "Monday": lambda at: WEEKDAYS[at.weekday],
    "Mon": lambda at: WEEKDAYS[at.weekday][:3],
    "MST": _zone_text,
    "01": lambda at: f"{at.month:02d}",
    "02": lambda at: f"{at.day:02d}",
    "03": lambda at: f"{at.hour % 12 or 12:02d}",
    "04": lambda at: f"{at.minute:02d}",
    "05": lambda at: f"{at.second:02d}",
    "06": lambda at: f"{abs(at.year) % 100:02d}",
    "002": lambda at: f"{at.year_day:03d}",
    "__2": lambda at: f"{at.year_day:3d}",
    "15": lambda at: f"{at.hour:02d}",
    "1": lambda at: str(at.month),
    "2006": lambda at: _padded(at.year, 4),
    "2": lambda at: str(at.day),
    "_2": lambda at: f"{at.day:2d}",
    "3": lambda at: str(at.hour % 12 or 12),
    "4": lambda at: str(at.minute),
    "5": lambda at: str(at.second),
    "PM": lambda at: "PM" if at.hour >= 12 else "AM",
    "pm": lambda at: "pm" if at.hour >= 12 else "am",
}


def format_time(time: Time, layout: str) -> str:
    """``time`` shown by ``layout``."""
    raw = layout.encode("utf-8", "surrogateescape").decode("latin-1")
    found, tail = _elements(raw)
    at = time.clock()
    parts = []
    for literal, element, _ in found:
        parts.append(literal)
        writer = _WRITERS.get(element)
        if writer is not None:
            parts.append(writer(at).encode().decode("latin-1"))
        elif element[0] in "-Z":
            parts.append(_offset_text(element, at.offset))
        else:
            parts.append(_fraction_text(element, at.nanosecond))
    parts.append(tail)
    return "".join(parts).encode("latin-1").decode("utf-8", "surrogateescape")


def display(time: Time) -> str:
    """The display form of a Tengo time, e.g. ``2020-02-29 01:02:03 +0000 UTC``."""
    return format_time(time, DISPLAY)


# --- parse ---------------------------------------------------------------------------------------


class _NoFitError(Exception):
    """The text does not fit the element."""


class _OutOfRangeError(Exception):
    """The element was read, but its value cannot be; ``args[0]`` names the field."""


@dataclass
class _Parsed:
    rest: str
    year: int = 0
    month: int = -1
    day: int = -1
    year_day: int = -1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0
    afternoon: bool | None = None
    utc: bool = False
    offset: int | None = None
    zone: str = ""

    def take(self, count: int) -> str:
        if len(self.rest) < count:
            raise _NoFitError
        piece, self.rest = self.rest[:count], self.rest[count:]
        return piece

    def number(self, least: int, most: int) -> int:
        """An unsigned number of ``least`` to ``most`` digits."""
        size = 0
        while size < most and self.rest[size : size + 1] in _DIGITS:
            size += 1
        if size < least:
            raise _NoFitError
        return int(self.take(size))

    def name(self, names: tuple[str, ...], size: int | None) -> int:
        for index, name in enumerate(names):
            wanted = name[:size]
            if self.rest[: len(wanted)].lower() == wanted.lower():
                self.rest = self.rest[len(wanted) :]
                return index
        raise _NoFitError

    def fraction(self, size: int) -> None:
        """A decimal mark and ``size`` digits, cut to nanoseconds."""
        piece = self.take(size + 1)
        digits = piece[1:10]
        if piece[0] not in ".,":
            raise _NoFitError
        if digits[:1] in "+-" and digits[1:].isdecimal():
            if digits[0] == "-" and int(digits):
                raise _OutOfRangeError("fractional second")
            self.nanosecond = abs(int(digits)) * 10 ** (9 - len(digits))
            return
        if not digits.isdecimal():
            raise _NoFitError
        self.nanosecond = int(digits.ljust(9, "0"))

    def fraction_length(self) -> int:
        """How many digits follow a decimal mark here; 0 where there is no fraction."""
        if self.rest[:1] not in _MARKS:
            return 0
        size = 0
        while self.rest[size + 1 : size + 2] in _DIGITS:
            size += 1
        return size


_DIGITS = tuple("0123456789")
_MARKS = (".", ",")


def _read_short_year(parsed: _Parsed) -> None:
    piece = parsed.take(2)
    if not re.fullmatch("[+-]?[0-9]+", piece):
        raise _NoFitError
    year = int(piece)
    parsed.year = year + (1900 if year >= 69 else 2000)


def _read_long_year(parsed: _Parsed) -> None:
    if len(parsed.rest) < 4 or parsed.rest[0] not in _DIGITS:
        raise _NoFitError
    piece = parsed.take(4)
    if not (piece.isascii() and piece.isdigit()):
        raise _NoFitError
    parsed.year = int(piece)


def _read_month(parsed: _Parsed, least: int) -> None:
    parsed.month = parsed.number(least, 2)
    if not 1 <= parsed.month <= 12:
        raise _OutOfRangeError("month")


def _read_hour(parsed: _Parsed, least: int, most: int) -> None:
    parsed.hour = parsed.number(least, 2)
    if parsed.hour > most:
        raise _OutOfRangeError("hour")


def _read_minute(parsed: _Parsed, least: int) -> None:
    parsed.minute = parsed.number(least, 2)
    if parsed.minute > 59:
        raise _OutOfRangeError("minute")


def _read_second(parsed: _Parsed, least: int, following: str) -> None:
    parsed.second = parsed.number(least, 2)
    if parsed.second > 59:
        raise _OutOfRangeError("second")
    size = parsed.fraction_length()
    if size:
        # A fraction that the layout does not mention is read all the same.
        upcoming = _ELEMENT.search(following)
        if upcoming is None or upcoming[0][0] not in _MARKS:
            parsed.fraction(size)


def _read_half(parsed: _Parsed, after: str, before: str) -> None:
    piece = parsed.take(2)
    if piece not in (after, before):
        raise _NoFitError
    parsed.afternoon = piece == after


def _read_offset(parsed: _Parsed, element: str) -> None:
    if element[0] == "Z" and parsed.rest[:1] == "Z":
        parsed.rest = parsed.rest[1:]
        parsed.utc = True
        return
    piece = parsed.take(len(element))
    for index, character in enumerate(element):
        if character == ":" and piece[index] != ":":
            raise _NoFitError
    fields = element[1:].replace(":", "")
    digits = piece[1:3] + piece[3:].replace(":", "") if ":" in element else piece[1:]
    if len(digits) != len(fields) or not (digits.isascii() and digits.isdigit()):
        hour = piece[1:3]
        if hour.isascii() and hour.isdigit() and int(hour) > 24:
            raise _OutOfRangeError("time zone offset hour")
        raise _NoFitError
    hours, minutes, seconds = (int(digits[i : i + 2] or "0") for i in (0, 2, 4))
    if seconds > 60:
        raise _OutOfRangeError("time zone offset second")
    if minutes > 60:
        raise _OutOfRangeError("time zone offset minute")
    if hours > 24:
        raise _OutOfRangeError("time zone offset hour")
    if piece[0] not in "+-":
        raise _NoFitError
    offset = (hours * 60 + minutes) * 60 + seconds
    parsed.offset = -offset if piece[0] == "-" else offset


# UTC apart: names of three letters, of four or five that end in T, and a few special ones.
_ZONE = re.compile(
    r"ChST|MeST|(?P<gmt>GMT)(?P<hours>[+-][0-9]+)?|(?P<signed>[+-][0-9]+)"
    r"|(?P<letters>[A-Z]{3,6})"
)


def _zone_length(rest: str) -> int:
    match = _ZONE.match(rest)
    if match is None or len(rest) < 3:
        return 0
    if match["gmt"]:
        hours = match["hours"]
        return 3 if hours is None or int(hours[1:4] or "99") > 23 else match.end()
    if match["signed"]:
        return match.end() if int(match["signed"][1:]) <= 23 else 0
    letters = match["letters"]
    if letters is None or len(letters) == 3:
        return match.end()
    if len(letters) == 5:
        return 5 if letters[4] == "T" else 0
    return 4 if len(letters) == 4 and (letters[3] == "T" or letters == "WITA") else 0


def _read_zone(parsed: _Parsed) -> None:
    if parsed.rest.startswith("UTC"):
        parsed.rest = parsed.rest[3:]
        parsed.utc = True
        return
    size = _zone_length(parsed.rest)
    if not size:
        raise _NoFitError
    parsed.zone = parsed.take(size)


def _read(parsed: _Parsed, element: str, following: str) -> None:
    """Take one element of the layout off the front of the text."""
    match element:
        case "06":
            _read_short_year(parsed)
        case "2006":
            _read_long_year(parsed)
        case "Jan" | "January":
            parsed.month = parsed.name(MONTHS, 3 if element == "Jan" else None) + 1
        case "01" | "1":
            _read_month(parsed, len(element))
        case "Mon" | "Monday":
            parsed.name(WEEKDAYS, 3 if element == "Mon" else None)
        case "_2" | "2" | "02":
            if element == "_2":
                parsed.rest = parsed.rest.removeprefix(" ")
            parsed.day = parsed.number(2 if element == "02" else 1, 2)
        case "__2" | "002":
            if element == "__2":
                parsed.rest = parsed.rest.removeprefix(" ").removeprefix(" ")
            parsed.year_day = parsed.number(3 if element == "002" else 1, 3)
        case "15":
            _read_hour(parsed, 1, 23)
        case "3" | "03":
            _read_hour(parsed, len(element), 12)
        case "4" | "04":
            _read_minute(parsed, len(element))
        case "5" | "05":
            _read_second(parsed, len(element), following)
        case "PM":
            _read_half(parsed, "PM", "AM")
        case "pm":
            _read_half(parsed, "pm", "am")
        case "MST":
            _read_zone(parsed)
        case _ if element[0] in "-Z":
            _read_offset(parsed, element)
        case _ if element[1] == "0":
            parsed.fraction(len(element) - 1)
        case _:
            size = parsed.fraction_length()
            if size:
                parsed.fraction(size)


def _skip(text: str, literal: str) -> tuple[str, bool]:
    """``text`` after ``literal``, where runs of spaces count as equal; and whether it fitted."""
    if text.startswith(literal) and " " not in literal:
        return text[len(literal) :], True
    index = at = 0
    while index < len(literal):
        if literal[index] == " ":
            if text[at : at + 1] not in ("", " "):
                return text[at:], False
            while literal[index : index + 1] == " ":
                index += 1
            while text[at : at + 1] == " ":
                at += 1
            continue
        if text[at : at + 1] != literal[index]:
            return text[at:], False
        index += 1
        at += 1
    return text[at:], True


def _settle_date(parsed: _Parsed) -> None:
    """Month and day from a day of the year, or the first where the layout had none."""
    if parsed.year_day >= 0:
        last = 366 if is_leap(parsed.year) else 365
        if not 1 <= parsed.year_day <= last:
            raise _OutOfRangeError("day-of-year")
        month, day = 1, parsed.year_day
        while day > days_in_month(parsed.year, month):
            day -= days_in_month(parsed.year, month)
            month += 1
        if parsed.month not in (-1, month):
            raise _NoFitError("day-of-year does not match month")
        if parsed.day not in (-1, day):
            raise _NoFitError("day-of-year does not match day")
        parsed.month, parsed.day = month, day
    parsed.month = 1 if parsed.month < 0 else parsed.month
    parsed.day = 1 if parsed.day < 0 else parsed.day
    if not 1 <= parsed.day <= days_in_month(parsed.year, parsed.month):
        raise _OutOfRangeError("day")


def _local_offset(name: str, unix_seconds: int) -> int | None:
    """The offset that this machine's location gives an abbreviation near an instant."""
    here = local()
    for months in (0, 182, -182):
        abbreviation, offset = here.lookup(unix_seconds + months * 86_400)
        if abbreviation == name:
            return offset
    return None


def _settle_zone(parsed: _Parsed) -> Time:
    if parsed.afternoon and parsed.hour < 12:
        parsed.hour += 12
    elif parsed.afternoon is False and parsed.hour == 12:
        parsed.hour = 0
    time = date(
        parsed.year, parsed.month, parsed.day, parsed.hour, parsed.minute, parsed.second,
        parsed.nanosecond, UTC,
    )  # fmt: skip
    if parsed.utc:
        return time
    location: Location
    if parsed.offset is not None:
        time = time.add(-parsed.offset * SECOND)
        name, offset = local().lookup(time.unix_ns // SECOND)
        if offset == parsed.offset and parsed.zone in ("", name):
            location = local()
        else:
            location = FixedZone(parsed.zone, parsed.offset)
        return time.within(location)
    if parsed.zone:
        known = _local_offset(parsed.zone, time.unix_ns // SECOND)
        if known is not None:
            return time.add(-known * SECOND).within(local())
        # An abbreviation that is not known here keeps its name and means UTC, but GMT+3 says it.
        offset = int(parsed.zone[3:]) * 3600 if parsed.zone[3:] and parsed.zone[:3] == "GMT" else 0
        return time.within(FixedZone(parsed.zone, offset))
    return time


def parse_time(layout: str, text: str) -> Time:
    """The instant that ``text`` says by ``layout``; UTC where neither names a zone.

    Raises ``LayoutError``.
    """
    raw = text.encode("utf-8", "surrogateescape").decode("latin-1")
    pattern = layout.encode("utf-8", "surrogateescape").decode("latin-1")
    found, tail = _elements(pattern)
    parsed = _Parsed(raw)

    def cannot(held: str, element: str) -> LayoutError:
        return LayoutError(
            f"parsing time {goduration.quote(text)} as {goduration.quote(layout)}:"
            f" cannot parse {_quote_raw(held)} as {_quote_raw(element)}"
        )

    def message(problem: str) -> LayoutError:
        return LayoutError(f"parsing time {goduration.quote(text)}: {problem}")

    for literal, element, following in found:
        parsed.rest, fits = _skip(parsed.rest, literal)
        if not fits:
            raise cannot(parsed.rest, literal)
        held = parsed.rest
        try:
            _read(parsed, element, following)
        except _OutOfRangeError as problem:
            raise message(f"{problem} out of range") from None
        except _NoFitError:
            raise cannot(held, element) from None
    parsed.rest, fits = _skip(parsed.rest, tail)
    if not fits:
        raise cannot(parsed.rest, tail)
    if parsed.rest:
        raise message(f"extra text: {_quote_raw(parsed.rest)}")
    try:
        _settle_date(parsed)
    except _OutOfRangeError as problem:
        raise message(f"{problem} out of range") from None
    except _NoFitError as problem:
        raise message(str(problem)) from None
    return _settle_zone(parsed)


def _quote_raw(raw: str) -> str:
    return goduration.quote(raw.encode("latin-1").decode("utf-8", "surrogateescape"))
