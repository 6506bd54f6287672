"""Letters, case and spaces as Go sees them."""

from __future__ import annotations

import pytest

from jackfield.tengo.stdlib import gostrings

BAD = "\udcff"  # an invalid byte


@pytest.mark.parametrize(
    ("text", "upper", "lower", "title_case"),
    [
        ("aBc1", "ABC1", "abc1", "ABC1"),
        ("straße", "STRAßE", "straße", "STRAßE"),
        ("ÉCOLE é", "ÉCOLE É", "école é", "ÉCOLE É"),
        ("İ ı", "İ I", "i ı", "İ I"),
        ("ὈΔΟΣ", "ὈΔΟΣ", "ὀδοσ", "ὈΔΟΣ"),  # no final sigma
        ("ǆ", "Ǆ", "ǆ", "ǅ"),
        ("ᾳ", "ᾼ", "ᾳ", "ᾼ"),
        ("ŉ", "ŉ", "ŉ", "ŉ"),
        ("a" + BAD, "A\ufffd", "a\ufffd", "A\ufffd"),
    ],
)
def test_case(text: str, upper: str, lower: str, title_case: str) -> None:
    assert gostrings.upper(text) == upper
    assert gostrings.lower(text) == lower
    assert gostrings.title_case(text) == title_case


@pytest.mark.parametrize(
    ("text", "titled"),
    [
        ("don't stop", "Don'T Stop"),
        ("a_b a-b", "A_b A-B"),
        ("éa\u2003éa", "Éa\u2003Éa"),
        ("", ""),
        ("1a a1", "1a A1"),
        ("a\u2019b", "A\u2019b"),
        ("x" + BAD, "X\ufffd"),
    ],
)
def test_title(text: str, titled: str) -> None:
    assert gostrings.title(text) == titled


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ("Go", "GO", True),
        ("", "", True),
        ("a", "b", False),
        ("a", "aa", False),
        ("ß", "SS", False),
        ("ß", "ẞ", True),
        ("σ", "ς", True),
        ("k", "\u212a", True),
        ("s", "\u017f", True),
        ("i", "ı", False),
        ("İ", "i", False),
        ("É", "é", True),
        ("é!", "É?", False),
    ],
)
def test_equal_fold(a: str, b: str, equal: bool) -> None:
    assert gostrings.equal_fold(a, b) is equal
    assert gostrings.equal_fold(b, a) is equal


def test_fields_split_at_white_space_only() -> None:
    assert gostrings.fields("  a b\u00a0c\u2003 ") == ["a", "b", "c"]
    assert gostrings.fields("a\x1cb\u200bc") == ["a\x1cb\u200bc"]
    assert gostrings.fields(" \n") == []


def test_fields_of_a_long_text_are_found_one_by_one() -> None:
    text = " a\u2003bc" * (gostrings._AT_ONCE // 4)
    assert gostrings.fields(text) == ["a", "bc"] * (gostrings._AT_ONCE // 4)


def test_cutset_with_replacement_character_cuts_invalid_bytes() -> None:
    assert (BAD + "a" + BAD).strip(gostrings.cutset("\ufffd")) == "a"
    assert (BAD + "a" + BAD).strip(gostrings.cutset(BAD)) == "a"
    assert (BAD + "xax").strip(gostrings.cutset("x")) == BAD + "xa"


def test_first_and_last() -> None:
    assert gostrings.first_of("chicken", "aeiouy") == 2
    assert gostrings.last_of("chicken", "aeiouy") == 5
    assert gostrings.first_of("abc", "") == -1
    assert gostrings.last_of("", "abc") == -1
    assert gostrings.first_of("a" + BAD, "\ufffd") == 1
    assert gostrings.last_of("\ufffdb", BAD) == 0
