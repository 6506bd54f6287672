"""How much memory a script's values take, approximately, while it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import CellType, FrameType, FunctionType
from typing import Any

from jackfield.tengo.arrays import ArrayView, Storage
from jackfield.tengo.trace import MARK
from jackfield.tengo.values import (
    Bytes,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
)

_WITH_SLOTS = (ArrayView, Bytes, ErrorValue, ImmutableArray, ImmutableMap, Storage, TengoString)
_SLOTS = {
    kind: tuple(name for name in kind.__slots__ if name != "__weakref__") for kind in _WITH_SLOTS
}
_SMALL_INTEGERS = range(-5, 257)
"""CPython has one of each."""

_TEXTS = frozenset({str, bytes})
_NUMBERS = frozenset({int, float, bool})


def live_bytes(roots: Iterable[Any], enough: int) -> int:
    """Bytes that the values reachable from *roots* take; counting stops above *enough*.

    What other values hold as well counts in part: a text to which four places refer is a quarter of
    itself for each. Values of the host, and its functions, count for nothing.
    """
    seen: set[int] = set()
    pending: list[Any] = list(roots)
    del roots  # would refer to each of them once more
    total = 0.0
    while pending and total <= enough:
        value = pending.pop()
        kind = type(value)
        if kind in _TEXTS or kind in _NUMBERS:
            # Besides the script, "value", both calls and the frame's snapshot refer to it.
            total += _atom(value, sys.getrefcount(value) - 4)
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        if kind is list or kind is tuple or kind is dict:
            total += sys.getsizeof(value)
            # Atoms are most of what is in large ones: they never wait, and so add no reference.
            for one in [*value, *value.values()] if kind is dict else value:
                if type(one) in _TEXTS or type(one) in _NUMBERS:
                    total += _atom(one, sys.getrefcount(one) - (4 if kind is dict else 3))
                else:
                    pending.append(one)
                if total > enough:
                    break
        elif kind is bytearray:
            total += sys.getsizeof(value)
        elif kind is FunctionType and MARK in value.__globals__:
            pending += value.__closure__ or ()
        elif kind is CellType:
            try:
                pending.append(value.cell_contents)
            except ValueError:  # nothing in it yet
                continue
        elif kind in _SLOTS:
            total += 64
            pending += [getattr(value, name) for name in _SLOTS[kind]]
    return int(total)


def _atom(value: Any, references: int) -> float:
    """The part of a text or number that one of so many references to it accounts for."""
    if type(value) is int and value in _SMALL_INTEGERS:
        return 0
    return sys.getsizeof(value) / max(1, references)


def roots_of(frame: FrameType | None) -> list[Any]:
    """What the script's functions that are active from *frame* outward have in their variables."""
    found: list[Any] = []
    while frame is not None:
        if MARK in frame.f_globals:
            found += list(frame.f_locals.values())
        frame = frame.f_back
    return found
