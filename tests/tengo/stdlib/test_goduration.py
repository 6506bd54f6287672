"""Spans of time as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.tengo.stdlib import goduration
from jackfield.tengo.stdlib.gotime import HOUR, MINUTE, SECOND


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1h15m30.918s", 4_530_918_000_000),
        ("1.5h", 5_400_000_000_000),
        ("-2ms", -2_000_000),
        ("0", 0),
        ("+0", 0),
        ("5us", 5000),
        ("5µs", 5000),
        ("5\u03bcs", 5000),
        (".5s", 500_000_000),
        ("1.s", SECOND),
        ("0.100000000000000000000h", 360_000_000_000),
        ("0.3333333333333333333h", 1_200_000_000_000),
        ("9223372036854775807ns", 2**63 - 1),
        ("-9223372036854775808ns", -(2**63)),
        ("1h1h", 2 * HOUR),
        ("0.9223372036854775807h", 3320413933267),
    ],
)
def test_parse(text: str, nanoseconds: int) -> None:
    assert goduration.parse(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        ("3", 'time: missing unit in duration "3"'),
        ("1h3", 'time: missing unit in duration "1h3"'),
        ("1d", 'time: unknown unit "d" in duration "1d"'),
        ("1h 2m", 'time: unknown unit "h " in duration "1h 2m"'),
        (".s", 'time: invalid duration ".s"'),
        ("s", 'time: invalid duration "s"'),
        ("1é", r'time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9"'),
        ('1"', r'time: unknown unit "\"" in duration "1\""'),
        ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
        ("99999999999999999999s", 'time: invalid duration "99999999999999999999s"'),
        ("3000000h", 'time: invalid duration "3000000h"'),
        ("2562047h48m", 'time: invalid duration "2562047h48m"'),
        ("9223372036854775807.9ns9h", 'time: invalid duration "9223372036854775807.9ns9h"'),
    ],
)
def test_parse_refuses(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^time: ") as caught:
        goduration.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (-1, "-1ns"),
        (1500, "1.5µs"),
        (1_500_000, "1.5ms"),
        (1_500_000_000, "1.5s"),
        (3_661_000_000_000, "1h1m1s"),
        (-90_000_000_000, "-1m30s"),
        (2**63 - 1, "2562047h47m16.854775807s"),
        (1_001_000_000, "1.001s"),
        (HOUR, "1h0m0s"),
        (MINUTE, "1m0s"),
        (-(2**63), "-2562047h47m16.854775808s"),
    ],
)
def test_display(nanoseconds: int, text: str) -> None:
    assert goduration.display(nanoseconds) == text


@given(st.integers(-(2**51), 2**51))
def test_display_reads_back(nanoseconds: int) -> None:
    assert goduration.parse(goduration.display(nanoseconds)) == nanoseconds


def test_in_units() -> None:
    assert goduration.in_units(5_400_000_000_000, HOUR) == 1.5
    assert goduration.in_units(-90_000_000_000, MINUTE) == -1.5
    assert goduration.in_units(1_500_000_000, SECOND) == 1.5
