"""Which parts of a file are asked for. Source: RFC 7233 as Go follows it."""

from __future__ import annotations

import pytest

from jackfield.dialects.servemsx.ranges import BadRange, NoOverlap, Span, spans


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", []),
        ("bytes=", []),
        ("bytes=0-", [Span(0, 10)]),
        ("bytes=2-3", [Span(2, 2)]),
        ("bytes= 2 - 3 ,, -1", [Span(2, 2), Span(9, 1)]),
        ("bytes=8-99,10-", [Span(8, 2)]),
        ("bytes=-99", [Span(0, 10)]),
        ("bytes=0-5,5-9", []),
    ],
)
def test_spans(header: str, found: list[Span]) -> None:
    assert spans(header, 10) == found


@pytest.mark.parametrize(
    "header",
    ["bytes", "items=1-2", "bytes=1", "bytes=-", "bytes=--1", "bytes=2-1", "bytes=1-x",
     "bytes=+1-2", "bytes=1-2,x", "bytes=0-" + "9" * 30],
)  # fmt: skip
def test_what_cannot_be_read(header: str) -> None:
    with pytest.raises(BadRange, match=r"invalid range\Z"):
        spans(header, 10)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-1", "bytes=10-,11-", "bytes=-0"])
def test_what_lies_behind_the_end(header: str) -> None:
    with pytest.raises(NoOverlap, match="failed to overlap"):
        spans(header, 10)


def test_an_empty_file_is_sent_whole() -> None:
    assert spans("bytes=0-1", 0) == []


def test_content_range() -> None:
    assert Span(2, 3).content_range(10) == "bytes 2-4/10"
