"""Source: dispatcharr spec 2.12, "Versions compare numerically"."""

from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.site.hub.versions import at_least, is_newer, numbers


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1.20.3", [1, 20, 3]), ("v0.29.0", [0, 29]), ("V2", [2]), (" 1.0 ", [1]), ("0", [0]),
        ("1.2-rc1", None), ("", None), ("1..2", None), ("1.²", None), ("9" * 30, [int("9" * 18)]),
    ],
)  # fmt: skip
def test_numbers(version: str, found: list[int] | None) -> None:
    assert numbers(version) == found


@pytest.mark.parametrize(
    ("version", "other", "enough"),
    [
        ("0.29.0", "0.20", True), ("0.29", "0.29.0", True), ("0.9", "0.29", False),
        ("0.29.0", "0.30.0-beta", True), ("dev", "1.0", True),
    ],
)  # fmt: skip
def test_a_minimum_that_cannot_be_compared_blocks_nobody(
    version: str, other: str, enough: bool
) -> None:
    assert at_least(version, other) is enough


@pytest.mark.parametrize(
    ("version", "other", "newer"),
    [
        ("1.10", "1.9", True), ("1.9", "1.10", False), ("1.0", "1", False),
        ("1.0-b2", "1.0-b1", True), ("x", "x", False), ("", "1.0", False),
    ],
)  # fmt: skip
def test_updates(version: str, other: str, newer: bool) -> None:
    assert is_newer(version, other) is newer
