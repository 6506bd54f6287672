"""Sets of Tengo types as bits: what the compiler knows of a value before it exists."""

from __future__ import annotations

from typing import Any, Final

from jackfield.tengo.values import Char, TengoString

INT: Final = 1
FLOAT: Final = 2
BOOL: Final = 4
CHAR: Final = 8
STR: Final = 16
BYTES: Final = 32
LIST: Final = 64
"""An array that is a plain ``list``."""
VIEW: Final = 128
"""An array that is an ``ArrayView``."""
MAP: Final = 256
UNDEFINED: Final = 512
FUNCTION: Final = 1024
OTHER: Final = 2048
ANY: Final = 4095

NUMBER: Final = INT | FLOAT
ARRAY: Final = LIST | VIEW

_BY_TYPE: Final[dict[type, int]] = {
    bool: BOOL,
    int: INT,
    float: FLOAT,
    Char: CHAR,
    str: STR,
    TengoString: STR,
}


def of_literal(value: Any) -> int:
    """The kind of a literal's value."""
    return _BY_TYPE.get(type(value), UNDEFINED)


def single(kind: int) -> bool:
    """Whether it is exactly one type that Python can check with ``type(x) is``."""
    return kind in (INT, FLOAT, LIST, MAP)


def arithmetic(op: str, left: int, right: int) -> int:
    """The kinds that ``left op right`` may give. Operands that do not go together give none."""
    if op in ("<", "<=", ">", ">=", "==", "!="):
        return BOOL
    result = 0
    if left & INT and right & INT:
        result |= INT
    if op in ("+", "-", "*", "/"):
        if left & NUMBER and right & NUMBER and (left | right) & FLOAT:
            result |= FLOAT
        if op in ("+", "-") and left & (INT | CHAR) and right & (INT | CHAR):
            result |= CHAR if (left | right) & CHAR else 0
        if op == "-" and left & OTHER:
            result |= INT | OTHER
    if op == "+":
        if left & STR:
            result |= STR
        if left & ARRAY and right & ARRAY:
            result |= ARRAY
        if left & BYTES and right & BYTES:
            result |= BYTES
        if left & OTHER:
            result |= OTHER | ARRAY
    return result
