"""Buttons that a plugin adds while it runs, next to those of its manifest.

They are kept in the plugin's own key-value space, as in Owncast (owncast spec 2.2).
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec

from jackfield.dialects.owncast import manifest_paths
from jackfield.errors import InvalidInput
from jackfield.services.kv import KeyValue

KEY = "owncast.actions"


class ActionButton(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """One button: exactly one of *url* and *html*."""

    title: str = ""
    url: str = ""
    html: str = ""
    icon: str = ""
    color: str = ""
    description: str = ""
    open_externally: bool = False


def check_actions(value: Any, *, slug: str, serves: bool) -> list[ActionButton]:
    """A plugin's list of buttons, with its own addresses in full.

    :param serves: whether the plugin may serve pages.
    :raises InvalidInput: naming the first button and member that is wrong.
    """
    try:
        actions = msgspec.convert(value, list[ActionButton])
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), field="actions") from None
    for number, action in enumerate(actions):
        where = f"actions[{number}]"
        if not action.title.strip():
            raise InvalidInput("is missing or empty", field=f"{where}.title")
        if bool(action.url) == bool(action.html):
            raise InvalidInput("expected exactly one of 'url' and 'html'", field=where)
        try:
            action.url = manifest_paths.page(action.url, slug, serves=serves)
            action.icon = manifest_paths.page(action.icon, slug, serves=serves)
        except manifest_paths.PathRefused as refused:
            raise InvalidInput(str(refused), field=where) from None
    return actions


def added_actions(kv: KeyValue, slug: str) -> list[dict[str, Any]]:
    """What the plugin has added so far.

    A plugin that may keep values can write this key itself, anything at all. What is no button is
    left out: everybody's page is made of this.
    """
    try:
        stored = msgspec.json.decode(kv.get(slug, KEY) or "[]", type=list[Any])
    except (ValueError, RecursionError):
        return []
    buttons = []
    for action in stored:
        with suppress(InvalidInput):
            buttons += check_actions([action], slug=slug, serves=True)
    return [msgspec.to_builtins(button) for button in buttons]


def add_actions(kv: KeyValue, slug: str, actions: list[ActionButton]) -> None:
    """Put *actions* behind those that were added before."""
    kept = added_actions(kv, slug)
    kv.set(slug, KEY, json.dumps([*kept, *msgspec.to_builtins(actions)], ensure_ascii=False))


def clear_actions(kv: KeyValue, slug: str) -> None:
    """Take back all that were added."""
    kv.delete(slug, KEY)
