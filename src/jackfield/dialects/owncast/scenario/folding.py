"""Reading JSON into types as tolerantly as the original tools do (owncast spec 0.3).

Member names match whatever their case, ``null`` counts as absent, unknown members are left out
(and named, because they are most often slips), and texts and numbers that must be there may be
missing.
"""

from __future__ import annotations

import types
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from jackfield.errors import InvalidInput

T = TypeVar("T")


def read(value: Any, kind: type[T], place: str, unknown: list[str]) -> T:
    """*value* as *kind*.

    :param place: where in the file it is, for messages.
    :param unknown: gets the places of members that nothing reads.
    :raises InvalidInput: a value of the wrong type, with its place.
    """
    folded = _fold(value, kind, place, unknown)
    try:
        return msgspec.convert(folded, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise InvalidInput(
            f"{place}{path.rstrip('`')}: {message[:1].lower()}{message[1:]}"
        ) from None


def _fold(value: Any, kind: Any, place: str, unknown: list[str]) -> Any:
    kind = _meant(kind)
    if isinstance(value, dict) and _is_struct(kind):
        return _fold_object(value, kind, place, unknown)
    if isinstance(value, list) and get_origin(kind) in (list, tuple):
        inner = get_args(kind)[0]
        return [_fold(v, inner, f"{place}[{i}]", unknown) for i, v in enumerate(value)]
    return value


def _fold_object(value: dict[str, Any], kind: Any, place: str, unknown: list[str]) -> Any:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    by_lower = {name.lower(): name for name in fields}
    folded: dict[str, Any] = {}
    for key, member in value.items():
        name = key if key in fields else by_lower.get(key.lower())
        if name is None:
            unknown.append(f"{place}.{key}")
        elif member is not None and not (name in folded and name != key and name in value):
            folded[name] = _fold(member, fields[name].type, f"{place}.{name}", unknown)
    for name, field in fields.items():
        if field.required and name not in folded and field.type in (str, int):
            folded[name] = field.type()
    return folded


def _meant(kind: Any) -> Any:
    """The type in ``X | None`` and the like that can hold members."""
    if get_origin(kind) in (Union, types.UnionType):
        for inner in get_args(kind):
            if _is_struct(inner) or get_origin(inner) in (list, tuple):
                return inner
    return kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
