"""The display form of a value: what ``string(x)``, ``"" + x`` and ``%v`` show.

Source: the ``String()`` methods of tengo's objects; tengo spec 14.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import FunctionType
from typing import TYPE_CHECKING, Any

from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.errors import Fault
from jackfield.tengo.limits import MAX_LENGTH
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

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Budget(threading.local):
    """How long, in bytes, a display form may get in this thread."""

    limit = MAX_LENGTH


_budget = _Budget()


@contextmanager
def limited(string_bytes: int) -> Iterator[None]:
    """Within, a container whose display form is longer ends in ``Fault`` while it is being built.

    A few arrays that hold each other twice have a form longer than any memory.
    """
    before = _budget.limit
    _budget.limit = string_bytes
    try:
        yield
    finally:
        _budget.limit = before


def _checked(text: str) -> str:
    if len(text) > _budget.limit:
        raise Fault("exceeding string size limit")
    return text


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
        return _checked("[" + ", ".join(map(display_text, elements(value))) + "]")
    if kind is ImmutableMap:
        value = value.map
        kind = dict
    if kind is dict:
        pairs = [f"{escaped(key)}: {display_text(item)}" for key, item in value.items()]
        return _checked("{" + ", ".join(pairs) + "}")
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
