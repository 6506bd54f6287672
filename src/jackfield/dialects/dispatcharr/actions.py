"""A plugin's buttons, and whether one asks before it acts. Source: dispatcharr spec 2.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jackfield.dialects.dispatcharr.plain import Notes
from jackfield.plugins.spec import Action

CONFIRM_FIELD: Final = "confirm"
"""The field whose value makes every action ask that does not say itself whether it does."""

_TEXT_KEYS: Final = ("description", "button_label", "button_variant", "button_color")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The question before an action."""

    title: str
    message: str


def confirmation(
    action: Mapping[str, Any], fields: Sequence[Any] = (), settings: Mapping[str, Any] | None = None
) -> Confirmation | None:
    """What to ask before the action; ``None`` to ask nothing.

    :param action: as its author wrote it.
    :param fields: the plugin's fields, as its author wrote them.
    :param settings: the stored values.
    """
    label = _text(action.get("label")) or _text(action.get("id"))
    default = Confirmation("Please confirm.", f"Run {label!r}?" if label else "Run this action?")
    asked = action.get("confirm")
    if isinstance(asked, Mapping) and asked:
        if asked.get("required", True) is False:
            return None
        return Confirmation(
            _text(asked.get("title")) or default.title,
            _text(asked.get("message")) or default.message,
        )
    if asked:
        return default if asked is True else None  # of another type: nobody is asked
    return default if _asks_by_field(fields, settings or {}) else None


def _asks_by_field(fields: Sequence[Any], settings: Mapping[str, Any]) -> bool:
    for field in fields:
        if isinstance(field, Mapping) and field.get("id") == CONFIRM_FIELD:
            stored = settings.get(CONFIRM_FIELD)
            return bool(field.get("default") if stored is None else stored)
    return False


def core_actions(raw: Any, fields: Sequence[Any], notes: Notes) -> tuple[Action, ...]:
    """The declared actions as the core's, in order, each id once.

    :param raw: plain JSON, as the author wrote it.
    """
    if raw is not None and not isinstance(raw, list):
        notes.wrong("actions", raw, "a list")
        return ()
    found: dict[str, Action] = {}
    for at, entry in enumerate(raw or ()):
        place = f"actions[{at}]"
        if not isinstance(entry, dict):
            notes.wrong(place, entry, "an object with id and label")
            continue
        action_id = _id(entry)
        if action_id is None:
            notes.wrong(f"{place}.id", entry.get("id"), "a text")
            continue
        if action_id in found:
            notes.warnings.append(f"{notes.file}: {place}.id: {action_id!r} is declared twice")
            continue
        _check(entry, place, notes)
        # The core looks at the field's value whenever the action is run.
        asked = confirmation(entry, fields, {CONFIRM_FIELD: True})
        found[action_id] = Action(
            id=action_id,
            label=_text(entry.get("label")) or action_id,
            description=_text(entry.get("description")),
            confirm=None if asked is None else asked.message,
            confirm_title="" if asked is None else asked.title,
            confirm_setting=CONFIRM_FIELD if asked and not entry.get("confirm") else "",
            button_label=_text(entry.get("button_label")),
            variant=_text(entry.get("button_variant")),
            color=_text(entry.get("button_color")),
            events=tuple(events_of(entry)),
        )
    return tuple(found.values())


def events_of(action: Mapping[str, Any]) -> list[str]:
    """The names of the events that run the action by themselves."""
    events = action.get("events")
    return [name for name in events if isinstance(name, str)] if isinstance(events, list) else []


def _check(entry: Mapping[str, Any], place: str, notes: Notes) -> None:
    if not _text(entry.get("label")):
        notes.wrong(f"{place}.label", entry.get("label"), "a text")
    for key in _TEXT_KEYS:
        if key in entry and not isinstance(entry[key], str):
            notes.wrong(f"{place}.{key}", entry[key], "a text")
    asked = entry.get("confirm")
    if asked and not isinstance(asked, bool | dict):
        notes.wrong(f"{place}.confirm", asked, "true, or an object with title and message")
    if (events := entry.get("events")) is not None and (
        not isinstance(events, list) or not all(isinstance(name, str) for name in events)
    ):
        notes.wrong(f"{place}.events", events, "a list of names")


def _id(entry: Mapping[str, Any]) -> str | None:
    found = entry.get("id")
    if isinstance(found, int | float) and not isinstance(found, bool):
        found = str(found)
    return found.strip() if isinstance(found, str) and found.strip() else None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)


def normalised(raw: Any) -> list[dict[str, Any]]:
    """The actions as the current era's REST interface lists them: known keys only.

    Kinder than the original, which drops an action for one wrong key: here only that key goes.
    """
    found = []
    for entry in raw if isinstance(raw, list) else ():
        if not isinstance(entry, dict) or (action_id := _id(entry)) is None:
            continue
        action: dict[str, Any] = {"id": action_id, "label": _text(entry.get("label")) or action_id}
        for key in _TEXT_KEYS:
            if isinstance(entry.get(key), str):
                action[key] = entry[key].strip()
        if entry.get("confirm") is not None:
            action["confirm"] = entry["confirm"]
        if isinstance(entry.get("events"), list):
            action["events"] = events_of(entry)
        found.append(action)
    return found
