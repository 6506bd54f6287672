"""The display form of a value: what ``string(x)``, ``"" + x`` and ``%v`` show.

Source: the ``String()`` methods of tengo's objects; tengo spec 14.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.stdlib import golayout, strconv
from jackfield.tengo.values import (
    Builtin,
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Time,
    escaped,
    unescaped,
)


def display(value: Any) -> str | TengoString:
    """The display form as a Tengo string. A cyclic value ends in ``RecursionError``."""
    kind = type(value)
    if kind is int:
        return str(value)
    return unescaped(display_text(value))


def display_text(value: Any) -> str:
    """The display form as text in which invalid bytes are surrogates (see ``values.escaped``)."""
    kind = type(value)
    if kind is str or kind is TengoString:
        return strconv.quote(escaped(value))
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is Char:
        return str(value)
    if kind is float:
        return strconv.display_float(value)
    if kind is list or kind is ArrayView or kind is ImmutableArray:
        return "[" + ", ".join(map(display_text, elements(value))) + "]"
    if kind is ImmutableMap:
        value = value.map
        kind = dict
    if kind is dict:
        pairs = [f"{escaped(key)}: {display_text(item)}" for key, item in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if kind is Bytes:
        return bytes(value).decode("utf-8", "surrogateescape")
    if kind is ErrorValue:
        return f"error: {display_text(value.value)}"
    if kind is Time:
        return golayout.display(value)
    if kind is FunctionType:
        return "<compiled-function>"
    if kind is Builtin:
        return "<builtin-function>"
    return repr(value)  # undefined and user functions
