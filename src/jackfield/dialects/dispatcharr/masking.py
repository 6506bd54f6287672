"""Keeps secrets in the host: what leaves it says only that one is set.

A client shows the mask in a password box and sends it back unchanged, which keeps the secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jackfield.dialects.dispatcharr.fields import is_secret, sounds_secret

MASK: Final = "••••••••"


def secret_ids(fields: Sequence[Any], stored: Mapping[str, Any]) -> set[str]:
    """The settings that never leave: declared ones, and undeclared ones by their name.

    :param fields: the plugin's fields as its author wrote them.
    """
    declared = {str(f["id"]): f for f in fields if isinstance(f, Mapping) and "id" in f}
    secret = {field_id for field_id, field in declared.items() if is_secret(field)}
    return secret | {key for key in stored if key not in declared and sounds_secret(key)}


def masked(fields: Sequence[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The stored values as they may leave. A secret that is empty is shown so."""
    secret = secret_ids(fields, stored)
    return {key: _hidden(v) if key in secret else _shown(v) for key, v in stored.items()}


def _hidden(value: Any) -> Any:
    """A text or a list or object that may hold some is hidden; a number is no secret."""
    return MASK if value and isinstance(value, str | list | Mapping) else value


def _shown(value: Any) -> Any:
    """A value that is no secret itself, but may hold some."""
    if isinstance(value, Mapping):
        return {k: _hidden(v) if sounds_secret(str(k)) else _shown(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return value


def unmasked(
    fields: Sequence[Any], stored: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """What a client sends, with each secret that it left as it was shown."""
    secret = secret_ids(fields, {**stored, **given})
    return {
        key: _kept(stored.get(key, ""), value, secret=key in secret) for key, value in given.items()
    }


def _kept(stored: Any, given: Any, *, secret: bool) -> Any:
    if secret and given == MASK:
        return stored
    if isinstance(given, Mapping):
        before = stored if isinstance(stored, Mapping) else {}
        return {
            k: _kept(before.get(k, ""), v, secret=sounds_secret(str(k))) for k, v in given.items()
        }
    if isinstance(given, list):
        earlier = stored if isinstance(stored, list) else []
        return [
            _kept(earlier[at] if at < len(earlier) else "", one, secret=False)
            for at, one in enumerate(given)
        ]
    return given


def masked_fields(fields: Sequence[Any]) -> list[Any]:
    """The declared fields as they may leave: a secret's default is one, too."""
    found: list[Any] = []
    for field in fields:
        if isinstance(field, Mapping) and field.get("default") and is_secret(field):
            field = {**field, "default": _hidden(field["default"])}
        found.append(field)
    return found
