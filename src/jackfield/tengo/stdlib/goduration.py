"""Spans of time as text: ``1h15m30.918s``. A span is a count of nanoseconds within 64 bits.

Source: tengo spec 17.2 and the documentation of Go's ``time.Duration``.
"""

from __future__ import annotations

import re

from jackfield.tengo.stdlib.gotime import HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND

_UNITS = {
    "ns": 1,
    "us": MICROSECOND,
    "\u00b5s": MICROSECOND,  # the micro sign
    "\u03bcs": MICROSECOND,  # the Greek letter mu
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_LIMIT = 1 << 63
_TERM = re.compile(r"([0-9]*+)(?:(\.)([0-9]*+))?([^0-9.]*+)")


def quote(text: str) -> str:
    """``text`` in double quotes, every byte beyond printable ASCII as ``\\xNN``.

    The messages of Go's ``time`` package quote so, not as ``strconv`` does.
    """
    out = []
    for byte in text.encode("utf-8", "surrogateescape"):
        if byte >= 0x80 or byte < 0x20:
            out.append(f"\\x{byte:02x}")
        elif byte in b'"\\':
            out.append("\\" + chr(byte))
        else:
            out.append(chr(byte))
    return '"' + "".join(out) + '"'


def parse(text: str) -> int:
    """Nanoseconds of a text such as ``-1.5h`` or ``2h45m``; ``0`` needs no unit.

    Raises ``ValueError`` with Go's text.
    """
    invalid = ValueError(f"time: invalid duration {quote(text)}")
    negative = text[:1] == "-"
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest:
        raise invalid
    total = at = 0
    while at < len(rest):
        match = _TERM.match(rest, at)
        if match is None or not (match[1] or match[3]):
            raise invalid
        at = match.end()
        if len(match[1].lstrip("0")) > 19 or (whole := int(match[1] or "0")) > _LIMIT:
            raise invalid
        if not match[4]:
            raise ValueError(f"time: missing unit in duration {quote(text)}")
        unit = _UNITS.get(match[4])
        if unit is None:
            raise ValueError(f"time: unknown unit {quote(match[4])} in duration {quote(text)}")
        if whole > _LIMIT // unit:
            raise invalid
        # Digits of a fraction beyond 64 bits add nothing; the product is a float, as in Go.
        fraction = (match[3] or "")[:19]
        if fraction and int(fraction) > _LIMIT:
            fraction = fraction[:18]
        value = whole * unit
        if fraction:
            value += int(float(int(fraction)) * (float(unit) / float(10 ** len(fraction))))
        total += value
        if value > _LIMIT or total > _LIMIT:
            raise invalid
    if negative:
        return -total
    if total == _LIMIT:
        raise invalid
    return total


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    digits = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def display(nanoseconds: int) -> str:
    """``1h1m1s``; under a second one smaller unit: ``1.5ms``; zero is ``0s``."""
    sign = "-" if nanoseconds < 0 else ""
    rest = abs(nanoseconds)
    if rest < SECOND:
        if rest == 0:
            return "0s"
        if rest < MICROSECOND:
            return f"{sign}{rest}ns"
        if rest < MILLISECOND:
            return f"{sign}{_decimal(rest, MICROSECOND)}\u00b5s"
        return f"{sign}{_decimal(rest, MILLISECOND)}ms"
    minutes, rest = divmod(rest, MINUTE)
    text = _decimal(rest, SECOND) + "s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        text = f"{minutes}m{text}"
        if hours:
            text = f"{hours}h{text}"
    return sign + text


def in_units(nanoseconds: int, unit: int) -> float:
    """The span as a float of ``unit`` (SECOND, MINUTE or HOUR), whole part and rest added."""
    whole, rest = divmod(abs(nanoseconds), unit)
    value = float(whole) + float(rest) / float(unit)
    return -value if nanoseconds < 0 else value
