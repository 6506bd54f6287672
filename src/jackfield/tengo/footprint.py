"""How much memory a script's values take, approximately, while it runs."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import CellType, FrameType, FunctionType
from typing import Any, Final

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

_WHOLE: Final = 4000
"""The longest list of which every member is looked at; of longer ones, a sample of at least half as
many. To look at millions takes seconds, in which the script that is judged goes on."""


def live_bytes(roots: Iterable[Any], enough: int) -> int:
    """Bytes that the values reachable from *roots* take; counting stops above *enough*.

    What other values hold as well counts in part: a text to which four places refer is a quarter of
    itself for each. Values of the host, and its functions, count for nothing. What is in long lists
    and maps is estimated.
    """
    seen: set[int] = set()
    pending: list[tuple[Any, float]] = [(root, 1.0) for root in roots]
    del roots  # would refer to each of them once more
    total = 0.0
    while pending and total <= enough:
        value, times = pending.pop()  # it stands for so many
        kind = type(value)
        if kind in _TEXTS or kind in _NUMBERS:
            # Besides the script, "value", both calls and the frame's snapshot refer to it.
            total += times * _atom(value, sys.getrefcount(value) - 4)
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        if kind is list or kind is tuple or kind is dict:
            total += times * sys.getsizeof(value)
            members, step, ours = _members(value)
            each = times * step
            # Atoms are most of what is in large ones: they never wait, and so add no reference.
            for one in members:
                references = sys.getrefcount(one) - ours
                if type(one) in _TEXTS or type(one) in _NUMBERS:
                    total += each * _atom(one, references)
                else:
                    pending.append((one, max(times, each / max(1, references))))
                if total > enough:
                    break
        elif kind is bytearray:
            total += times * sys.getsizeof(value)
        elif kind is FunctionType and MARK in value.__globals__:
            pending += [(cell, times) for cell in value.__closure__ or ()]
        elif kind is CellType:
            try:
                pending.append((value.cell_contents, times))
            except ValueError:  # nothing in it yet
                continue
        elif kind in _SLOTS:
            total += times * 64
            pending += [(getattr(value, name), times) for name in _SLOTS[kind]]
    return int(total)


def _members(value: Any) -> tuple[Iterable[Any], int, int]:
    """What is in a list or map, each of how many that is, and how many references are ours."""
    size = len(value)
    if type(value) is dict:
        members: Any = [*value, *value.values()]
        ours = 4
        size *= 2
    else:
        members, ours = value, 3
    step = size * 2 // _WHOLE
    if step < 2:
        return members, 1, ours
    # From anywhere on, so that nothing can be put where it is never seen.
    return _picked(members, secrets.randbelow(step), step), step, ours


def _picked(members: Sequence[Any], start: int, step: int) -> Iterator[Any]:
    """Each *step*-th, without another list, which would be one reference more to each."""
    for place in range(start, len(members), step):
        try:
            yield members[place]
        except IndexError:  # the script goes on meanwhile
            return


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
