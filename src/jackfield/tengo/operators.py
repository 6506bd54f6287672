"""Tengo's operators on any operands: what compiled code falls back on when it knows no better.

Source: the ``BinaryOp`` methods of tengo's objects; tengo spec 5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from jackfield.tengo.arrays import ArrayView, elements, extended
from jackfield.tengo.display import display
from jackfield.tengo.errors import Fault, Panic
from jackfield.tengo.values import (
    MAX_INT,
    MIN_INT,
    Bytes,
    Char,
    ImmutableArray,
    TengoString,
    Time,
    byte_length,
    type_name,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ARRAYS = frozenset((list, ArrayView))
_STRINGS = frozenset((str, TengoString))


def invalid(op: str, a: Any, b: Any) -> NoReturn:
    """Raise what native says of operands that do not go together."""
    raise Fault(f"invalid operation: {type_name(a)} {op} {type_name(b)}")


def make_add(string_bytes: int, bytes_length: int) -> Callable[[Any, Any], Any]:
    """``a + b`` under these limits."""

    def add(a: Any, b: Any) -> Any:
        kind, other = type(a), type(b)
        if kind is int:
            if other is int:
                total = a + b
                return total if MIN_INT <= total <= MAX_INT else wrap(total)
            if other is float:
                return a + b
            if other is Char:
                return Char(a + int(b))
        elif kind in _STRINGS:
            text = a + (b if other in _STRINGS else display_operand(b))
            if len(text) * 4 > string_bytes and byte_length(text) > string_bytes:
                raise Fault("exceeding string size limit")
            return text
        elif kind is float:
            if other is float or other is int:
                return a + b
        elif kind is Char:
            if other is Char or other is int:
                return Char(int(a) + int(b))
        elif kind in _ARRAYS and other in _ARRAYS:
            return extended(a, elements(b)) if len(b) else a
        elif kind is Bytes and other is Bytes:
            if a.n + b.n > bytes_length:
                raise Fault("exceeding bytes size limit")
            return a.extended(bytes(b))
        elif kind is ImmutableArray and other is ImmutableArray:
            return extended(a, elements(b)) if len(b) else a
        elif kind is Time and other is int:
            return a.add(b)
        return invalid("+", a, b)

    return add


def display_operand(value: Any) -> str | TengoString:
    """What ``"" + value`` appends."""
    return str(value) if type(value) is int else display(value)


def sub(a: Any, b: Any) -> Any:
    """``a - b``"""
    kind, other = type(a), type(b)
    if kind is int:
        if other is int:
            return wrap(a - b)
        if other is float:
            return a - b
        if other is Char:
            return Char(a - int(b))
    elif kind is float:
        if other is float or other is int:
            return a - b
    elif kind is Char:
        if other is Char or other is int:
            return Char(int(a) - int(b))
    elif kind is Time:
        if other is int:
            return a.add(-b)
        if other is Time:
            return a.subtract(b)
    return invalid("-", a, b)


def mul(a: Any, b: Any) -> Any:
    """``a * b``"""
    kind, other = type(a), type(b)
    if kind is int and other is int:
        return wrap(a * b)
    if kind in _NUMBERS and other in _NUMBERS:
        return a * b
    return invalid("*", a, b)


def div(a: Any, b: Any) -> Any:
    """``a / b``: integers truncate toward zero."""
    kind, other = type(a), type(b)
    if kind is int and other is int:
        if b == 0:
            raise Panic("runtime error: integer divide by zero")
        quotient = abs(a) // abs(b)
        return wrap(quotient if (a < 0) == (b < 0) else -quotient)
    if kind in _NUMBERS and other in _NUMBERS:
        if b:
            return a / b
        a, b = float(a), float(b)
        if a == 0 or a != a:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return invalid("/", a, b)


_NUMBERS = frozenset((int, float))


def rem(a: Any, b: Any) -> Any:
    """``a % b``: the sign is the dividend's."""
    if type(a) is not int or type(b) is not int:
        return invalid("%", a, b)
    if b == 0:
        raise Panic("runtime error: integer divide by zero")
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def bit_and(a: Any, b: Any) -> Any:
    """``a & b``"""
    return a & b if type(a) is int and type(b) is int else invalid("&", a, b)


def bit_or(a: Any, b: Any) -> Any:
    """``a | b``"""
    return a | b if type(a) is int and type(b) is int else invalid("|", a, b)


def bit_xor(a: Any, b: Any) -> Any:
    """``a ^ b``"""
    return a ^ b if type(a) is int and type(b) is int else invalid("^", a, b)


def and_not(a: Any, b: Any) -> Any:
    """``a &^ b``"""
    return a & ~b if type(a) is int and type(b) is int else invalid("&^", a, b)


def shl(a: Any, b: Any) -> Any:
    """``a << b``: a negative count is a huge one."""
    if type(a) is not int or type(b) is not int:
        return invalid("<<", a, b)
    return wrap(a << b) if 0 <= b < 64 else 0


def shr(a: Any, b: Any) -> Any:
    """``a >> b``, arithmetic."""
    if type(a) is not int or type(b) is not int:
        return invalid(">>", a, b)
    return a >> (b if 0 <= b < 64 else 63)


def _ordered(a: Any, b: Any) -> tuple[Any, Any] | None:
    """The operands in a form that Python orders as Tengo does; ``None`` if they have no order."""
    kind, other = type(a), type(b)
    if kind is other and kind in (int, float, str):
        return a, b
    if kind in _NUMBERS and other in _NUMBERS:
        return float(a), float(b)
    if kind in _STRINGS and other in _STRINGS:
        return a, b
    if kind in (Char, int) and other in (Char, int):
        return int(a), int(b)
    if kind is Time and other is Time:
        return a.unix_ns, b.unix_ns
    return None


def lt(a: Any, b: Any) -> bool:
    """``a < b``"""
    pair = _ordered(a, b)
    return pair[0] < pair[1] if pair else invalid("<", a, b)  # type: ignore[no-any-return]


def le(a: Any, b: Any) -> bool:
    """``a <= b``"""
    pair = _ordered(a, b)
    return pair[0] <= pair[1] if pair else invalid("<=", a, b)  # type: ignore[no-any-return]


def gt(a: Any, b: Any) -> bool:
    """``a > b``"""
    pair = _ordered(a, b)
    return pair[0] > pair[1] if pair else invalid(">", a, b)  # type: ignore[no-any-return]


def ge(a: Any, b: Any) -> bool:
    """``a >= b``"""
    pair = _ordered(a, b)
    return pair[0] >= pair[1] if pair else invalid(">=", a, b)  # type: ignore[no-any-return]


def neg(a: Any) -> Any:
    """``-a``"""
    if type(a) is int:
        return wrap(-a)
    if type(a) is float:
        return -a
    raise Fault(f"invalid operation: -{type_name(a)}")


def inv(a: Any) -> int:
    """``^a``"""
    if type(a) is int:
        return ~a
    raise Fault(f"invalid operation: ^{type_name(a)}")


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "-": sub,
    "*": mul,
    "/": div,
    "%": rem,
    "&": bit_and,
    "|": bit_or,
    "^": bit_xor,
    "&^": and_not,
    "<<": shl,
    ">>": shr,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
"""Every binary operator but ``+`` (see :func:`make_add`), ``==`` and ``!=``."""
