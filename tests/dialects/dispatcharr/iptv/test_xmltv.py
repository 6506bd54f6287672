from __future__ import annotations

import io
import socket
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.xmltv import (
    LONGEST_ELEMENT,
    GuideChannel,
    GuideReader,
    Programme,
)

TIMES = 'start="20260101120000 +0000" stop="20260101130000 +0000"'


def read(
    data: bytes | str, wanted: Container[str] | None = None
) -> tuple[list[GuideChannel], list[Programme], GuideReader]:
    content = data.encode() if isinstance(data, str) else data
    reader = GuideReader(io.BytesIO(content), wanted=wanted, name="guide.xml")
    items = list(reader)
    channels = [item for item in items if isinstance(item, GuideChannel)]
    return channels, [item for item in items if isinstance(item, Programme)], reader


def guide(*programmes: str, head: str = "", tail: str = "</tv>") -> str:
    return '<?xml version="1.0"?>' + head + "<tv>" + "".join(programmes) + tail


def programme(title: str = "T", channel: str = "a", times: str = TIMES) -> str:
    return f'<programme {times} channel="{channel}"><title>{title}</title></programme>'


class TestChannels:
    def test_id_first_name_and_icon(self) -> None:
        channels, _, _ = read(
            guide(
                '<channel id=" one.example "><display-name/><display-name>One</display-name>'
                '<display-name>1</display-name><icon src="http://i/1.png"/><icon src="x"/>'
                "</channel>",
                '<channel id="two"/>',
            )
        )
        assert channels == [
            GuideChannel("one.example", "One", "http://i/1.png"),
            GuideChannel("two", "two", None),
        ]

    def test_one_without_an_id_is_passed_over(self) -> None:
        channels, _, reader = read(guide('<channel id=" "/>', "<channel/>", '<channel id="a"/>'))
        assert [channel.id for channel in channels] == ["a"]
        assert reader.problems.counts == {"a channel without an id": 2}


class TestProgrammes:
    def test_one(self) -> None:
        _, programmes, reader = read(guide(programme("News")))
        assert programmes == [
            Programme(
                "a",
                datetime(2026, 1, 1, 12, tzinfo=UTC),
                datetime(2026, 1, 1, 13, tzinfo=UTC),
                "News", None, None, None,
            )
        ]  # fmt: skip
        assert reader.recovered == ""

    def test_only_those_of_wanted_channels_are_read(self) -> None:
        every = [programme(channel=name) for name in ("a", "A", "b", "b")]
        _, programmes, reader = read(guide(*every), wanted={"a"})
        assert [item.channel for item in programmes] == ["a"]
        assert reader.passed_over == 3

    @pytest.mark.parametrize("times", ["", 'start="20260101120000"', 'start="x" stop="y"'])
    def test_one_without_times_is_passed_over(self, times: str) -> None:
        _, programmes, reader = read(guide(programme(times=times), programme()))
        assert len(programmes) == 1
        assert reader.problems.first == ["line 1: a programme without a readable start and stop"]

    def test_one_without_a_channel_is_passed_over(self) -> None:
        _, programmes, _ = read(guide(f"<programme {TIMES}><title>T</title></programme>"))
        assert programmes == []


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
    def test_declared_ones(self, encoding: str) -> None:
        text = f'<?xml version="1.0" encoding="{encoding}"?><tv>{programme("Café")}</tv>'
        assert read(text.encode(encoding))[1][0].title == "Café"

    def test_a_mark_and_blank_lines_before_the_declaration(self) -> None:
        assert len(read(b"\xef\xbb\xbf" + guide(programme()).encode())[1]) == 1
        assert len(read("\n\n " + guide(programme()))[1]) == 1

    def test_bytes_of_another_encoding_spoil_their_letter_only(self) -> None:
        data = guide(programme("Caf\xe9"), programme("Two &amp; a half")).encode("latin-1")
        assert [item.title for item in read(data)[1]] == ["Caf\ufffd", "Two & a half"]


