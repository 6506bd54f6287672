from __future__ import annotations

import io
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.m3u import (
    Entry,
    PlaylistReader,
    address,
    attributes_of,
)


def read(text: str | bytes) -> tuple[list[Entry], PlaylistReader]:
    data = text.encode() if isinstance(text, str) else text
    reader = PlaylistReader(io.BytesIO(data), name="list.m3u")
    return list(reader), reader


def one(*lines: str) -> Entry:
    entries, _ = read("\n".join(["#EXTM3U", *lines]))
    (entry,) = entries
    return entry


class TestEntries:
    def test_attributes_display_name_and_address(self) -> None:
        entry = one(
            '#EXTINF:-1 tvg-id="one.example" TVG-Name=\'One HD\' group-title="News",One, and more',
            "http://host/1.ts",
        )
        assert entry.attributes == {
            "tvg-id": "one.example",
            "tvg-name": "One HD",
            "group-title": "News",
        }
        assert entry.display == "One, and more"
        assert entry.url == "http://host/1.ts"
        assert entry.line == 3

    def test_quotes_of_the_other_kind_and_commas_inside_values(self) -> None:
        entry = one('#EXTINF:-1 a="it\'s, fine" b=\'say "x"\',Name', "http://h/1")
        assert entry.attributes == {"a": "it's, fine", "b": 'say "x"'}
        assert entry.display == "Name"

    def test_without_attributes_the_name_follows_the_first_comma(self) -> None:
        assert one("#EXTINF:-1,A, B", "http://h/1").display == "A, B"
        assert one("#EXTINF:0 , Spaced ", "http://h/1").display == "Spaced"

    def test_attributes_that_touch_each_other(self) -> None:
        assert one('#EXTINF:-1 a="1"b="2",N', "http://h/1").attributes == {"a": "1", "b": "2"}

    def test_an_empty_value_and_a_quote_without_its_other(self) -> None:
        entry = one('#EXTINF:-1 a="" b="open,Name', "http://h/1")
        assert entry.attributes == {"a": ""}

    def test_the_group_of_another_tag_fills_in_only(self) -> None:
        lines = ("#EXTINF:-1,N", "#EXTGRP: Sport ", "http://h/1")
        assert one(*lines).attributes["group-title"] == "Sport"
        lines = ('#EXTINF:-1 group-title="News",N', "#EXTGRP:Sport", "http://h/1")
        assert one(*lines).attributes["group-title"] == "News"
        lines = ('#EXTINF:-1 group-title="",N', "#EXTGRP:Sport", "http://h/1")
        assert one(*lines).attributes["group-title"] == ""

    def test_options_for_vlc_are_kept_and_others_passed_over(self) -> None:
        entry = one(
            "#EXTINF:-1,N", "#EXTVLCOPT:http-user-agent=X", "#KODIPROP:a=b", "#EXTVLCOPT: n=1",
            "http://h/1",
        )  # fmt: skip
        assert entry.options == ["http-user-agent=X", "n=1"]

    def test_a_tag_of_one_entry_does_not_reach_the_next(self) -> None:
        entries, _ = read("#EXTINF:-1,A\n#EXTGRP:G\nhttp://h/1\n#EXTINF:-1,B\nhttp://h/2")
        assert ["group-title" in entry.attributes for entry in entries] == [True, False]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "  \r\n"])
    def test_ends_of_lines(self, end: str) -> None:
        entries, _ = read(end.join(["#EXTM3U", "#EXTINF:-1,A", "http://h/1", ""]))
        assert [(entry.display, entry.url) for entry in entries] == [("A", "http://h/1")]

    def test_the_header_tells_where_guides_are(self) -> None:
        _, reader = read('#EXTM3U url-tvg="http://a/x.xml, http://b/y.xml.gz" x="1"\n')
        assert reader.guide_urls == ["http://a/x.xml", "http://b/y.xml.gz"]
        assert reader.header["x"] == "1"
        _, reader = read('#EXTM3U x-tvg-url="http://a/x.xml"\n')
        assert reader.guide_urls == ["http://a/x.xml"]


class TestNames:
    def name(self, era: Any, info: str) -> str:
        return one(f"#EXTINF:-1{info}", "http://h/stream.ts").name(era)

    def test_each_era_takes_it_from_another_place_first(self) -> None:
        info = ' tvg-name="Tag" tvc-guide-title="Guide",Shown'
        assert self.name("current", info) == "Shown"
        assert self.name("seed", info) == "Tag"

    def test_what_is_missing_is_taken_from_the_next_place(self) -> None:
        assert self.name("current", ' tvg-name="Tag" tvc-guide-title="Guide",') == "Guide"
        assert self.name("current", ' tvg-name="Tag",') == "Tag"
        assert self.name("seed", ' tvg-name=" " tvc-guide-title="Guide",Shown') == "Guide"
        assert self.name("seed", ",Shown") == "Shown"

    def test_without_any_name_it_is_what_stands_there_or_the_address(self) -> None:
        assert self.name("seed", ' tvg-id="x"') == '-1 tvg-id="x"'
        assert one("#EXTINF:", "http://h/stream.ts").name("current") == "http://h/stream.ts"


