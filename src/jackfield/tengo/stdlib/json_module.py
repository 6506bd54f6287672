"""``import("json")``.

Tengo's commonest values are Python's, so msgspec's encoder and decoder do most of the work, and
what they write or read otherwise than Go is put right afterwards. What they cannot do goes the
slow way: ``_Writer`` here, ``gojson`` for reading.

Source: tengo spec 17.6.
"""

from __future__ import annotations

import binascii
import gc
import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.errors import Fault, InvalidArgument
from jackfield.tengo.stdlib import gojson, golayout, strconv
from jackfield.tengo.stdlib.arguments import expect, functions, limited_bytes, string
from jackfield.tengo.stdlib.gotime import Time
from jackfield.tengo.values import (
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Undefined,
    UndefinedType,
    escaped,
    raw_bytes,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackfield.tengo.stdlib import ModuleContext

_BYTES_LIMIT: Final = "exceeding bytes size limit"

# --- encode --------------------------------------------------------------------------------------

# More elements than this are written by Python code, which a deadline can interrupt.
_MOST_ELEMENTS: Final = 500_000
_MOST_DEPTH: Final = 100_000

_CONTAINERS: Final = frozenset({list, dict, ArrayView, ImmutableArray, ImmutableMap})
# A JSON string among other text, kept by `split`; and numbers as msgspec writes them.
_STRING: Final = re.compile(rb'("(?:[^"\\]|\\.)*+")')
_POINT_ZERO: Final = re.compile(rb"\.0(?![0-9])")
_EXPONENT_MARK: Final = re.compile(rb"e[-0-9]")
_EXPONENT: Final = re.compile(rb"-?[0-9]++(?:\.[0-9]++)?e-?[0-9]++")
_ESCAPE: Final = re.compile(r'[\x00-\x1f"\\]')
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class _UnsupportedError(ValueError):
    """The value has no JSON; ``str()`` is the native message."""


def _time_text(time: Time) -> str:
    if not 0 <= time.clock().year <= 9999:
        raise _UnsupportedError("Time.MarshalJSON: year outside of range [0,9999]")
    return golayout.format_time(time, golayout.RFC3339_NANO)


def _replacement(value: Any) -> Any:
    """What shall be written for a value that msgspec does not know."""
    kind = type(value)
    if kind is ImmutableMap:
        return value.map
    if kind is ImmutableArray or kind is ArrayView:
        return elements(value)
    if kind is UndefinedType:
        return None
    if kind is Char:
        return int(value)
    if kind is Bytes:
        return binascii.b2a_base64(bytes(value), newline=False).decode("ascii")
    if kind is Time:
        return _time_text(value)
    raise TypeError  # a string with invalid bytes, an error, a function: left to `_Writer`


_encoder: Final = msgspec.json.Encoder(enc_hook=_replacement)


def _is_moderate(value: Any) -> bool:
    """Whether the tree under ``value``, shared parts counted each time, has a sane size.

    Without this, a few arrays that contain each other many times over would fill the memory.
    """
    level = [value] if type(value) in _CONTAINERS else []
    count = 0
    while level:
        below = gc.get_referents(*level)
        count += len(below)
        if count > _MOST_ELEMENTS:
            return False
        level = [item for item in below if type(item) in _CONTAINERS]
    return True


def _odd_floats(value: Any) -> bool:
    """Whether there is an infinity or a NaN anywhere in a moderate value."""
    level = [value]
    while level:
        if any(type(item) is float and item - item != 0 for item in level):
            return True
        level = gc.get_referents(*[item for item in level if type(item) in _CONTAINERS])
    return False


def float_text(value: float) -> str:
    """A number as ECMAScript writes it: an exponent below 1e-6 and from 1e21 on."""
    size = abs(value)
    if size != 0 and (size < 1e-6 or size >= 1e21):
        text = strconv.format_float(value, "e")
        return text[:-2] + text[-1] if text[-4:-1] == "e-0" else text
    return strconv.display_float(value)


def _with_go_floats(text: bytes) -> bytes:
    """``text`` with numbers such as ``1.0`` and ``1e16`` rewritten, strings left alone."""
    mark = b'"' if b"\\" not in text else b""
    parts = text.split(mark) if mark else _STRING.split(text)
    outside = b'"'.join(parts[::2])  # strings are at the odd places
    fixed = _POINT_ZERO.sub(b"", outside)
    if _EXPONENT_MARK.search(fixed):
        fixed = _EXPONENT.sub(lambda match: float_text(float(match[0])).encode(), fixed)
    if fixed is outside:
        return text
    parts[::2] = fixed.split(b'"')
    return mark.join(parts)


def _quoted(text: str) -> str:
    def escape(match: re.Match[str]) -> str:
        return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"

    return f'"{_ESCAPE.sub(escape, text)}"'


class _Writer:
    """Writes any value, to any depth. Functions and errors are written as nothing at all."""

    def __init__(self, limit: int) -> None:
        self.parts: list[str] = []
        self.room = limit

    def put(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise Fault(_BYTES_LIMIT)
        self.parts.append(text)

    def scalar(self, value: Any) -> None:
        kind = type(value)
        if kind is str or kind is TengoString:
            self.put(_quoted(escaped(value)))
        elif kind is bool:
            self.put("true" if value else "false")
        elif kind is int or kind is Char:
            self.put(str(int(value)))
        elif kind is float:
            if value - value != 0:
                raise _UnsupportedError("unsupported float value")
            self.put(float_text(value))
        elif kind is UndefinedType:
            self.put("null")
        elif kind is Bytes or kind is Time:
            self.put(f'"{_replacement(value)}"')

    def open(self, value: Any) -> tuple[Iterator[Any], str]:
        """Begin a container: what is in it, and how it ends."""
        if type(value) is ImmutableMap:
            value = value.map
        if type(value) is dict:
            self.put("{")
            return iter(list(value.items())), "}"
        self.put("[")
        return iter(list(elements(value))), "]"

    def write(self, value: Any) -> str:
        if type(value) not in _CONTAINERS:
            self.scalar(value)
            return "".join(self.parts)
        stack = [self.open(value)]
        begun = True
        while stack:
            items, end = stack[-1]
            for item in items:
                if not begun:
                    self.put(",")
                begun = False
                if end == "}":
                    self.put(_quoted(escaped(item[0])) + ":")
                    item = item[1]
                if type(item) in _CONTAINERS:
                    if len(stack) > _MOST_DEPTH:
                        raise Fault("stack overflow")
                    stack.append(self.open(item))
                    begun = True
                    break
                self.scalar(item)
            else:
                self.put(end)
                stack.pop()
                begun = False
        return "".join(self.parts)


def encode(value: Any, limit: int) -> bytes:
    """The JSON of a Tengo value.

    Raises ``_UnsupportedError`` (infinite or NaN; a year out of range) and ``Fault`` where the
    result is longer than ``limit`` bytes.
    """
    text = _quick(value) if _is_moderate(value) else None
    if text is None:
        return _Writer(limit).write(value).encode("utf-8", "surrogateescape")
    if _POINT_ZERO.search(text) or _EXPONENT_MARK.search(text):
        return _with_go_floats(text)
    return text


def _quick(value: Any) -> bytes | None:
    """The JSON as msgspec writes it, except for some floats; ``None`` where it must not."""
    try:
        text = _encoder.encode(value)
    except _UnsupportedError:
        raise
    except (TypeError, ValueError, RecursionError):
        return None
    if b"null" in text and _odd_floats(value):
        raise _UnsupportedError("unsupported float value")
    if b"\\" in text and (b"\\b" in text or b"\\f" in text):
        return None  # Go writes those two as \\u0008 and \\u000c
    return text


# --- decode --------------------------------------------------------------------------------------


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON


_decoder: Final = msgspec.json.Decoder()
_float_decoder: Final = json.JSONDecoder(parse_constant=_refuse, parse_int=float)
# Every sixth character of a run of 19 digits makes three digits at least.
_SIEVE: Final = (re.compile("[0-9]{3}"), re.compile(b"[0-9]{3}"))
_LONG_INTEGER: Final = (re.compile("[0-9]{19}"), re.compile(b"[0-9]{19}"))
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def _undefined_for_none(value: Any) -> Any:
    """``value`` with ``None`` replaced, in place where it is a container."""
    if value is None:
        return Undefined
    stack = [value] if type(value) in (list, dict) else []
    while stack:
        container = stack.pop()
        is_map = type(container) is dict
        items = container.values() if is_map else container
        if None in items:
            for key, item in container.items() if is_map else enumerate(container):
                if item is None:
                    container[key] = Undefined
        stack.extend([item for item in items if type(item) is list or type(item) is dict])
    return value


def _floats(text: str) -> Any:
    """The value of a JSON text whose numbers are all floats. Raises ``ValueError``."""
    try:
        value, end = _float_decoder.scan_once(text, 0)  # type: ignore[attr-defined]
    except StopIteration:
        raise ValueError from None
    return value if end == len(text) else _float_decoder.decode(text)


def _has_long_integer(data: Any) -> bool:
    binary = type(data) is bytes
    if not _SIEVE[binary].search(data[::6]):
        return False
    return _LONG_INTEGER[binary].search(data) is not None


def decode(data: str | bytes, *, all_floats: bool) -> Any:
    """The Tengo value of a JSON text. Raises ``gojson.JSONError``."""
    value: Any
    try:
        if all_floats:
            text = data if isinstance(data, str) else data.decode()
            if "\\u" in text and _SURROGATE_ESCAPE.search(text):
                raise ValueError  # one may be alone
            value = _floats(text)
        elif _has_long_integer(data):
            raise ValueError  # it may not fit 64 bits
        else:
            value = _decoder.decode(data)
    except (ValueError, RecursionError):
        raw = data.encode() if isinstance(data, str) else data
        return gojson.decode(raw, all_floats=all_floats)
    has_null = "null" in data if isinstance(data, str) else b"null" in data
    return _undefined_for_none(value) if has_null else value


# --- the module ----------------------------------------------------------------------------------


def _source(value: Any) -> bytes:
    if type(value) is Bytes:
        return bytes(value)
    if type(value) is str or type(value) is TengoString:
        return raw_bytes(value)
    raise InvalidArgument("first", "bytes/string", type_name(value))


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``json``."""
    limit = context.bytes_length
    all_floats = context.level == "2.10"

    def call_encode(*args: Any) -> Any:
        expect(len(args), 1)
        try:
            return limited_bytes(encode(args[0], limit), limit)
        except _UnsupportedError as error:
            return ErrorValue(str(error))

    def call_decode(*args: Any) -> Any:
        expect(len(args), 1)
        data = args[0] if type(args[0]) is str else _source(args[0])
        try:
            return decode(data, all_floats=all_floats)
        except gojson.JSONError as error:
            return ErrorValue(str(error))

    def call_indent(*args: Any) -> Any:
        expect(len(args), 3)
        prefix, step = raw_bytes(string(args[1], "prefix")), raw_bytes(string(args[2], "indent"))
        data = _source(args[0])
        try:
            return limited_bytes(gojson.indent(data, prefix, step, limit), limit)
        except gojson.JSONError as error:
            return ErrorValue(str(error))

    def html_escape(*args: Any) -> Any:
        expect(len(args), 1)
        return limited_bytes(gojson.html_escape(_source(args[0])), limit)

    members = functions(
        context, {"encode": call_encode, "decode": call_decode, "html_escape": html_escape}
    )
    # Natively `indent` is a function named `encode`.
    named = functions(context, {"encode": call_indent})
    return {**members, "indent": named["encode"]}
