from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv import lines
from jackfield.dialects.dispatcharr.iptv.lines import blocks


def read(content: bytes, longest: int = lines.LONGEST) -> tuple[dict[int, str], list[int]]:
    """Lines by number, without empty ones, and the numbers of those that were dropped."""
    dropped: list[int] = []
    found = {}
    for first, texts in blocks(io.BytesIO(content), longest=longest, dropped=dropped.append):
        for number, text in enumerate(texts, first):
            if text.strip():
                found[number] = text.rstrip("\r")
    return found, dropped


@pytest.mark.parametrize(
    "content",
    [
        "a\nä€𝄞\nc".encode(),
        codecs.BOM_UTF8 + "a\nä€𝄞\nc\n".encode(),
        "a\nä€𝄞\nc".encode("utf-16"),
        codecs.BOM_UTF16_BE + "a\nä€𝄞\nc".encode("utf-16-be"),
        "a\r\nä€𝄞\r\nc\r\n".encode(),
    ],
)
def test_every_unicode_with_and_without_a_mark(content: bytes) -> None:
    assert read(content) == ({1: "a", 2: "ä€𝄞", 3: "c"}, [])


def test_a_line_of_another_encoding_spoils_no_other() -> None:
    content = "Über\n".encode() + "Café €\n".encode("cp1252") + "Ö\n".encode() + b"\x81x\n"
    assert read(content)[0] == {1: "Über", 2: "Café €", 3: "Ö", 4: "x"}


def test_control_characters_are_left_out() -> None:
    assert read(b"a\x00b\x1b[31mc\x7f\n\ttab")[0] == {1: "ab[31mc", 2: "\ttab"}


def test_an_endless_line_is_dropped_and_counted_once() -> None:
    content = b"first\n" + b"x" * 3_000_000 + b"\nlast\n"
    assert read(content) == ({1: "first", 3: "last"}, [2])


def test_a_file_that_is_one_endless_line() -> None:
    assert read(b"\xff" * 2_000_000) == ({}, [1])


def test_a_long_line_that_came_in_one_piece() -> None:
    assert read(b"a\n" + b"x" * 50 + b"\nb", longest=20) == ({1: "a", 3: "b"}, [2])


def test_an_endless_line_is_not_held_in_memory() -> None:
    class Endless:
        left = 400  # times a quarter of a MiB

        def read(self, size: int) -> bytes:
            self.left -= 1
            return b"y" * size if self.left else b""

    dropped: list[int] = []
    assert list(blocks(Endless(), dropped=dropped.append)) == []
    assert dropped == [1]


@given(st.binary(max_size=2000), st.integers(1, 64))
def test_nothing_of_bytes_raises(content: bytes, longest: int) -> None:
    found, dropped = read(content, longest)
    assert not set(found) & set(dropped)
    "\n".join(found.values()).encode()  # no halves of characters


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30), max_size=30))
def test_what_was_written_is_read(texts: list[str]) -> None:
    found, _ = read("\n".join(texts).encode(), longest=1000)
    expected = {n: text for n, text in enumerate(texts, 1) if text.strip()}
    if texts and texts[0].startswith("\ufeff"):  # taken for a mark
        expected[1] = texts[0].removeprefix("\ufeff")
        expected = {n: text for n, text in expected.items() if text.strip()}
    assert found == expected
