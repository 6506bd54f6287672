"""Source: the plugin guide's "Action Confirmation" and dispatcharr spec 2.5."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.actions import (
    Confirmation,
    confirmation,
    core_actions,
    events_of,
    normalised,
)
from jackfield.dialects.dispatcharr.plain import Notes
from jackfield.plugins.spec import Action

DEFAULT = Confirmation("Please confirm.", "Run 'Go'?")
FIELD = {"id": "confirm", "type": "boolean", "default": True}


def ask(confirm: Any, *, field: Any = None, saved: Any = None) -> Confirmation | None:
    action = {"id": "go", "label": "Go", "confirm": confirm}
    settings = {} if saved is None else {"confirm": saved}
    return confirmation(action, [field] if field else [], settings)


@pytest.mark.parametrize(
    ("confirm", "asked"),
    [
        (True, DEFAULT),
        (False, None),
        (None, None),
        ("yes", None),
        (1, None),
        ({"required": True, "title": "T", "message": "M"}, Confirmation("T", "M")),
        ({"message": "M"}, Confirmation(DEFAULT.title, "M")),
        ({"required": False, "message": "M"}, None),
        ({"required": None, "title": "T"}, Confirmation("T", DEFAULT.message)),
        ({}, None),
    ],
)
def test_what_an_action_says_itself(confirm: Any, asked: Confirmation | None) -> None:
    assert ask(confirm) == asked


@pytest.mark.parametrize(
    ("field", "saved", "asks"),
    [
        (FIELD, None, True),
        (FIELD, False, False),
        (FIELD, True, True),
        ({"id": "confirm", "type": "boolean"}, None, False),
        ({"id": "confirm", "type": "boolean"}, True, True),
        ({"id": "other", "default": True}, None, False),
    ],
)
def test_the_older_rule_of_a_field(field: Any, saved: Any, asks: bool) -> None:
    assert ask(None, field=field, saved=saved) == (DEFAULT if asks else None)


def test_the_field_counts_only_where_the_action_does_not_say() -> None:
    assert ask({"message": "M"}, field=FIELD) == Confirmation(DEFAULT.title, "M")
    assert ask({"required": False}, field=FIELD) is None
    assert ask(False, field=FIELD) == DEFAULT


def read(raw: Any, fields: Any = ()) -> tuple[tuple[Action, ...], list[str]]:
    notes = Notes("plugin.py")
    return core_actions(raw, fields, notes), notes.warnings


def test_the_actions_of_the_core() -> None:
    found, warnings = read(
        [
            {"id": "go", "label": "Go", "description": "D", "button_label": "Start",
             "button_variant": "outline", "button_color": "red", "events": ["m3u_refresh"],
             "confirm": {"title": "T", "message": "M"}, "params": {}},
            {"id": 2, "label": "Two"},
        ]
    )  # fmt: skip
    assert not warnings
    assert found == (
        Action("go", "Go", "D", confirm="M", confirm_title="T", button_label="Start",
               variant="outline", color="red", events=("m3u_refresh",)),
        Action("2", "Two"),
    )  # fmt: skip


def test_a_field_makes_every_action_ask() -> None:
    found, _ = read([{"id": "a", "label": "A"}, {"id": "b", "label": "B"}], [FIELD])
    assert [action.confirm for action in found] == ["Run 'A'?", "Run 'B'?"]
    assert {action.confirm_setting for action in found} == {"confirm"}
    own, _ = read([{"id": "a", "label": "A", "confirm": True}], [FIELD])
    assert own[0].confirm_setting == ""


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        ({"id": "a"}, "actions: expected a list, found object"),
        (["x"], "actions[0]: expected an object with id and label, found text 'x'"),
        ([{"label": "A"}], "actions[0].id: expected a text, found nothing"),
        ([{"id": "a"}], "actions[0].label: expected a text, found nothing"),
        ([{"id": "a", "label": "A", "description": 5}], "actions[0].description: expected a text"),
        ([{"id": "a", "label": "A", "confirm": "sure?"}], "actions[0].confirm: expected true, or"),
        ([{"id": "a", "label": "A", "events": "m3u_refresh"}], "actions[0].events: expected a"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_warning(raw: Any, warning: str) -> None:
    _, warnings = read(raw)
    assert warnings[0].startswith(f"plugin.py: {warning}")


def test_an_id_counts_once() -> None:
    found, warnings = read([{"id": "a", "label": "1"}, {"id": "a", "label": "2"}])
    assert [action.label for action in found] == ["1"]
    assert warnings == ["plugin.py: actions[1].id: 'a' is declared twice"]
    assert read(None) == ((), [])


def test_events() -> None:
    assert events_of({"events": ["a", 1, "b"]}) == ["a", "b"]
    assert events_of({"events": "a"}) == []


def test_the_rest_interface_lists_known_keys() -> None:
    action = {"id": " a ", "description": None, "button_color": "red", "confirm": True,
              "events": ["x"], "background": True}  # fmt: skip
    assert normalised([action, {"label": "no id"}, "x"]) == [
        {"id": "a", "label": "a", "button_color": "red", "confirm": True, "events": ["x"]}
    ]
    assert normalised("x") == []
