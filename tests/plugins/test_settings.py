from __future__ import annotations

import pytest

from jackfield.errors import InvalidInput
from jackfield.plugins.settings import Choice, SettingField, SettingsSchema

SCHEMA = SettingsSchema(
    (
        SettingField("greeting", "string", default="hello"),
        SettingField("limit", "number", default=3),
        SettingField("loud", "boolean", default=False),
        SettingField("mode", "select", choices=(Choice("a", "A"), Choice("b", "B")), default="a"),
        SettingField("note", "info", label="read me"),
        SettingField("key", "string", default="", secret=True),
        SettingField("map", "json"),
    )
)


def test_effective_values_are_the_stored_over_the_defaults():
    values = SCHEMA.effective({"limit": 5, "unknown": 1})
    assert values == {
        "greeting": "hello", "limit": 5, "loud": False, "mode": "a", "key": "", "map": None,
    }  # fmt: skip


def test_a_secret_is_never_shown():
    shown = SCHEMA.public({"key": "hunter2"})
    assert "hunter2" not in repr(shown)
    assert shown["key"] == {"secret": True, "set": True}
    assert SCHEMA.public({})["key"] == {"secret": True, "set": False}


@pytest.mark.parametrize(
    "values",
    [{"greeting": "hi"}, {"limit": 1.5}, {"loud": True}, {"mode": "b"}, {"map": {"a": [1]}}, {}],
)
def test_fitting_values_are_kept(values):
    assert SCHEMA.check(values, plugin="p") == values


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"greeting": 1}, "greeting", "expected string, found 1"),
        ({"limit": "3"}, "limit", "expected number, found '3'"),
        ({"limit": True}, "limit", "expected number, found True"),
        ({"loud": "yes"}, "loud", "expected boolean, found 'yes'"),
        ({"mode": "c"}, "mode", "expected one of 'a', 'b', found 'c'"),
        ({"note": "x"}, "note", "no such setting"),
        ({"other": 1}, "other", "known: greeting, limit, loud, mode, key, map"),
    ],
)
def test_other_values_name_plugin_field_found_and_expected(values, field, expected):
    with pytest.raises(InvalidInput) as caught:
        SCHEMA.check(values, plugin="greeter")
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"greeter: {field}: ")


def test_an_empty_schema_is_false_and_says_that_nothing_can_be_set():
    assert not SettingsSchema()
    with pytest.raises(InvalidInput, match="known: none"):
        SettingsSchema().check({"a": 1}, plugin="p")


def test_open_fields_only_propose():
    schema = SettingsSchema(SCHEMA.fields, open=True)
    values = {"greeting": 1, "other": {"a": [1]}, "note": "x", "map": None}
    assert schema.check(values, plugin="p") == values
    assert schema.usable(values, plugin="p") == values
    assert schema.effective(values) == {
        "greeting": 1, "limit": 3, "loud": False, "mode": "a", "key": "", "map": None,
        "other": {"a": [1]}, "note": "x",
    }  # fmt: skip
    assert schema.public({"key": "hunter2"})["key"] == {"secret": True, "set": True}


def test_what_does_not_fit_any_more_is_left_out():
    stored = {"greeting": 1, "limit": 5, "note": "x", "gone": 1}
    assert SCHEMA.usable(stored, plugin="p") == {"limit": 5}
