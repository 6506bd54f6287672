"""From typed values to the plain JSON that plugins see."""

from __future__ import annotations

from typing import Any

import msgspec


def plain(value: object) -> Any:
    """The value as JSON would carry it: only dicts, lists, texts, numbers, booleans, ``None``.

    Unlike ``msgspec.to_builtins``, which keeps tuples.
    """
    return msgspec.json.decode(msgspec.json.encode(value))
