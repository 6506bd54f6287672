"""Texts with half a character, such as names of files that are not UTF-8, as text that can be sent.

Python keeps what it cannot decode as lone surrogates, which no UTF-8 and so no JSON can hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

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
