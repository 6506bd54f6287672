from __future__ import annotations

import pytest

from jackfield.tengo import literals
from jackfield.tengo.values import Char, TengoString


@pytest.mark.parametrize(
    ("literal", "value"),
    [("0", 0), ("017", 15), ("0o17", 15), ("0xff", 255), ("0b11", 3), ("1_0", 10),
     ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("08", None),
     ("1__0", None), ("0x", None), ("99999999999999999999999", None)],
)  # fmt: skip
def test_integers(literal: str, value: int | None) -> None:
    assert literals.int_value(literal) == value


@pytest.mark.parametrize(
    ("literal", "value"), [("1.5", 1.5), (".5", 0.5), ("1e400", None), ("0x1.8p1", 3.0)]
)
def test_floats(literal: str, value: float | None) -> None:
    assert literals.float_value(literal) == value


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"a\\n\\t\\\\"', "a\n\t\\"),
        ('"\\u00e9\\U0001F600"', "é😀"),
        ('"\\xc3\\xa9"', "é"),
        ('"\\303\\251"', "é"),
        ('"\\xff"', TengoString(b"\xff")),
        ("`\\n`", "\\n"),
        ('"\\777"', TengoString(b"\xff")),
        ('"', ""),
    ],
)
def test_strings(literal: str, value: str | TengoString) -> None:
    assert literals.string_value(literal) == value


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'a'", 97),
        ("'\\n'", 10),
        ("'\\x41'", 65),
        ("'\\101'", 65),
        ("'\\u00e9'", 233),
        ("'é'", 233),
    ],
)
def test_characters(literal: str, value: int) -> None:
    assert literals.char_value(literal) == Char(value)


@pytest.mark.parametrize("literal", ["''", "'ab'", "'\\q'", "'"])
def test_broken_characters(literal: str) -> None:
    assert literals.char_value(literal) is None


@pytest.mark.parametrize(
    ("literal", "value"),
    [("0", 0), ("017", 17), ("0xFF", 255), ("0x", 0), ("9223372036854775808", 2**63 - 1),
     ("0xffffffffffffffffff", 2**63 - 1), ("9" * 5000, 2**63 - 1)],
)  # fmt: skip
def test_integers_of_level_2_10(literal: str, value: int) -> None:
    assert literals.old_int_value(literal) == value


@pytest.mark.parametrize(("literal", "value"), [("1e400", float("inf")), (".5", 0.5), ("1e", 0.0)])
def test_floats_of_level_2_10(literal: str, value: float) -> None:
    assert literals.old_float_value(literal) == value