class TestRecovery:
    def test_a_truncated_guide_gives_what_came_before(self) -> None:
        text = guide(*[programme(f"P{n}") for n in range(50)])
        _, programmes, reader = read(text[: text.index("P40")])
        titles = [item.title for item in programmes]
        assert titles[:40] == [f"P{n}" for n in range(40)]
        assert reader.recovered

    def test_every_place_to_break_off(self) -> None:
        text = guide('<channel id="a"><display-name>A</display-name></channel>', programme("One"))
        for place in range(len(text)):
            channels, programmes, _ = read(text[:place])
            assert len(channels) <= 1
            assert len(programmes) <= 1

    def test_ampersands_that_are_none_of_xml(self) -> None:
        data = guide(programme("A & B &amp; C &eacute; &own;"), programme("D &amp; E"))
        assert [item.title for item in read(data)[1]] == ["A & B & C é &own;", "D & E"]

    def test_tags_that_do_not_fit(self) -> None:
        data = guide(programme("A</desc>"), programme("B &lt; C"))
        titles = [item.title for item in read(data)[1]]
        assert titles[0] == "A"

    def test_zero_bytes(self) -> None:
        assert read(guide(programme("A\0B\1")))[1][0].title == "AB"

    @pytest.mark.parametrize(
        "content",
        [b"", b"\0\0\0", b"<html><body><p>Not found<br></body></html>", b"no xml", b"\xff" * 9000],
    )
    def test_what_is_no_guide_has_nothing(self, content: bytes) -> None:
        channels, programmes, _ = read(content)
        assert (channels, programmes) == ([], [])

    def test_comments_and_instructions_inside(self) -> None:
        data = guide(
            f'<programme {TIMES} channel="a"><!-- c --><?p x?><title>T</title></programme>'
        )
        assert read(data)[1][0].title == "T"


class Listener:
    """A server that counts who comes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def came(self) -> bool:
        try:
            self.socket.accept()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.socket.close()


class TestEntities:
    def test_a_bomb_does_not_go_off(self) -> None:
        levels = "".join(
            f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
        )  # a hundred thousand millions
        head = f'<!DOCTYPE tv [<!ENTITY l0 "lol">{levels}]>'
        _, programmes, _ = read(guide(programme("x &l11; y"), programme("next"), head=head))
        assert [item.title for item in programmes] == ["x &l11; y", "next"]

    def test_no_file_is_read(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("the secret")
        head = f'<!DOCTYPE tv [<!ENTITY x SYSTEM "file://{secret}">]>'
        _, programmes, _ = read(guide(programme("&x;"), head=head))
        assert "secret" not in programmes[0].title

    def test_nothing_is_fetched(self, listener: Listener) -> None:
        url = f"http://127.0.0.1:{listener.port}/x"
        head = (
            f'<!DOCTYPE tv SYSTEM "{url}.dtd" [<!ENTITY % p SYSTEM "{url}">%p;'
            f'<!ENTITY x SYSTEM "{url}">]>'
        )
        assert len(read(guide(programme("&x;"), head=head))[1]) == 1
        assert not listener.came()

    def test_an_include_is_nothing(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("the secret")
        inner = (
            f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'
        )
        assert read(guide(programme(inner)))[1][0].title == "No Title"


class Endless:
    """A file that goes on and on: a head, then the same piece."""

    def __init__(self, head: bytes, piece: bytes, size: int) -> None:
        self._head, self._piece, self._left = head, piece, size

    def read(self, size: int) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        if self._left <= 0:
            return b""
        chunk = self._piece * (size // len(self._piece))
        self._left -= len(chunk)
        return chunk

    @property
    def read_so_far(self) -> int:
        return self._left


PIECES = {
    "elements": b"<a/>", "depth": b"<a>", "text": b"abcd", "entities": b"&x;", "comment": b"<!-- ",
    "attributes": b"a='1' ",
}  # fmt: skip


class TestEndlessElements:
    @pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
    def test_a_file_of_one_element_is_no_guide(self, piece: bytes) -> None:
        source = Endless(b"<tv><x ", piece, 40 * LONGEST_ELEMENT)
        with pytest.raises(BadSource, match=r"^guide\.xml: is no guide"):
            list(GuideReader(source, name="guide.xml"))
        assert source.read_so_far > 30 * LONGEST_ELEMENT

    def test_after_good_ones_these_are_kept(self) -> None:
        source = Endless(guide(programme(), tail="").encode() + b"<x>", b"text", 1 << 30)
        reader = GuideReader(source)
        assert len(list(reader)) == 1
        assert "without a channel or a programme" in reader.recovered


@given(st.binary(max_size=600))
def test_no_bytes_raise(content: bytes) -> None:
    read(guide(programme(), tail="").encode() + content)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=80))
def test_titles_that_were_written_are_read(title: str) -> None:
    from xml.sax.saxutils import escape

    plain = "".join(letter for letter in title if letter not in "\ufffe\uffff")
    found: Any = read(guide(programme(escape(plain))))[1][0].title
    assert found == (plain.strip()[:255] or "No Title")
