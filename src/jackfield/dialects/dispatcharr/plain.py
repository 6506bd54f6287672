"""From whatever an author wrote to plain JSON, with a note of what could not be taken over."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

from jackfield.dialects.dispatcharr.literals import UNKNOWN

MAX_DEPTH: Final = 40
_SHOWN = 60


@dataclass(slots=True)
class Notes:
    """What is odd about a plugin, for its warnings.

    :ivar unknown: places whose value only the running plugin tells.
    :ivar warnings: sentences that name file, field, what was found and what was expected.
    """

    file: str
    unknown: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def wrong(self, place: str, found: Any, expected: str) -> None:
        """Note a value of the wrong type or form."""
        self.warnings.append(f"{self.file}: {place}: expected {expected}, found {shown(found)}")


def shown(value: Any) -> str:
    """A value as messages quote it: its type and, cut, what it is."""
    if value is None:
        return "nothing"
    kind = {bool: "boolean", int: "number", float: "number", str: "text", list: "list",
            tuple: "tuple", dict: "object"}.get(type(value), type(value).__name__)  # fmt: skip
    text = repr(value)
    return f"{kind} {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}"


def to_plain(value: Any, place: str, notes: Notes, depth: int = 0) -> Any:
    """The value as JSON can hold it; unknown members of lists and dictionaries are left out.

    :returns: :data:`~.literals.UNKNOWN` for one that is unknown as a whole.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 2**63 else float(value)
        case float():
            if math.isfinite(value):
                return value
            notes.wrong(place, value, "a finite number")
            return None
        case dict():
            return _object(value, place, notes, depth)
        case list() | tuple():
            members = enumerate(value)
        case set() | frozenset():
            members = enumerate(sorted(value, key=repr))
        case _ if value is UNKNOWN:
            notes.unknown.append(place)
            return UNKNOWN
        case _:
            notes.wrong(place, value, "a value that JSON can hold")
            return str(value)
    if depth > MAX_DEPTH:
        notes.wrong(place, value, f"at most {MAX_DEPTH} levels")
        return None
    found = (to_plain(one, f"{place}[{at}]", notes, depth + 1) for at, one in members)
    return [one for one in found if one is not UNKNOWN]


def _object(value: dict[Any, Any], place: str, notes: Notes, depth: int) -> Any:
    if depth > MAX_DEPTH:
        notes.wrong(place, value, f"at most {MAX_DEPTH} levels")
        return None
    found = {}
    for key, one in value.items():
        inner = to_plain(one, f"{place}.{key}", notes, depth + 1)
        if inner is not UNKNOWN:
            found[str(key)] = inner
    return found
