from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.outputs.m3u import Entry, attribute, line, write_m3u
from jackfield.dialects.dispatcharr.iptv.m3u import PlaylistReader

anything = st.text(max_size=60)


@given(st.lists(st.tuples(anything, anything, anything), max_size=5))
def test_whatever_a_name_is_the_playlist_has_its_lines(rows: list[tuple[str, str, str]]) -> None:
    entries = [
        Entry(name=name, url=f"http://host/{number}", group=group, logo=logo, guide_id=str(number))
        for number, (name, group, logo) in enumerate(rows)
    ]
    document = b"".join(write_m3u(entries, "http://host/guide?a=1&b=2"))
    read = list(PlaylistReader(io.BytesIO(document), name="x"))
    assert [entry.url for entry in read] == [entry.url for entry in entries]
    assert [entry.attributes["tvg-id"] for entry in read] == [e.guide_id for e in entries]
    assert document.count(b"\n") == 1 + 2 * len(entries)


@given(anything)
def test_an_attribute_ends_where_its_quotes_end(value: str) -> None:
    written = attribute(value)
    assert written[0] == written[-1] == '"' and '"' not in written[1:-1]
    assert len(written.splitlines()) == 1


@given(anything)
def test_a_line_is_one_line(value: str) -> None:
    assert len(line(value).splitlines()) <= 1


def test_plain_names_stay_as_they_are() -> None:
    document = b"".join(
        write_m3u([Entry(name="Kino, 1 – Ö", url="http://h/1", number="1.5", catchup_days=3)])
    ).decode()
    (entry,) = PlaylistReader(io.BytesIO(document.encode()), name="x")
    assert entry.display == "Kino, 1 – Ö" and entry.attributes["tvg-name"] == "Kino, 1 – Ö"
    assert entry.attributes["tvg-chno"] == "1.5" and entry.attributes["catchup-days"] == "3"
    assert "tvg-logo" not in entry.attributes
