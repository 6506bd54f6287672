"""Texts with half a character, such as names of files that are not UTF-8, as text that can be sent.

Python keeps what it cannot decode as lone surrogates, which no UTF-8 and so no JSON can hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_HALF: Final = re.compile("[\ud800-\udfff]")


def whole(value: Any) -> Any:
    """*value*, plain JSON, with U+FFFD in place of each half: what is said should arrive."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {whole(key): whole(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [whole(one) for one in value]
    return value


def encoded(value: Any) -> bytes:
    """*value* as JSON, :func:`whole` where it has halves.

    :raises TypeError: it is not plain JSON.
    """
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(whole(value))