class TestAddresses:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("http://h/1", "http://h/1"),
            ("HTTPS://h/1", "HTTPS://h/1"),
            ("rtsp://h/1", "rtsp://h/1"),
            ("rtp://239.0.0.1:5000", "rtp://239.0.0.1:5000"),
            ("udp://@239.0.0.1:5000", "udp://239.0.0.1:5000"),
            ("udp://239.0.0.1:5000", "udp://239.0.0.1:5000"),
            ("rtmp://h/1", None),
            ("file:///etc/passwd", None),
            ("relative/path.ts", None),
        ],
    )
    def test_which_count(self, line: str, expected: str | None) -> None:
        assert address(line) == expected


class TestProblems:
    def test_what_is_passed_over_is_named_with_its_line(self) -> None:
        entries, reader = read(
            "#EXTM3U\n#EXTINF:-1,lost\n#EXTINF:-1,A\nhttp://h/1\nhttp://h/2\nnonsense\n#EXTINF:-1,B"
        )
        assert [entry.display for entry in entries] == ["A"]
        assert reader.problems.first == [
            "line 2: #EXTINF without an address after it",
            "line 5: an address without #EXTINF before it",
            "line 6: neither a tag nor an address",
            "line 7: #EXTINF without an address after it",
        ]
        assert "2 × #EXTINF without an address" in str(reader.problems)

    def test_only_the_first_of_many_are_kept(self) -> None:
        _, reader = read("#EXTM3U\n" + "junk\n" * 5000)
        assert len(reader.problems.first) == 20
        assert reader.problems.counts.total() == 5000

    def test_an_endless_line_between_entries(self) -> None:
        entries, reader = read(
            b"#EXTM3U\n#EXTINF:-1,A\nhttp://h/1\n#EXTINF:-1 " + b"x" * 1_000_000
            + b"\n#EXTINF:-1,B\nhttp://h/2\n"
        )  # fmt: skip
        assert [entry.display for entry in entries] == ["A", "B"]
        assert reader.problems.first == ["line 4: a line longer than 64 KiB"]

    def test_binary_junk_between_entries(self) -> None:
        entries, _ = read(
            b"#EXTM3U\n" + bytes(range(256)) * 40 + b"\n#EXTINF:-1,A\nhttp://h/1\n\xfe\xff\x00"
        )
        assert [entry.display for entry in entries] == ["A"]

    @pytest.mark.parametrize(
        "content",
        [b"", b"<html><body>404</body></html>", b"\x00" * 500, b"\x89PNG\r\n" + b"\xff" * 500_000],
    )
    def test_what_is_no_playlist(self, content: bytes) -> None:
        with pytest.raises(BadSource, match=r"^list\.m3u: is no playlist"):
            read(content)

    def test_a_list_of_addresses_alone_is_read_and_has_no_entry(self) -> None:
        entries, reader = read("http://h/1\nhttp://h/2\n")
        assert entries == []
        assert reader.problems.counts.total() == 2

    def test_a_late_mark_is_no_playlist(self) -> None:
        with pytest.raises(BadSource):
            read("junk\n" * 100_000 + "#EXTM3U\n#EXTINF:-1,A\nhttp://h/1")


NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
VALUES = st.text(st.characters(exclude_characters='"\n\r', exclude_categories=["Cc", "Cs"]))


class TestProperties:
    @given(st.dictionaries(NAMES, VALUES, max_size=6), st.text("abc ,'", max_size=20))
    def test_attributes_that_were_written_are_read(self, given_: dict[str, str], name: str) -> None:
        written = " ".join(f'{key}="{value}"' for key, value in given_.items())
        found, end = attributes_of(f"-1 {written},{name}")
        assert found == given_
        if given_:
            assert f"-1 {written},{name}"[end:] == f",{name}"

    @given(st.binary(max_size=1500))
    def test_no_bytes_raise_anything_else(self, content: bytes) -> None:
        entries, reader = read(b"#EXTM3U\n" + content)
        assert all(entry.url for entry in entries)
        assert reader.lines >= 1

    @given(st.text("a=\"',= \t", max_size=300))
    def test_no_line_raises(self, text: str) -> None:
        found, end = attributes_of(text)
        assert 0 <= end <= len(text)
        assert all("=" not in key and key == key.lower() for key in found)

    @settings(deadline=None)
    @given(st.sampled_from(["a", 'a="', "a='", "= ", "a ", " =", '"a=', "a=\"'"]))
    def test_a_hostile_line_is_read_as_fast_as_any(self, unit: str) -> None:
        # Not a time is asserted but that it ends: a pattern that tries everything never would.
        begun = time.process_time()
        attributes_of(unit * (60_000 // len(unit)))
        assert time.process_time() - begun < 60
