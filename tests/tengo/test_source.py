from __future__ import annotations

import pytest

from jackfield.tengo.source import SourceFile


@pytest.mark.parametrize(
    ("source", "offset", "position"),
    [
        ("abc", 0, "f:1:1"),
        ("a\nbc", 3, "f:2:2"),
        ("é=1", 1, "f:1:3"),
        ("日本=1", 2, "f:1:7"),
        ("😀=1", 1, "f:1:5"),
        (b"\xff=1", 1, "f:1:2"),
        ("", 0, "f:1:1"),
        ("a", -1, "-"),
    ],
)
def test_columns_count_bytes(source: str | bytes, offset: int, position: str) -> None:
    assert SourceFile("f", source).position(offset) == position


def test_a_nameless_file() -> None:
    assert SourceFile("", "a").position(0) == "1:1"


def test_lone_surrogates_are_invalid_bytes() -> None:
    assert SourceFile("f", "\ud800").text == "\udced\udca0\udc80"
