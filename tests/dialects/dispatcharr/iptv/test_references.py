from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jackfield.dialects.dispatcharr.iptv.references import harmless, narrowed, wide_encoding


def through(data: bytes, size: int = 1 << 20) -> bytes:
    return b"".join(harmless(data[i : i + size] for i in range(0, len(data), size)))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"a &amp; b &lt;c&gt; &quot;&apos;", "a & b <c> \"'"),
        (b"a & b", "a & b"),
        (b"a &nbsp;b &eacute;", "a \xa0b é"),
        (b"&own; &own", "&own; &own"),
        (b"&#233; &#xE9; &#38;amp;", "é é &amp;"),
        (b"&#; &#x; &#xZZ;", "&#; &#x; &#xZZ;"),
        (b"&&&amp;&", "&&&&"),
        (b"<![CDATA[a & b &amp; <c>]]> &nbsp;", "a & b &amp; <c> \xa0"),
        (b"<![CDATA[]]]]><![CDATA[>&]]>&", "]]>&&"),
    ],
)
def test_what_is_meant_is_read(written: bytes, read: str) -> None:
    for size in (1, 2, 3, 7, 1000):
        document = through(b"<t>" + written + b"</t>", size)
        assert "".join(etree.fromstring(document).itertext()) == read


def test_in_attributes_too() -> None:
    element = etree.fromstring(through(b'<t src="http://h/?a=1&b=2&amp;c=3"/>'))
    assert element.get("src") == "http://h/?a=1&b=2&c=3"


def test_no_reference_by_name_is_left_outside_of_cdata() -> None:
    bomb = (
        b'<!DOCTYPE t [<!ENTITY a "&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]><t>&a;&x;</t>'
    )
    assert re.search(rb"&[^#]", through(bomb)) is None


def test_characters_that_xml_forbids_are_left_out() -> None:
    assert through(b"<t>\x00a\x1b\t\r\n</t>") == b"<t>a\t\r\n</t>"


def test_files_whose_letters_are_two_bytes() -> None:
    text = "<tv>ä€𝄞</tv>"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        data = text.encode(encoding)
        found = wide_encoding(data)
        assert found
        pieces = [data[i : i + 3] for i in range(0, len(data), 3)]
        assert b"".join(narrowed(pieces, found)).decode() == text
    assert wide_encoding(b"<tv>") == ""
    assert wide_encoding(b"") == ""


PIECES = [
    b"&", b";", b"amp", b"#", b"x41", b"<![CDATA[", b"]]>", b"]", b"<", b"a", b"!", b"[", b"\0",
    b"&amp;", b"&#65;", b"nbsp;",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join), st.integers(1, 50))
def test_where_the_file_is_cut_makes_no_difference(data: bytes, size: int) -> None:
    assert through(data, size) == through(data)
