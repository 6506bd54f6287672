from __future__ import annotations

from typing import Any

from jackfield.dialects.dispatcharr.masking import MASK, masked, masked_fields, unmasked

FIELDS: list[Any] = [
    {"id": "api_key", "type": "string", "default": "built-in"},
    {"id": "note", "type": "string", "default": "n"},
    "odd",
]


def test_a_secret_does_not_leave() -> None:
    stored = {"api_key": "s3cret", "note": "plain", "limit": 5}
    assert masked(FIELDS, stored) == {"api_key": MASK, "note": "plain", "limit": 5}


def test_an_empty_secret_is_shown_so() -> None:
    assert masked(FIELDS, {"api_key": ""}) == {"api_key": ""}


def test_what_a_plugin_stored_beside_its_fields_is_judged_by_its_name() -> None:
    stored = {"access_token": "x", "last_run": "y", "tokens": {"password": "z"}, "password": ["z"]}
    shown = masked(FIELDS, stored)
    assert shown["access_token"] == MASK
    assert shown["password"] == MASK
    assert shown["last_run"] == "y"


def test_secrets_within_other_values() -> None:
    stored = {"servers": [{"host": "a", "api_key": "s1"}, {"host": "b", "api_key": "s2"}]}
    shown = masked([], stored)
    assert shown == {"servers": [{"host": "a", "api_key": MASK}, {"host": "b", "api_key": MASK}]}
    assert unmasked([], stored, shown) == stored
    longer = {"servers": [*shown["servers"], {"host": "c", "api_key": "s3"}]}
    assert unmasked([], stored, longer)["servers"][2]["api_key"] == "s3"


def test_what_comes_back_as_it_was_shown_stays() -> None:
    stored = {"api_key": "s3cret", "note": "a"}
    given = {"api_key": MASK, "note": MASK, "more": 1}
    assert unmasked(FIELDS, stored, given) == {"api_key": "s3cret", "note": MASK, "more": 1}
    assert unmasked(FIELDS, stored, {"api_key": "new"}) == {"api_key": "new"}
    assert unmasked(FIELDS, {}, {"api_key": MASK}) == {"api_key": ""}


def test_the_default_of_a_secret_is_one() -> None:
    assert masked_fields(FIELDS) == [{**FIELDS[0], "default": MASK}, FIELDS[1], "odd"]
