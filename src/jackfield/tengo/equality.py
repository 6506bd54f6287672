"""Tengo's ``==``. Source: the ``Equals`` methods of tengo's objects; tengo spec 7 and 20."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.values import Builtin, ErrorValue, ImmutableArray, ImmutableMap, UserFunction

_ARRAYS = frozenset((list, ArrayView, ImmutableArray))
_MAPS = frozenset((dict, ImmutableMap))
_NEVER = frozenset((FunctionType, Builtin, UserFunction))


def equal(a: Any, b: Any) -> bool:
    """Equality at the newest level: 1 equals 1.0. A cyclic value ends in ``RecursionError``."""
    kind, other = type(a), type(b)
    if (kind is int and other is float) or (kind is float and other is int):
        return float(a) == float(b)
    return _equal(a, b, kind, other, equal)


def equal_strict(a: Any, b: Any) -> bool:
    """Equality at level 2.10: an int never equals a float."""
    return _equal(a, b, type(a), type(b), equal_strict)


def _equal(a: Any, b: Any, kind: type, other: type, same: Any) -> bool:
    if kind in _ARRAYS:
        if other not in _ARRAYS:
            return False
        left, right = elements(a), elements(b)
        return len(left) == len(right) and all(map(same, left, right))
    if kind in _MAPS:
        if other not in _MAPS:
            return False
        left_map, right_map = _map(a), _map(b)
        if len(left_map) != len(right_map):
            return False
        return all(key in right_map and same(v, right_map[key]) for key, v in left_map.items())
    if kind is not other or kind in _NEVER:
        return False
    return a is b if kind is ErrorValue else bool(a == b)


def _map(value: Any) -> dict[Any, Any]:
    return value if type(value) is dict else value.map
