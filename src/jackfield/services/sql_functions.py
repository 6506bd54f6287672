"""SQL functions that take time in proportion to what they are given.

SQLite looks at the clock between two steps of a statement, never within a function. Its own forms
of these compare every place with every character, which for a mebibyte takes minutes that nothing
can interrupt: not the time limit, not a plugin's end, not the host's.
"""

from __future__ import annotations

import sqlite3
from functools import partial

Value = str | bytes | int | float | None


def add_functions(connection: sqlite3.Connection, *, most_bytes: int) -> None:
    """Put ``instr``, ``replace`` and the trimming functions in place of SQLite's own.

    :param most_bytes: how long a value may become.
    """
    for name, count, function in (
        ("instr", 2, _instr),
        ("replace", 3, partial(_replace, most_bytes=most_bytes)),
        ("trim", 2, partial(_trim, left=True, right=True)),
        ("ltrim", 2, partial(_trim, left=True)),
        ("rtrim", 2, partial(_trim, right=True)),
    ):
        connection.create_function(name, count, function, deterministic=True)


def _instr(hay: Value, needle: Value) -> int | None:
    if hay is None or needle is None:
        return None
    if isinstance(hay, bytes) and isinstance(needle, bytes):
        return hay.find(needle) + 1
    return _text(hay).find(_text(needle)) + 1


def _replace(value: Value, old: Value, new: Value, *, most_bytes: int) -> Value:
    if value is None or old is None:
        return None
    if old in ("", b""):
        return _text(value) if isinstance(value, bytes) else value
    if new is None:
        return None
    text, before, after = _text(value), _text(old), _text(new)
    grows = text.count(before) * (_size(after) - _size(before))
    if _size(text) + grows > most_bytes:
        raise OverflowError  # which SQLite tells as "string or blob too big"
    return text.replace(before, after)


def _trim(
    value: Value, characters: Value, *, left: bool = False, right: bool = False
) -> str | None:
    if value is None or characters is None:
        return None
    text, unwanted = _text(value), frozenset(_text(characters))
    start, end = 0, len(text)
    while left and start < end and text[start] in unwanted:
        start += 1
    while right and start < end and text[end - 1] in unwanted:
        end -= 1
    return text[start:end]


def _text(value: str | bytes | float) -> str:
    """As SQLite writes it."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, float):
        written = format(value, ".15g")
        return written if any(letter in written for letter in ".en") else f"{written}.0"
    return str(value)


def _size(text: str) -> int:
    return len(text.encode())
