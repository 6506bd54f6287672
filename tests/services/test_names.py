"""What names are accepted, and which of them read as the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.errors import InvalidInput
from jackfield.services.names import MAX_NAME, clean_name, name_key


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ann", "Ann"),
        ("  Ann \t Lee\n", "Ann Lee"),
        ("Jörg", "Jörg"),
        ("Jo\u0308rg", "Jörg"),
        ("🎧", "🎧"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("日本", "日本"),
        ("x" * MAX_NAME, "x" * MAX_NAME),
    ],
)
def test_keeps_names_of_all_scripts(typed: str, stored: str) -> None:
    assert clean_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "at least one character"),
        (" \t\n ", "at least one character"),
        ("x" * (MAX_NAME + 1), f"{MAX_NAME + 1} characters, {MAX_NAME} is the most"),
        ("\u202egnp.exe", "U+202E"),
        ("An\u200bn", "U+200B"),
        ("\u200d\ufe0f", "nothing that can be seen"),
        ("Ann\x00", "U+0000"),
        ("\ud800", "U+D800"),
    ],
)
def test_refuses_names_that_deceive(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason.replace("+", r"\+")) as caught:
        clean_name(typed)
    assert caught.value.field == "displayName"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ANN"),
        ("Ann Lee", "annlee"),
        ("Straße", "STRASSE"),
        ("Ａｎｎ", "Ann"),
        ("a\u200db", "ab"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_names_that_read_the_same_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_names_have_different_keys() -> None:
    assert len({name_key(name) for name in ("Ann", "Anne", "Än", "An", "Ann2")}) == 5


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_cleaned_name_stays_as_it_is(typed: str) -> None:
    try:
        name = clean_name(typed)
    except InvalidInput:
        return
    assert clean_name(name) == name
    assert name_key(name) != ""
    assert len(name) <= MAX_NAME
