"""Conversions of Tengo values: what ``int(x)``, ``string(x)`` and "compatible" arguments accept.

Every function gives ``None`` where Tengo says no. Source: tengo ``objects.go`` and ``tengo.go``
(``ToString`` and its kin), tengo spec 15.
"""

from __future__ import annotations

import math
import re
from typing import Any

from jackfield.tengo.display import display
from jackfield.tengo.stdlib import gotime, strconv
from jackfield.tengo.values import (
    MAX_INT,
    MIN_INT,
    Bytes,
    Char,
    TengoString,
    Time,
    Undefined,
    escaped,
    raw_bytes,
    string_of,
)

_DECIMAL = re.compile(r"[+-]?[0-9]+\Z")
_MAX_DIGITS = 4000


def to_string(value: Any) -> str | TengoString | None:
    """Anything but ``undefined``: a string is itself, the rest takes its display form."""
    kind = type(value)
    if kind is str or kind is TengoString:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if value is Undefined:
        return None
    if kind is Bytes:
        return string_of(bytes(value))
    return display(value)


def to_int(value: Any) -> int | None:
    """int, float (truncated), char, bool, and decimal text within 64 bits."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is float:
        return float_to_int(value)
    if kind is Char or kind is bool:
        return int(value)
    if kind is str and len(value) < _MAX_DIGITS and _DECIMAL.match(value):
        number = int(value)
        return number if MIN_INT <= number <= MAX_INT else None
    return None


def float_to_int(value: float) -> int:
    """Go's conversion on amd64: truncation; what does not fit becomes the least integer."""
    if not math.isfinite(value):
        return MIN_INT
    number = int(value)
    return number if MIN_INT <= number <= MAX_INT else MIN_INT


def to_float(value: Any) -> float | None:
    """int, float, and text as Go's ``ParseFloat`` reads it."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return float(value)
    if kind is str or kind is TengoString:
        try:
            return strconv.parse_float(escaped(value))
        except ValueError:
            return None
    return None


def to_char(value: Any) -> Char | None:
    """int (wrapped to 32 bits) or char."""
    if type(value) is Char:
        return value
    return Char(value) if type(value) is int else None


def to_bytes(value: Any) -> Bytes | None:
    """bytes (the same object) or a string."""
    if type(value) is Bytes:
        return value
    if type(value) is str or type(value) is TengoString:
        return Bytes(raw_bytes(value))
    return None


def to_time(value: Any) -> Time | None:
    """time, or an int of Unix seconds (shown in the machine's zone)."""
    if type(value) is Time:
        return value
    if type(value) is int:
        return Time(value * gotime.SECOND, gotime.local())
    return None
