"""From what a plugin returns to plain JSON.

Converted is what Dispatcharr's own encoder converts: dates and times, decimals, UUIDs, bytes, lazy
texts, query sets, arrays and whatever can be listed. Everything else is an error that names where
in the value it stands and what it is. Source: dispatcharr spec 2.6.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import uuid
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any

MAX_DEPTH = 100
MAX_VALUES = 2_000_000
MAX_CHARACTERS = 16_000_000
"""Of all texts together; larger results belong into a file."""


class NotPlain(TypeError):
    """A value that JSON cannot hold.

    :ivar place: where it stands, such as ``result['rows'][3]``.
    :ivar kind: its type.
    """

    def __init__(self, place: str, value: Any, why: str = "") -> None:
        kind = _kind(value)
        place = place if len(place) <= 200 else f"{place[:100]}…{place[-60:]}"
        super().__init__(f"{place} is {why or f'of type {kind}, which JSON cannot hold'}")
        self.place = place
        self.kind = kind


def wrapped(result: Any) -> dict[str, Any]:
    """What ``run`` answers with: a dictionary as it is, anything else inside one.

    :raises NotPlain: something in it is no JSON.
    """
    if isinstance(result, Mapping):
        plain: dict[str, Any] = _Plainer().value(result, "result", 0)
        return plain
    return {"status": "ok", "result": _Plainer().value(result, "result", 0)}


def plain(value: Any, place: str) -> Any:
    """*value* as plain JSON.

    :param place: what it is called in messages.
    :raises NotPlain: something in it is no JSON.
    """
    return _Plainer().value(value, place, 0)


class _Plainer:
    def __init__(self) -> None:
        self._left = MAX_VALUES
        self._characters = MAX_CHARACTERS
        self._above: set[int] = set()

    def value(self, value: Any, place: str, depth: int) -> Any:
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str) and not isinstance(value, enum.Enum):
            return self._text(value, place)
        self._left -= 1
        if self._left < 0:
            raise NotPlain(place, value, f"beyond {MAX_VALUES:,} values, more than are sent")
        if isinstance(value, enum.Enum):
            return self.value(value.value, place, depth)
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise NotPlain(place, value, f"the number {value!r}, which JSON cannot hold")
            return float(value)
        simple = _simple(value)
        if simple is not None:
            return simple
        return self._inside(value, place, depth)

    def _text(self, value: str, place: str) -> str:
        self._characters -= len(value)
        if self._characters < 0:
            raise NotPlain(
                place,
                value,
                f"beyond {MAX_CHARACTERS:,} characters, more than are sent (write a file instead)",
            )
        return str(value)

    def _inside(self, value: Any, place: str, depth: int) -> Any:
        if depth >= MAX_DEPTH:
            raise NotPlain(place, value, f"nested deeper than {MAX_DEPTH} levels")
        if id(value) in self._above:
            raise NotPlain(place, value, f"a {_kind(value)} that contains itself")
        self._above.add(id(value))
        try:
            if isinstance(value, Mapping):
                return self._mapping(value, place, depth)
            if isinstance(value, list | tuple | AbstractSet | Iterator) or _is_query_set(value):
                return [
                    self.value(one, f"{place}[{at}]", depth + 1) for at, one in enumerate(value)
                ]
            if callable(listed := getattr(value, "tolist", None)):
                return self.value(listed(), place, depth + 1)
            if not isinstance(value, type) and not _is_model(value):
                if hasattr(value, "keys") and hasattr(value, "__getitem__"):
                    return self._mapping(dict(value), place, depth)
                if hasattr(value, "__iter__"):
                    return [
                        self.value(one, f"{place}[{at}]", depth + 1) for at, one in enumerate(value)
                    ]
            raise NotPlain(place, value)
        finally:
            self._above.discard(id(value))

    def _mapping(self, value: Mapping[Any, Any], place: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, one in value.items():
            name = _key(key, place)
            found[name] = self.value(one, f"{place}[{name!r:.60}]", depth + 1)
        return found


def _key(key: Any, place: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if isinstance(key, str):
        return str(key)
    match key:
        case None:
            return "null"
        case bool():
            return "true" if key else "false"
        case int() | float() | decimal.Decimal() | uuid.UUID() | datetime.date():
            return str(key)
    raise NotPlain(f"a key of {place}", key)


def _simple(value: Any) -> Any:
    match value:
        case datetime.datetime():
            text = value.isoformat()
            return f"{text[:-6]}Z" if text.endswith("+00:00") else text
        case datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return str(value.total_seconds())
        case decimal.Decimal() | uuid.UUID() | PurePath():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", "replace")
    if any(one.__name__ == "Promise" for one in type(value).__mro__):  # a lazy text of Django's
        return str(value)
    return None


def _is_query_set(value: Any) -> bool:
    return any(one.__name__ == "QuerySet" for one in type(value).__mro__)


def _is_model(value: Any) -> bool:
    return hasattr(type(value), "_meta")


def _kind(value: Any) -> str:
    kind = type(value)
    module = getattr(kind, "__module__", "")
    return kind.__qualname__ if module in ("builtins", "") else f"{module}.{kind.__qualname__}"
