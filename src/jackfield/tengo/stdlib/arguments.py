"""Checking and converting the arguments of standard library functions.

Each function takes a value and the name that a complaint gives it (``first``, ``second``, ...), and
raises :class:`~jackfield.tengo.errors.InvalidArgument` worded as natively.

Source: tengo spec 17.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jackfield.tengo.convert import to_float, to_int, to_string, to_time
from jackfield.tengo.errors import Fault, InvalidArgument, WrongArgumentCount
from jackfield.tengo.stdlib.gotime import Time
from jackfield.tengo.values import (
    Bytes,
    TengoString,
    UserFunction,
    byte_length,
    raw_bytes,
    string_of,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jackfield.tengo.stdlib import ModuleContext

Text = str | TengoString
"""A Tengo string."""

ORDINALS: Final = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
)


def expect(count: int, least: int, most: int | None = None) -> None:
    """Raise ``WrongArgumentCount`` unless ``count`` is ``least``, or from ``least`` to ``most``."""
    if not least <= count <= (least if most is None else most):
        raise WrongArgumentCount


def string(value: Any, name: str) -> Text:
    """``string(compatible)``: anything but undefined."""
    if type(value) is str:
        return value
    text = to_string(value)
    if text is None:
        raise InvalidArgument(name, "string(compatible)", type_name(value))
    return text


def integer(value: Any, name: str) -> int:
    """``int(compatible)``."""
    number = to_int(value)
    if number is None:
        raise InvalidArgument(name, "int(compatible)", type_name(value))
    return number


def floating(value: Any, name: str) -> float:
    """``float(compatible)``."""
    number = to_float(value)
    if number is None:
        raise InvalidArgument(name, "float(compatible)", type_name(value))
    return number


def octets(value: Any, name: str) -> bytes:
    """``bytes(compatible)``: bytes or a string."""
    if type(value) is Bytes:
        return bytes(value)
    if type(value) is str or type(value) is TengoString:
        return raw_bytes(value)
    raise InvalidArgument(name, "bytes(compatible)", type_name(value))


def instant(value: Any, name: str) -> Time:
    """``time(compatible)``: a time, or an int of seconds since 1970."""
    time = to_time(value)
    if time is None:
        raise InvalidArgument(name, "time(compatible)", type_name(value))
    return time


def exactly_string(value: Any, name: str) -> Text:
    """``string``, not converted from anything."""
    if type(value) is str or type(value) is TengoString:
        return value
    raise InvalidArgument(name, "string", type_name(value))


def limited_text(text: Text, limit: int) -> Text:
    """``text``, unless it is longer than ``limit`` bytes. Raises ``Fault``."""
    if len(text) * 4 > limit and byte_length(text) > limit:
        raise Fault("exceeding string size limit")
    return text


def limited_string(raw: bytes, limit: int) -> Text:
    """The string of ``raw``, unless it is longer than ``limit`` bytes. Raises ``Fault``."""
    if len(raw) > limit:
        raise Fault("exceeding string size limit")
    return string_of(raw)


def limited_bytes(raw: bytes | bytearray, limit: int) -> Bytes:
    """The bytes value of ``raw``, unless it is longer than ``limit``. Raises ``Fault``."""
    if len(raw) > limit:
        raise Fault("exceeding bytes size limit")
    return Bytes(raw)


def functions(
    context: ModuleContext, table: Mapping[str, Callable[..., Any]]
) -> dict[str, UserFunction]:
    """The members of a module. Natively v2.10 forgets the names of functions on import."""
    keep = context.level != "2.10"
    return {name: UserFunction(name if keep else "", call) for name, call in table.items()}
