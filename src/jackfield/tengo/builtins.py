"""The builtin functions. Source: tengo ``builtins.go``; tengo spec 15."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from jackfield.tengo import convert
from jackfield.tengo.arrays import Array, ArrayView, elements, extended
from jackfield.tengo.arrays import splice as splice_array
from jackfield.tengo.errors import Fault, InvalidArgument, Panic, WrongArgumentCount
from jackfield.tengo.stdlib import gofmt
from jackfield.tengo.values import (
    Builtin,
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Time,
    Undefined,
    byte_length,
    is_callable,
    truthy,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ARRAYS = (list, ArrayView)
_STRINGS = (str, TengoString)
_MAX_RANGE = 50_000_000


def length(*args: Any) -> int:
    """``len(x)``: elements, keys, or bytes."""
    (x,) = _exactly(1, args)
    kind = type(x)
    if kind is str or kind is TengoString:
        return byte_length(x)
    if kind in (list, dict, ArrayView, ImmutableArray, ImmutableMap, Bytes):
        return len(x)
    raise InvalidArgument("first", "array/string/bytes/map", type_name(x))


def copy(*args: Any) -> Any:
    """``copy(x)``: deep; immutable containers become mutable."""
    (x,) = _exactly(1, args)
    return _copy(x)


def _copy(x: Any) -> Any:
    kind = type(x)
    if kind in (list, ArrayView, ImmutableArray):
        return [_copy(item) for item in elements(x)]
    if kind is dict:
        return {key: _copy(item) for key, item in x.items()}
    if kind is ImmutableMap:
        return {key: _copy(item) for key, item in x.map.items()}
    if kind is Bytes:
        return Bytes(bytes(x))
    if kind is ErrorValue:
        return ErrorValue(_copy(x.value))
    return x


def append(*args: Any) -> Array:
    """``append(array, items...)``: see ``arrays``."""
    if len(args) < 2:
        raise WrongArgumentCount
    first = args[0]
    if type(first) not in (list, ArrayView, ImmutableArray):
        raise InvalidArgument("first", "array", type_name(first))
    return extended(first, args[1:])


def delete(*args: Any) -> Any:
    """``delete(map, key)``"""
    x, key = _exactly(2, args)
    if type(x) is not dict:
        raise InvalidArgument("first", "map", type_name(x))
    if type(key) not in _STRINGS:
        raise InvalidArgument("second", "string", type_name(key))
    x.pop(key, None)
    return Undefined


def splice(*args: Any) -> Array | None:
    """``splice(array[, start[, count[, items...]]])``: gives what was removed."""
    if not args:
        raise WrongArgumentCount
    array = args[0]
    if type(array) not in _ARRAYS:
        raise InvalidArgument("first", "array", type_name(array))
    size = len(array)
    start, count = 0, size
    if len(args) > 1:
        if type(args[1]) is not int:
            raise InvalidArgument("second", "int", type_name(args[1]))
        start = args[1]
        if not 0 <= start <= size:
            raise Fault("index out of bounds")
    if len(args) > 2:
        if type(args[2]) is not int:
            raise InvalidArgument("third", "int", type_name(args[2]))
        count = args[2]
        if count < 0:
            raise Fault("index out of bounds")
    return splice_array(array, start, min(count, size - start), args[3:])


def make_string(string_bytes: int) -> Callable[..., Any]:
    """``string(x[, default])`` under this limit."""

    def string(*args: Any) -> Any:
        x = _one_or_two(args)
        text = convert.to_string(x)
        if text is None:
            return args[1] if len(args) == 2 else Undefined
        if len(text) * 4 > string_bytes and byte_length(text) > string_bytes:
            raise Fault("exceeding string size limit")
        return text

    return string


def make_bytes(bytes_length: int) -> Callable[..., Any]:
    """``bytes(x[, default])`` under this limit."""

    def to_bytes(*args: Any) -> Any:
        x = _one_or_two(args)
        if type(x) is int:
            if x > bytes_length:
                raise Fault("exceeding bytes size limit")
            if x < 0:
                raise Panic("runtime error: makeslice: len out of range")
            return Bytes(bytes(x), x)
        data = convert.to_bytes(x)
        if data is None:
            return args[1] if len(args) == 2 else Undefined
        if data.n > bytes_length:
            raise Fault("exceeding bytes size limit")
        if data is x:  # natively a new object on the same storage
            return x.slice(0, x.n)
        return data

    return to_bytes


def _converter(convert_one: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        value = convert_one(_one_or_two(args))
        if value is None:
            return args[1] if len(args) == 2 else Undefined
        return value

    return call


def to_bool(*args: Any) -> bool:
    """``bool(x)``"""
    (x,) = _exactly(1, args)
    return truthy(x)


def _is(*kinds: type) -> Callable[..., bool]:
    def call(*args: Any) -> bool:
        (x,) = _exactly(1, args)
        return type(x) in kinds

    return call


def _is_callable(*args: Any) -> bool:
    (x,) = _exactly(1, args)
    return is_callable(x)


def _type_name(*args: Any) -> str:
    (x,) = _exactly(1, args)
    return type_name(x)


def make_format(string_bytes: int) -> Callable[..., Any]:
    """``format(format, args...)`` under this limit."""

    def format_text(*args: Any) -> Any:
        if not args:
            raise WrongArgumentCount
        template = args[0]
        if type(template) not in _STRINGS:
            raise InvalidArgument("format", "string", type_name(template))
        if len(args) == 1:
            return template
        return gofmt.sprintf(template, args[1:], string_bytes)

    return format_text


def make_range(bytes_length: int) -> Callable[..., Any]:
    """``range(start, stop[, step])``; no longer than memory could bear (16 bytes an element)."""
    most = min(_MAX_RANGE, max(bytes_length // 16, 1000))

    def int_range(*args: Any) -> list[int]:
        if not 2 <= len(args) <= 3:
            raise WrongArgumentCount
        for name, x in zip(("start", "stop", "step"), args, strict=False):
            if type(x) is not int:
                raise InvalidArgument(name, "int", type_name(x))
        start, stop, step = (*args, 1)[:3]
        if step <= 0:
            raise Fault("range step must be greater than 0")
        numbers = range(start, stop, step) if start <= stop else range(start, stop, -step)
        if abs(stop - start) // step > most:
            raise Fault("object allocation limit exceeded")
        return list(numbers)

    return int_range


def freeze(*args: Any) -> Any:
    """``freeze(x)``: deep immutability, at the newest level only."""
    (x,) = _exactly(1, args)
    return _freeze(x, {})


def _freeze(x: Any, memo: dict[int, Any]) -> Any:
    kind = type(x)
    if kind is list or kind is ArrayView:
        if id(x) in memo:
            return memo[id(x)]
        items: list[Any] = []
        memo[id(x)] = frozen = ImmutableArray(items)
        items.extend(_freeze(item, memo) for item in elements(x))
        return frozen
    if kind is dict:
        if id(x) in memo:
            return memo[id(x)]
        entries: dict[Any, Any] = {}
        memo[id(x)] = frozen_map = ImmutableMap(entries)
        for key, item in x.items():
            entries[key] = _freeze(item, memo)
        return frozen_map
    if kind is ImmutableArray:
        items = [_freeze(item, memo) for item in x]
        same = all(new is old for new, old in zip(items, x, strict=True))
        return x if same else ImmutableArray(items)
    if kind is ImmutableMap:
        entries = {key: _freeze(item, memo) for key, item in x.items()}
        return x if all(entries[key] is x[key] for key in x) else ImmutableMap(entries)
    return x


def _exactly(count: int, args: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(args) != count:
        raise WrongArgumentCount
    return args


def _one_or_two(args: tuple[Any, ...]) -> Any:
    if not 1 <= len(args) <= 2:
        raise WrongArgumentCount
    return args[0]


_FIXED: dict[str, Callable[..., Any]] = {
    "len": length,
    "copy": copy,
    "append": append,
    "delete": delete,
    "splice": splice,
    "int": _converter(convert.to_int),
    "bool": to_bool,
    "float": _converter(convert.to_float),
    "char": _converter(convert.to_char),
    "time": _converter(convert.to_time),
    "is_int": _is(int),
    "is_float": _is(float),
    "is_string": _is(str, TengoString),
    "is_bool": _is(bool),
    "is_char": _is(Char),
    "is_bytes": _is(Bytes),
    "is_array": _is(list, ArrayView),
    "is_immutable_array": _is(ImmutableArray),
    "is_map": _is(dict),
    "is_immutable_map": _is(ImmutableMap),
    "is_iterable": _is(
        str,
        TengoString,
        Bytes,
        list,
        ArrayView,
        ImmutableArray,
        dict,
        ImmutableMap,
        type(Undefined),
    ),
    "is_time": _is(Time),
    "is_error": _is(ErrorValue),
    "is_undefined": _is(type(Undefined)),
    "is_function": _is(FunctionType),
    "is_callable": _is_callable,
    "type_name": _type_name,
}
_LIMITED: dict[str, tuple[str, Callable[[int], Callable[..., Any]]]] = {
    "string": ("string_bytes", make_string),
    "format": ("string_bytes", make_format),
    "bytes": ("bytes_length", make_bytes),
    "range": ("bytes_length", make_range),
}
NAMES = frozenset((*_FIXED, *_LIMITED, "freeze"))
"""Every builtin at the newest level."""


def names(level: str) -> frozenset[str]:
    """The builtins of a language level."""
    return NAMES if level == "head" else NAMES - {"freeze"}


def build(string_bytes: int, bytes_length: int) -> dict[str, Builtin]:
    """The builtins as values, under these limits."""
    limits = {"string_bytes": string_bytes, "bytes_length": bytes_length}
    table = {name: Builtin(name, call) for name, call in _FIXED.items()}
    for name, (limit, make) in _LIMITED.items():
        table[name] = Builtin(name, make(limits[limit]))
    table["freeze"] = Builtin("freeze", freeze)
    return table
