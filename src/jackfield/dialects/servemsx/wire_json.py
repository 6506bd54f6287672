"""JSON as the original writes and reads it, so that files and answers are byte for byte the same.

Source: servemsx spec 2 and 8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jackfield.tengo.stdlib import gojson

_SHORT = re.compile(r"\\(.)", re.DOTALL)
_LONG_FORM = {"b": "\\u0008", "f": "\\u000c"}
_SURROGATES = re.compile("[\ud800-\udfff]")


class WireJsonError(ValueError):
    """The text is not JSON; ``str()`` is the original's message."""


def encode(value: Any, *, indent: bool = False) -> bytes:
    """*value* in UTF-8 with a newline at its end; keys keep their order.

    ``<``, ``>`` and ``&`` are escaped, so that the text is harmless inside a page; names of files
    that are no UTF-8 get U+FFFD.

    :param indent: over several lines, two blanks a level.
    """
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(
        value, ensure_ascii=False, indent=2 if indent else None, separators=separators
    )
    text = _SHORT.sub(lambda m: _LONG_FORM.get(m[1], m[0]), text)
    return gojson.html_escape(_SURROGATES.sub("\ufffd", text).encode()) + b"\n"


def sorted_keys(value: Any) -> Any:
    """*value* with the keys of every object inside sorted, as the original prints maps."""
    if isinstance(value, Mapping):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [sorted_keys(item) for item in value]
    return value


def decode(data: bytes) -> Any:
    """The first value in *data*; what follows it is not looked at, as in the original.

    :raises WireJsonError: there is none.
    """
    text = data.decode("utf-8", "replace").lstrip(" \t\r\n")
    if not text:
        raise WireJsonError("EOF")
    try:
        value, _ = json.JSONDecoder(parse_constant=_refuse).raw_decode(text)
    except RecursionError:
        raise WireJsonError("exceeded max depth") from None
    except ValueError:
        raise WireJsonError(_why(data)) from None
    return value


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _why(data: bytes) -> str:
    try:
        gojson.decode(data, all_floats=True)
    except gojson.JSONError as error:
        text = str(error)
        return "unexpected EOF" if text == "unexpected end of JSON input" else text
    return "invalid number"  # Python refuses some that are too long


def field(value: Any, name: str) -> Any:
    """A member of an object, whatever the case of its key; ``None`` when absent.

    The original's reader takes the last of several, and an exact match as any other.
    """
    if not isinstance(value, Mapping):
        return None
    found = None
    for key, item in value.items():
        if key.lower() == name.lower():
            found = item
    return found
