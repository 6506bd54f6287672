"""The settings that a plugin declares, for the core and as the REST interface shows them.

Read tolerantly: options may be plain texts, an unknown type is a text box, an odd key is left out;
what is wrong is a warning and nothing else is lost with it. Source: dispatcharr spec 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from jackfield.dialects.dispatcharr.plain import Notes
from jackfield.plugins.settings import Choice, FieldType, SettingField

TYPES: Final = frozenset({"string", "number", "boolean", "select", "text", "info"})

_ALIASES: Final[dict[str, FieldType]] = {
    "bool": "boolean", "checkbox": "boolean", "switch": "boolean", "toggle": "boolean",
    "int": "number", "integer": "number", "float": "number",
    "textarea": "text", "multiline": "text", "dropdown": "select", "choice": "select",
    "str": "string", "password": "string", "secret": "string", "url": "string", "email": "string",
}  # fmt: skip
_TEXT_KEYS: Final = ("help_text", "description", "placeholder", "input_type", "value")
_NUMBER_KEYS: Final = ("min", "max", "step")

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS: Final = frozenset(
    {"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "credential",
     "credentials"}
)  # fmt: skip
_SECRET_PAIRS: Final = frozenset(
    {("api", "key"), ("access", "key"), ("private", "key"), ("auth", "key"), ("secret", "key"),
     ("client", "key")}
)  # fmt: skip


def sounds_secret(text: str) -> bool:
    """Whether a name or label speaks of a secret: ``api_key``, ``Plex token``, ``smtpPassword``."""
    words = [word.lower() for word in _WORDS.findall(text)]
    pairs = pairwise(words)
    return not _SECRET_WORDS.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(pairs)


def is_secret(field: Mapping[str, Any]) -> bool:
    """Whether the value of a declared field never leaves the host."""
    kind = str(field.get("type") or "string").lower()
    if kind in ("password", "secret") or str(field.get("input_type")).lower() == "password":
        return True
    if _ALIASES.get(kind, kind) in ("boolean", "number", "select", "info"):
        return False
    return any(sounds_secret(str(field.get(key) or "")) for key in ("id", "label"))


# -- for the core ---------------------------------------------------------------------------------


def setting_fields(raw: Any, notes: Notes) -> tuple[SettingField, ...]:
    """The declared fields as the core's, in order, each id once.

    :param raw: plain JSON, as the author wrote it.
    """
    found: dict[str, SettingField] = {}
    for at, entry in enumerate(_entries(raw, "fields", notes)):
        place = f"fields[{at}]"
        if not isinstance(entry, dict):
            notes.wrong(place, entry, "an object with id, label and type")
            continue
        field_id = _id(entry, place, at, notes)
        if field_id is None:
            continue
        if field_id in found:
            notes.warnings.append(f"{notes.file}: {place}.id: {field_id!r} is declared twice")
            continue
        found[field_id] = _setting(field_id, entry, place, notes)
    return tuple(found.values())


def _entries(raw: Any, name: str, notes: Notes) -> list[Any]:
    if isinstance(raw, list):
        return raw
    if raw is not None:
        notes.wrong(name, raw, "a list")
    return []


def _id(entry: Mapping[str, Any], place: str, at: int, notes: Notes) -> str | None:
    found = entry.get("id")
    if isinstance(found, int | float) and not isinstance(found, bool):
        found = str(found)
    if isinstance(found, str) and found.strip():
        return found.strip()
    if entry.get("type") == "info":
        return f"info_{at}"  # it only shows text
    notes.wrong(f"{place}.id", found, "a text")
    return None


def _setting(field_id: str, entry: Mapping[str, Any], place: str, notes: Notes) -> SettingField:
    choices = _choices(entry.get("options"), place, notes)
    kind = _type(entry.get("type"), place, notes)
    if kind == "select" and not choices:
        kind = "string"  # its options are known only once the plugin runs, or there are none
    default = entry.get("default")
    if kind == "select" and default is not None:
        default = _text(default)
    field = SettingField(
        id=field_id,
        type=kind,
        label=_shown(entry, "label", place, notes) or field_id,
        description=_help(entry, kind, place, notes),
        default=default,
        choices=choices if kind == "select" else (),
        secret=is_secret(entry),
    )
    if default is not None and kind in ("boolean", "number") and not _fits(field, default):
        notes.wrong(f"{place}.default", default, f"a {kind}")
    return field


def _fits(field: SettingField, value: Any) -> bool:
    return isinstance(value, bool) == (field.type == "boolean") and isinstance(value, int | float)


def _type(found: Any, place: str, notes: Notes) -> FieldType:
    if isinstance(found, str):
        kind = found.strip().lower()
        if kind in TYPES:
            return kind  # type: ignore[return-value]
        if kind in _ALIASES:
            return _ALIASES[kind]
    notes.wrong(f"{place}.type", found, "one of " + ", ".join(sorted(TYPES)))
    return "string"


def _shown(entry: Mapping[str, Any], key: str, place: str, notes: Notes) -> str:
    found = entry.get(key)
    if found is None or isinstance(found, str):
        return (found or "").strip()
    notes.wrong(f"{place}.{key}", found, "a text")
    return _text(found)


def _help(entry: Mapping[str, Any], kind: str, place: str, notes: Notes) -> str:
    keys = ("help_text", "description", "value") if kind == "info" else ("help_text", "description")
    texts = [text for key in keys if (text := _shown(entry, key, place, notes))]
    return "\n".join(dict.fromkeys(texts))


def _choices(raw: Any, place: str, notes: Notes) -> tuple[Choice, ...]:
    found = []
    for at, option in enumerate(_entries(raw, f"{place}.options", notes)):
        if isinstance(option, dict) and "value" in option:
            value = _text(option["value"])
            found.append(Choice(value, _text(option.get("label", value))))
        elif isinstance(option, list) and len(option) == 2:
            found.append(Choice(_text(option[0]), _text(option[1])))
        elif isinstance(option, str | int | float):
            found.append(Choice(_text(option), _text(option)))
        else:
            notes.wrong(f"{place}.options[{at}]", option, "an object with value and label")
    return tuple(found)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


# -- for the REST interface -----------------------------------------------------------------------


def normalised(raw: Any) -> list[dict[str, Any]]:
    """The fields as the current era's REST interface lists them: known keys only.

    Kinder than the original, which drops a field for one wrong key: here only that key goes, a
    plain option becomes an object, and an unknown type a ``string``.
    """
    found = []
    for at, entry in enumerate(raw if isinstance(raw, list) else ()):
        if not isinstance(entry, dict):
            continue
        quiet = Notes("")
        field_id = _id(entry, "", at, quiet)
        if field_id is not None:
            found.append(_normalised(field_id, entry, quiet))
    return found


def _normalised(field_id: str, entry: Mapping[str, Any], quiet: Notes) -> dict[str, Any]:
    kind = _type(entry.get("type"), "", quiet)
    field: dict[str, Any] = {"id": field_id}
    if isinstance(entry.get("label"), str | int | float):
        field["label"] = _text(entry["label"]).strip()
    field["type"] = kind
    if entry.get("default") is not None:
        field["default"] = entry["default"]
    for key in _TEXT_KEYS:
        if isinstance(entry.get(key), str):
            field[key] = entry[key].strip()
    if entry.get("type") in ("password", "secret"):
        field.setdefault("input_type", "password")
    for key in _NUMBER_KEYS:
        if (number := _number(entry.get(key))) is not None:
            field[key] = number
    if isinstance(entry.get("options"), list):
        choices = _choices(entry["options"], "", quiet)
        field["options"] = [{"value": c.value, "label": c.label} for c in choices]
    return field


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) else None
