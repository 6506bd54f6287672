from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.kinds import is_address, kind_of, login_of, name_of
from jackfield.errors import InvalidInput


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("http://h/list.m3u", "m3u"),
        ("http://h/get.php?username=a&password=b&type=m3u_plus", "m3u"),
        ("http://h/anything", "m3u"),
        ("http://h/guide.xml", "epg"),
        ("http://h/guide.xml.gz", "epg"),
        ("http://h/xmltv.php?username=a&password=b", "epg"),
        ("http://h/output/epg", "epg"),
        ("http://h/player_api.php?username=a&password=b", "xtream"),
    ],
)
def test_what_an_address_is(source: str, kind: str) -> None:
    assert kind_of(source) == kind


def test_with_a_login_it_is_an_xtream_server() -> None:
    assert kind_of("http://h:8080", login=True) == "xtream"
    assert kind_of("http://h/list.m3u", login=True) == "m3u"


def test_what_a_file_is_its_content_says(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbf\n<?xml version='1.0'?><tv/>")
    assert kind_of(str(path)) == "epg"
    path.write_bytes(gzip.compress(b"<tv/>"))
    assert kind_of(str(path)) == "epg"
    path.write_bytes("<tv/>".encode("utf-16"))
    assert kind_of(str(path)) == "epg"
    path.write_bytes(b"#EXTM3U\n")
    assert kind_of(str(path)) == "m3u"


def test_a_web_page_is_neither_a_playlist_nor_a_guide(tmp_path: Path) -> None:
    page = tmp_path / "list.m3u"
    for text in ("<!DOCTYPE html><p>log in", "<!-- x -->\n<HTML lang='en'>", "<head></head>"):
        page.write_text(text)
        with pytest.raises(BadSource, match="is a web page"):
            kind_of(str(page))
    page.write_text("<tv><channel id='html'><display-name>&lt;html></display-name></channel></tv>")
    assert kind_of(str(page)) == "epg"


def test_what_is_said_counts(tmp_path: Path) -> None:
    assert kind_of("http://h/list.m3u", "epg") == "epg"
    with pytest.raises(InvalidInput, match="--type: expected m3u, epg, xtream, found 'x'"):
        kind_of("http://h/list.m3u", "x")


def test_what_cannot_be_imported(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="no such file"):
        kind_of(str(tmp_path / "none"))
    with pytest.raises(BadSource, match="is no http or https address"):
        kind_of("ftp://h/list.m3u")


def test_addresses_and_files() -> None:
    assert is_address("HTTP://x")
    assert not is_address("/tmp/http://x")
    assert not is_address("list.m3u")


def test_logins_in_addresses() -> None:
    assert login_of("http://h/get.php?username=a%20b&password=c") == ("a b", "c")
    assert login_of("http://h/") == ("", "")
    assert login_of("http://[") == ("", "")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/lists/My TV.m3u", "My TV"),
        ("guide.xml.gz", "guide"),
        ("http://tv.example/get.php?x=1", "tv.example"),
        ("http://tv.example:8080/", "tv.example"),
        ("http://tv.example/sports%20de.m3u8", "tv.example sports de"),
        (".m3u", "source"),
    ],
)
def test_names(source: str, name: str) -> None:
    assert name_of(source) == name
