"""``import("json")``.

Tengo's commonest values are Python's, so Python's C encoder and scanner do most of the work, and
what they write or read otherwise than Go is put right afterwards. What they cannot do at all goes
the slow way: ``_Writer`` here, ``gojson`` for reading.

Source: tengo spec 17.6.
"""

from __future__ import annotations

import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final

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
# What the C encoder knows by itself or asks `_replacement` about.
_KNOWN: Final = _CONTAINERS | {
    int,
    bool,
    str,
    float,
    Char,
    UndefinedType,
    Bytes,
    TengoString,
    Time,
}
_STR_KEYS: Final[tuple[set[type], ...]] = ({str}, set())
# A JSON string among other text, kept by `split`; and numbers as Python writes them.
_STRING: Final = re.compile(r'("(?:[^"\\]|\\.)*+")')
_POINT_ZERO: Final = re.compile(r"\.0(?![0-9])")
_EXPONENT: Final = re.compile(r"-?[0-9]++(?:\.[0-9]++)?e[-+][0-9]++")
_ESCAPE: Final = re.compile(r'[\x00-\x1f"\\]')
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class _UnsupportedError(ValueError):
    """The value has no JSON; ``str()`` is the native message."""


def _time_text(time: Time) -> str:
    if not 0 <= time.clock().year <= 9999:
        raise _UnsupportedError("Time.MarshalJSON: year outside of range [0,9999]")
    return golayout.format_time(time, golayout.RFC3339_NANO)


def _replacement(value: Any) -> Any:
    """What the C encoder shall write for a value that it does not know."""
    kind = type(value)
    if kind is ImmutableMap:
        return value.map
    if kind is ImmutableArray or kind is ArrayView:
        return elements(value)
    if kind is UndefinedType:
        return None
    if kind is Bytes:
        return binascii.b2a_base64(bytes(value), newline=False).decode("ascii")
    if kind is TengoString:
        return escaped(value)
    return _time_text(value)


_encoder = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,
    allow_nan=False,
    separators=(",", ":"),
    default=_replacement,
)


def _items(container: Any) -> tuple[Any, bool]:
    """The values in a container, and whether its keys, if any, are all ``str``."""
    if type(container) is ImmutableMap:
        container = container.map
    if type(container) is dict:
        return container.values(), set(map(type, container)) in _STR_KEYS
    return elements(container), True


def _survey(value: Any) -> tuple[bool, bool]:
    """Whether the C encoder may write ``value``, and whether there are floats in it."""
    if type(value) not in _CONTAINERS:
        return type(value) in _KNOWN, type(value) is float
    floats = False
    count = 0
    stack = [value]
    while stack:
        items, plain_keys = _items(stack.pop())
        count += len(items)
        kinds = set(map(type, items))
        if not plain_keys or count > _MOST_ELEMENTS or not kinds <= _KNOWN:
            return False, False
        floats = floats or float in kinds
        if not kinds.isdisjoint(_CONTAINERS):
            stack.extend([item for item in items if type(item) in _CONTAINERS])
    return True, floats


def float_text(value: float) -> str:
    """A number as ECMAScript writes it: an exponent below 1e-6 and from 1e21 on."""
    size = abs(value)
    if size != 0 and (size < 1e-6 or size >= 1e21):
        text = strconv.format_float(value, "e")
        return text[:-2] + text[-1] if text[-4:-1] == "e-0" else text
    return strconv.display_float(value)


def _with_go_floats(text: str) -> str:
    """``text`` with numbers such as ``1.0`` and ``1e-05`` rewritten, strings left alone."""
    if ".0" not in text and "e-" not in text and "e+" not in text:
        return text
    # Parts at even places are outside strings.
    mark = '"' if "\\" not in text else ""
    parts = text.split(mark) if mark else _STRING.split(text)
    outside = _POINT_ZERO.sub("", '"'.join(parts[::2]))
    if "e-" in outside or "e+" in outside:
        outside = _EXPONENT.sub(lambda match: float_text(float(match[0])), outside)
    parts[::2] = outside.split('"')
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
    known, floats = _survey(value)
    text = None
    if known:
        try:
            text = _encoder.encode(value)
        except _UnsupportedError:
            raise
        except ValueError:
            raise _UnsupportedError("unsupported float value") from None
        except RecursionError:
            text = None
        if text is not None and "\\" in text and ("\\b" in text or "\\f" in text):
            text = None  # Go writes those two as \u0008 and \u000c
    if text is None:
        text = _Writer(limit).write(value)
    elif floats:
        text = _with_go_floats(text)
    return text.encode("utf-8", "surrogateescape")


# --- decode --------------------------------------------------------------------------------------


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are no JSON


_decoders: Final = {
    False: json.JSONDecoder(parse_constant=_refuse),
    True: json.JSONDecoder(parse_constant=_refuse, parse_int=float),
}
_LONG_INTEGER: Final = re.compile(r"[0-9]{19}")
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def _mended(value: Any) -> Any:
    """A value of the C scanner with ``None``, oversized integers and surrogates replaced."""
    kind = type(value)
    if value is None:
        return Undefined
    if kind is str:
        return gojson.mended(value)
    if kind is int:
        return gojson.clamped(value)
    if kind is list:
        return [_mended(item) for item in value]
    if kind is dict:
        return {gojson.mended(key): _mended(item) for key, item in value.items()}
    return value


def decode(data: str | bytes, *, all_floats: bool) -> Any:
    """The Tengo value of a JSON text. Raises ``gojson.JSONError``."""
    invalid = False
    if type(data) is str:
        text = data
    else:
        try:
            text = data.decode()  # type: ignore[union-attr]
        except UnicodeDecodeError:
            text, invalid = data.decode("utf-8", "surrogateescape"), True  # type: ignore[union-attr]
    try:
        value = _decoders[all_floats].decode(text)
        if (
            invalid
            or "null" in text
            or ("\\u" in text and _SURROGATE_ESCAPE.search(text))
            or _LONG_INTEGER.search(text)
        ):
            value = _mended(value)
    except (ValueError, RecursionError):
        raw = text.encode("utf-8", "surrogateescape")
        return gojson.decode(raw, all_floats=all_floats)
    return value


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
