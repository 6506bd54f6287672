"""The values of literals. Source: Go's ``strconv``, as tengo's parser uses it; tengo spec 1."""

from __future__ import annotations

import re
from typing import Final

from jackfield.tengo.stdlib import strconv
from jackfield.tengo.values import MAX_INT, Char, TengoString, unescaped

_MANY_DIGITS: Final = 1_000
_SIMPLE: Final = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34,
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)


def old_int_value(literal: str) -> int:
    """The value at level 2.10, which knows no octal and takes the largest int for what is larger.

    Native reads hexadecimal digits there too, but the number is then 0: a defect not followed.
    """
    base = 16 if literal[:2] in ("0x", "0X") else 10
    digits = (literal[2:] if base == 16 else literal).lstrip("0")
    return min(int(digits or "0", base), MAX_INT) if len(digits) < _MANY_DIGITS else MAX_INT


def old_float_value(literal: str) -> float:
    """The value at level 2.10: infinite if it is too large."""
    try:
        return float(literal)
    except ValueError:
        return 0.0


def int_value(literal: str) -> int | None:
    """The value, or ``None`` where native says "invalid integer"."""
    if literal.isdigit() and literal.isascii() and literal[0] != "0":
        value = int(literal) if len(literal) < 20 else MAX_INT + 1
        return value if value <= MAX_INT else None
    try:
        return strconv.parse_int(literal, 0, 64)
    except ValueError:
        return None


def float_value(literal: str) -> float | None:
    """The value, or ``None`` where native says "invalid float"."""
    try:
        return strconv.parse_float(literal)
    except ValueError:
        return None


def string_value(literal: str) -> str | TengoString:
    """The value of a quoted or raw literal. A broken one (already reported) gives ``""``."""
    body = literal[1:-1]
    if literal[:1] == "`" or "\\" not in body:
        return unescaped(body)
    return unescaped(_ESCAPE.sub(_replace, body))


def _replace(match: re.Match[str]) -> str:
    simple, octal, byte, short, long = match.groups()
    if simple:
        return chr(_SIMPLE[simple])
    if octal or byte:
        code = (int(octal, 8) if octal else int(byte, 16)) & 0xFF
        return chr(code) if code < 0x80 else chr(0xDC00 + code)
    return _rune(int(short or long, 16))


def _rune(code: int) -> str:
    valid = code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid else ""


def char_value(literal: str) -> Char | None:
    """The value of a character literal, or ``None`` if it is broken."""
    body = literal[1:-1]
    match = _ESCAPE.fullmatch(body)
    if match:
        simple, octal, *hexes = match.groups()
        if simple:
            return Char(_SIMPLE[simple])
        return Char(int(octal, 8) if octal else int(next(filter(None, hexes)), 16))
    if len(body) == 1 and body not in "'\\\n":
        return Char(0xFFFD if 0xDC80 <= ord(body) <= 0xDCFF else ord(body))
    return None
