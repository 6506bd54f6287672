"""Between a script's values and the texts, headers and fields of HTTP.

Texts are Python texts in which an invalid byte stands as a surrogate (PEP 383).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jackfield.tengo import Bytes, ErrorValue, TengoString
from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.convert import to_string
from jackfield.tengo.values import escaped, unescaped


def text_of(value: Any) -> str:
    """Go's ``tengo.ToString``; the empty text for ``undefined``."""
    text = to_string(value)
    return "" if text is None else escaped(text)


def is_string(value: Any) -> bool:
    """Whether it is a string, and nothing that could become one."""
    return type(value) is str or type(value) is TengoString


def is_array(value: Any) -> bool:
    """Whether it is a mutable array."""
    return type(value) is list or type(value) is ArrayView


def items_of(array: Any) -> Iterable[Any]:
    """The elements of a mutable array."""
    return elements(array)


def tengo_map(values: Mapping[str, Iterable[str]]) -> dict[Any, Any]:
    """A map of arrays of strings."""
    return {unescaped(name): [unescaped(one) for one in all_] for name, all_ in values.items()}


def values_of(mapping: Mapping[Any, Any]) -> dict[str, list[str]]:
    """Fields or headers: an array gives each of its elements, anything else one text."""
    found: dict[str, list[str]] = {}
    for key, value in list(mapping.items()):
        if is_array(value):
            if texts := [text_of(one) for one in items_of(value)]:
                found[escaped(key)] = texts
        else:
            found[escaped(key)] = [text_of(value)]
    return found


def error_value(text: str) -> ErrorValue:
    """A script's error value."""
    return ErrorValue(unescaped(text))


def bytes_value(data: bytes) -> Bytes:
    """A script's bytes."""
    return Bytes(data)
