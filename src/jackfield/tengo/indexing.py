"""``x[i]``, ``x[i] = v``, ``x[lo:hi]`` and for-in on any operands.

Source: the ``IndexGet``, ``IndexSet`` and ``Iterate`` methods of tengo's objects and ``vm.go``;
tengo spec 8 and 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.tengo.arrays import ArrayView, elements, sliced, storage_of
from jackfield.tengo.convert import to_int, to_string
from jackfield.tengo.errors import Fault
from jackfield.tengo.values import (
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Undefined,
    raw_bytes,
    string_of,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_ARRAYS = frozenset((list, ArrayView, ImmutableArray))


def index(x: Any, i: Any) -> Any:
    """``x[i]``"""
    kind = type(x)
    if kind is ImmutableMap:
        return x.map.get(i if type(i) is str else _key(i), Undefined)
    if kind is dict:
        return x.get(i if type(i) is str else _key(i), Undefined)
    if kind is list or kind is ArrayView:
        if type(i) is int:
            return x[i] if 0 <= i < len(x) else Undefined
    elif kind is ImmutableArray:
        if type(i) is int:
            return x.array[i] if 0 <= i < len(x.array) else Undefined
    elif kind is str:
        if type(i) is int:
            return Char(ord(x[i])) if 0 <= i < len(x) else Undefined
    elif kind is TengoString:
        if type(i) is int:
            return Char(x.runes[i]) if 0 <= i < len(x.runes) else Undefined
    elif kind is Bytes:
        if type(i) is int:
            return x[i] if 0 <= i < x.n else Undefined
    elif x is Undefined:
        return Undefined
    elif kind is ErrorValue:
        if to_string(i) == "value":
            return x.value
        raise Fault("invalid index on error")
    else:
        raise Fault(f"not indexable: {type_name(i)}")
    raise Fault(f"invalid index type: {type_name(i)}")


def _key(i: Any) -> str | TengoString:
    key = to_string(i)
    if key is None:
        raise Fault(f"invalid index type: {type_name(i)}")
    return key


_INDEXABLE = _ARRAYS | {dict, ImmutableMap, str, TengoString, Bytes, ErrorValue, type(Undefined)}


def step(x: Any, i: Any) -> Any:
    """An intermediate step of ``x.a.b = v``: a read whose error names the container."""
    if type(x) not in _INDEXABLE:
        raise Fault(f"not indexable: {type_name(x)}")
    return index(x, i)


def assign(x: Any, i: Any, value: Any) -> None:
    """``x[i] = value``"""
    kind = type(x)
    if kind is dict:
        key = i if type(i) is str else to_string(i)
        if key is None:
            raise Fault("invalid index type")
        x[key] = value
    elif kind is list or kind is ArrayView:
        at = to_int(i)
        if at is None:
            raise Fault("invalid index type")
        if not 0 <= at < len(x):
            raise Fault("index out of bounds")
        x[at] = value
    else:
        raise Fault(f"not index-assignable: {type_name(x)}")


def slice_of(x: Any, low: Any, high: Any) -> Any:
    """``x[low:high]``; an omitted bound is ``Undefined``."""
    if low is not Undefined and type(low) is not int:
        raise Fault(f"invalid slice index type: {type_name(low)}")
    kind = type(x)
    if kind is str:
        raw = None if x.isascii() else x.encode()
        size = len(x) if raw is None else len(raw)
    elif kind is TengoString:
        raw = raw_bytes(x)
        size = len(raw)
    elif kind in _ARRAYS or kind is Bytes:
        size = len(x)
    else:
        raise Fault(f"not indexable: {type_name(x)}")
    start: int = low if type(low) is int else 0
    stop: int
    if high is Undefined:
        stop = size
    elif type(high) is int:
        stop = high
    else:
        raise Fault(f"invalid slice index type: {type_name(high)}")
    if start > stop:
        raise Fault(f"invalid slice index: {start} > {stop}")
    start = min(max(start, 0), size)
    stop = min(max(stop, 0), size)
    if kind is str or kind is TengoString:
        return x[start:stop] if raw is None else string_of(raw[start:stop])
    if kind is Bytes:
        return x.slice(start, stop)
    return sliced(x, start, stop)


# -- for-in ---------------------------------------------------------------------------------------


def values(x: Any) -> Iterable[Any]:
    """What ``for v in x`` binds."""
    kind = type(x)
    if kind is list:
        return x  # type: ignore[no-any-return]
    if kind is dict:
        return _map_values(x)
    if kind is str:
        return map(Char, map(ord, x))
    if kind is ArrayView or kind is Bytes:
        return x  # type: ignore[no-any-return]
    if kind is ImmutableArray:
        return values(x.array)
    if kind is ImmutableMap:
        return _map_values(x.map)
    if kind is TengoString:
        return map(Char, x.runes)
    if x is Undefined:
        return ()
    raise Fault(f"not iterable: {type_name(x)}")


def pairs(x: Any) -> Iterable[tuple[Any, Any]]:
    """What ``for k, v in x`` binds."""
    kind = type(x)
    if kind is dict:
        return _map_pairs(x)
    if kind is ImmutableMap:
        return _map_pairs(x.map)
    return enumerate(values(x))


def keys(x: Any) -> Iterable[Any]:
    """What ``for k, _ in x`` binds."""
    kind = type(x)
    if kind is dict:
        return list(x)
    if kind is ImmutableMap:
        return list(x.map)
    if kind is list or kind is ArrayView or kind is ImmutableArray:
        return range(len(x))
    return (key for key, _ in pairs(x))


def values_fixed(x: Any) -> Iterable[Any]:
    """As :func:`values`, for programs that use ``splice``: the loop keeps its own window."""
    if type(x) is list:
        return ArrayView(storage_of(x), 0, len(x))
    if type(x) is ImmutableArray:
        return values_fixed(x.array)
    if type(x) is ArrayView:
        return ArrayView(x.storage, x.off, x.n)
    return values(x)


def pairs_fixed(x: Any) -> Iterable[tuple[Any, Any]]:
    """As :func:`pairs`, for programs that use ``splice``."""
    if type(x) in _ARRAYS:
        return enumerate(values_fixed(x))
    return pairs(x)


def _map_values(x: dict[Any, Any]) -> Iterable[Any]:
    for key in list(x):
        yield x.get(key, Undefined)


def _map_pairs(x: dict[Any, Any]) -> Iterable[tuple[Any, Any]]:
    for key in list(x):
        yield key, x.get(key, Undefined)


def spread(x: Any) -> list[Any]:
    """The arguments that ``f(x...)`` passes."""
    if type(x) not in _ARRAYS:
        raise Fault(f"not an array: {type_name(x)}")
    return elements(x)
