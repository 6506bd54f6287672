"""Source: dispatcharr spec 2.4."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.fields import (
    is_secret,
    normalised,
    setting_fields,
    sounds_secret,
)
from jackfield.dialects.dispatcharr.plain import Notes
from jackfield.plugins.settings import Choice, SettingField


def read(raw: Any) -> tuple[tuple[SettingField, ...], list[str]]:
    notes = Notes("plugin.py")
    return setting_fields(raw, notes), notes.warnings


def one(**field: Any) -> SettingField:
    fields, _ = read([{"id": "a", **field}])
    return fields[0]


def test_the_fields_of_the_guide() -> None:
    fields, warnings = read(
        [
            {"id": "enabled", "label": "Enabled", "type": "boolean", "default": True},
            {"id": "limit", "label": "Item limit", "type": "number", "default": 5},
            {"id": "mode", "label": "Mode", "type": "select", "default": "safe", "options": [
                {"value": "safe", "label": "Safe"}, {"value": "fast", "label": "Fast"}]},
            {"id": "note", "type": "string", "default": "", "help_text": "Shown below"},
        ]
    )  # fmt: skip
    assert not warnings
    assert fields == (
        SettingField("enabled", "boolean", "Enabled", default=True),
        SettingField("limit", "number", "Item limit", default=5),
        SettingField("mode", "select", "Mode", default="safe",
                     choices=(Choice("safe", "Safe"), Choice("fast", "Fast"))),
        SettingField("note", "string", "note", "Shown below", ""),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("text", "text"), ("info", "info"), (" Boolean ", "boolean"), ("checkbox", "boolean"),
        ("integer", "number"), ("textarea", "text"), ("password", "string"),
    ],
)  # fmt: skip
def test_types_and_their_other_names(written: str, kind: str) -> None:
    fields, warnings = read([{"id": "a", "type": written}])
    assert fields[0].type == kind
    assert not warnings


@pytest.mark.parametrize("kind", ["colour", None, 7, ["string"]])
def test_an_unknown_type_is_a_text_box(kind: Any) -> None:
    fields, warnings = read([{"id": "a", "type": kind}])
    assert fields[0].type == "string"
    assert warnings[0].startswith("plugin.py: fields[0].type: expected one of boolean, info")


@pytest.mark.parametrize(
    "options",
    [["x", "y"], [("x", "x"), ["y", "y"]], [{"value": "x"}, {"value": "y", "label": "y"}]],
)
def test_options_in_other_forms(options: Any) -> None:
    field = one(type="select", options=[list(o) if isinstance(o, tuple) else o for o in options])
    assert field.choices == (Choice("x", "x"), Choice("y", "y"))


def test_options_that_are_no_texts() -> None:
    field = one(type="select", default=2, options=[{"value": 2, "label": 3}, True, None])
    assert field.choices == (Choice("2", "3"), Choice("true", "true"))
    assert field.default == "2"


def test_a_select_without_options_is_a_text_box() -> None:
    assert one(type="select").type == "string"


def test_help_is_put_together() -> None:
    assert one(type="string", help_text=" a ", description="b").description == "a\nb"
    assert one(type="info", value="v", description="b").description == "b\nv"
    assert one(type="string", value="v").description == ""


@pytest.mark.parametrize(
    ("raw", "place", "found"),
    [
        ({"a": 1}, "fields: expected a list", "object"),
        (["x"], "fields[0]: expected an object", "text 'x'"),
        ([{"label": "no id"}], "fields[0].id: expected a text", "nothing"),
        ([{"id": "a", "type": "string", "label": 3}], "fields[0].label: expected a text", "3"),
        ([{"id": "a", "type": "number", "default": "5"}], "fields[0].default: expected a number",
         "text '5'"),
        ([{"id": "a", "type": "boolean", "default": 1}], "fields[0].default: expected a boolean",
         "number 1"),
        ([{"id": "a", "type": "select", "options": "x"}], "fields[0].options: expected a list",
         "text"),
        ([{"id": "a", "type": "select", "options": [{}]}], "fields[0].options[0]: expected",
         "object {}"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_warning(raw: Any, place: str, found: str) -> None:
    _, warnings = read(raw)
    assert warnings[0].startswith(f"plugin.py: {place}")
    assert found in warnings[0].partition("found")[2]


def test_ids() -> None:
    fields, warnings = read(
        [{"id": 5, "type": "string"}, {"id": " 5 ", "type": "string"}, {"type": "info"}]
    )
    assert [f.id for f in fields] == ["5", "info_2"]
    assert warnings == ["plugin.py: fields[1].id: '5' is declared twice"]
    assert read(None) == ((), [])


# -- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["password", "api_key", "apiKey", "API key", "Plex Token", "clientSecret", "smtpPassword",
     "APIKey", "access-key", "PASSWORD", "private key"],
)  # fmt: skip
def test_names_of_secrets(text: str) -> None:
    assert sounds_secret(text)


@pytest.mark.parametrize(
    "text", ["keyboard", "monkey", "name", "key", "tokens_used", "secretary", "", "hotkey", "api"]
)
def test_names_of_no_secrets(text: str) -> None:
    assert not sounds_secret(text)


@pytest.mark.parametrize(
    ("field", "secret"),
    [
        ({"id": "x", "type": "string", "input_type": "password"}, True),
        ({"id": "x", "type": "password"}, True),
        ({"id": "x", "label": "API key", "type": "string"}, True),
        ({"id": "api_token", "type": "text"}, True),
        ({"id": "use_token", "type": "boolean"}, False),
        ({"id": "token", "type": "number"}, False),
        ({"id": "name", "type": "string", "help_text": "not your password"}, False),
    ],
)
def test_fields_that_are_secret(field: dict[str, Any], secret: bool) -> None:
    assert is_secret(field) is secret
    assert setting_fields([field], Notes(""))[0].secret is secret


# -- the REST interface ---------------------------------------------------------------------------


def test_known_keys_are_listed() -> None:
    field = {
        "id": 7, "label": " L ", "type": "number", "default": 0, "help_text": " h ", "min": "1",
        "max": 2.5, "step": None, "section": "x", "placeholder": None, "required": True,
    }  # fmt: skip
    assert normalised([field]) == [
        {"id": "7", "label": "L", "type": "number", "default": 0, "help_text": "h", "min": 1.0,
         "max": 2.5}
    ]  # fmt: skip


def test_the_list_is_kinder_than_the_original() -> None:
    assert normalised(
        [
            {"id": "a", "type": "select", "options": ["x"]},
            {"id": "b", "type": "checkbox", "default": None},
            {"id": "c", "type": "password"},
            {"id": "d", "type": "string", "min": "many", "max": True},
        ]
    ) == [
        {"id": "a", "type": "select", "options": [{"value": "x", "label": "x"}]},
        {"id": "b", "type": "boolean"},
        {"id": "c", "type": "string", "input_type": "password"},
        {"id": "d", "type": "string"},
    ]


@pytest.mark.parametrize("raw", [None, "x", {"id": "a"}, [{"label": "no id"}], ["x"]])
def test_what_is_no_field_is_not_listed(raw: Any) -> None:
    assert normalised(raw) == []
