from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jackfield.dialects.dispatcharr.application.outputs.xmltv import (
    attribute,
    channel_element,
    programme_element,
    text,
    xmltv_time,
)
from jackfield.dialects.dispatcharr.iptv.programme import read_children

WHEN = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)

anything = st.text() | st.text(st.characters(categories=["Cc", "Cs", "Cn", "Po", "Sm", "Lu"]))


def parsed(fragment: str) -> Any:
    return etree.fromstring(f"<tv>{fragment}</tv>".encode())


@given(anything, anything, anything, anything)
def test_whatever_is_in_a_row_the_document_is_xml(
    key: str, title: str, description: str, value: str
) -> None:
    properties = {
        "categories": [value],
        "credits": {"actor": [{"name": value, "role": value}], "director": [value]},
        "rating": value,
        "rating_system": value,
        "icon": value,
        "onscreen_episode": value,
        "images": [{"url": value, "type": value}],
        "reviews": [{"content": value, "source": value}],
        "length": {"value": value, "units": value},
        "star_ratings": [{"value": value}],
        "subtitles": [{"type": value, "language": value}],
        "previously_shown": True,
        "previously_shown_details": {"start": value},
        "video": {"aspect": value},
    }
    tv = parsed(
        channel_element(key, title, value, value)
        + programme_element(key, WHEN, WHEN, title, value, description, properties)
    )
    assert len(tv) == 2
    assert tv[0].get("id") == tv[1].get("channel")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")))
def test_what_xml_can_hold_arrives_as_it_was(value: str) -> None:
    node = etree.fromstring(f"<a b={attribute(value)}>{text(value)}</a>".encode())
    assert (node.text or "") == value and node.get("b") == value


@pytest.mark.parametrize(
    "properties",
    [
        None,
        {},
        [],
        "text",
        {"categories": None, "credits": "x", "length": 5, "video": [], "images": [None, "x"]},
        {"season": "two", "episode": -1, "star_ratings": [{}], "reviews": {}, "subtitles": "x"},
    ],
)
def test_properties_that_plugins_wrote_wrongly_do_no_harm(properties: Any) -> None:
    assert len(parsed(programme_element("1", WHEN, WHEN, "T", None, None, properties))) == 1


def test_our_own_reader_reads_back_what_was_written() -> None:
    said = {
        "categories": ["News", "A & B"],
        "keywords": ["k"],
        "season": 2,
        "episode": 5,
        "onscreen_episode": "S02E05",
        "dd_progid": "EP01.0001",
        "rating": "PG",
        "rating_system": "MPAA",
        "star_ratings": [{"value": "4/5", "system": "x"}],
        "credits": {"director": ["D"], "actor": [{"name": "A", "role": "R", "guest": True}]},
        "date": "2020",
        "country": "DE",
        "language": "de",
        "original_language": "en",
        "length": {"value": "60", "units": "minutes"},
        "video": {"aspect": "16:9", "quality": "HDTV"},
        "audio": {"stereo": "stereo"},
        "subtitles": [{"type": "teletext", "language": "de"}],
        "reviews": [{"type": "text", "source": "S", "content": "good"}],
        "images": [{"url": "http://x/i.png", "type": "poster"}],
        "icon": "http://x/c.png",
        "new": True,
        "live": True,
        "premiere": True,
        "premiere_text": "first",
        "previously_shown": True,
        "previously_shown_details": {"start": "20200101"},
        "last_chance": True,
    }
    tv = parsed(programme_element("1", WHEN, WHEN, "T", "S", "D", said))
    assert read_children(tv[0]) == ("T", "S", "D", said)


def test_elements_come_in_the_order_of_the_dtd() -> None:
    order = [
        "title",
        "sub-title",
        "desc",
        "credits",
        "date",
        "category",
        "keyword",
        "language",
        "orig-language",
        "length",
        "icon",
        "url",
        "country",
        "episode-num",
        "video",
        "audio",
        "previously-shown",
        "premiere",
        "last-chance",
        "new",
        "live",
        "subtitles",
        "rating",
        "star-rating",
        "review",
        "image",
    ]
    said = {
        "images": [{"url": "u"}],
        "new": True,
        "categories": ["c"],
        "rating": "r",
        "credits": {"actor": ["a"]},
        "season": 1,
        "date": "d",
        "icon": "i",
        "subtitles": [{"type": "t"}],
        "live": True,
    }
    tags = [
        child.tag for child in parsed(programme_element("1", WHEN, WHEN, "T", "s", "d", said))[0]
    ]
    assert tags == sorted(tags, key=order.index)


def test_times_are_utc() -> None:
    berlin = datetime.fromisoformat("2026-03-14T13:30:00+01:00")
    assert xmltv_time(berlin) == "20260314123000 +0000"


def test_the_whole_is_what_lxml_streams(django_env: Any) -> None:
    from jackfield.dialects.dispatcharr.application.outputs.xmltv import write_guide

    document = b"".join(write_guide([], guide_id=lambda c: "", logo=lambda c: ""))
    assert [e.tag for _, e in etree.iterparse(io.BytesIO(document))] == ["tv"]
