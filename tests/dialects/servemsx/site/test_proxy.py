from __future__ import annotations

from urllib.parse import quote

import pytest

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.site.proxy import with_absolute_addresses

from .conftest import Upstream, World

PLAYLIST = (
    b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:5\n"
    b'#EXT-X-MEDIA:TYPE=AUDIO,NAME="a, b",URI="audio/x.m3u8"\n'
    b"#EXTINF:4,\r\nseg 1.ts?x=1\r\n\n../up.ts\nhttp://other/z.ts"
)


def test_addresses_are_written_out() -> None:
    found = with_absolute_addresses(PLAYLIST, urls.parse("http://h:1/live/main.m3u8?t=1"))
    assert found == (
        b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:5\n"
        b'#EXT-X-MEDIA:TYPE=AUDIO,NAME="a, b",URI="http://h:1/live/audio/x.m3u8"\r\n'
        b"#EXTINF:4,\r\nhttp://h:1/live/seg%201.ts?x=1\r\n\nhttp://h:1/up.ts\r\n"
        b"http://other/z.ts\r\n"
    )


@pytest.mark.parametrize("text", [b"", b"\n", b"#EXT-X-MEDIA", b'#EXT-X-MEDIA,URI="x', b"\xff"])
def test_odd_playlists_pass(text: bytes) -> None:
    assert isinstance(with_absolute_addresses(text, urls.parse("http://h/a")), bytes)


def test_a_playlist_comes_whole(world: World, upstream: Upstream) -> None:
    kind = "application/vnd.apple.mpegurl"
    upstream.answers["/l/a.m3u8"] = (200, {"Content-Type": kind, "X-Up": "1"}, PLAYLIST)
    link = quote(f"{upstream.base}/l/a.m3u8", safe="")
    got = world.get(f"/proxy.m3u8?link={link}&header=X-A:%20b&header=Referer:http://r/&header=bad")
    assert got.status == 200
    assert int(got.headers["content-length"]) == len(got.body) > len(PLAYLIST)
    assert f"{upstream.base}/l/seg%201.ts?x=1\r\n" in got.text
    assert (got.headers["content-type"], got.headers["x-up"]) == (kind, "1")
    sent = upstream.asked[0][2]
    assert (sent["x-a"], sent["referer"]) == ("b", "http://r/")


def test_the_status_of_the_other_server(world: World, upstream: Upstream) -> None:
    got = world.get(f"/proxy.m3u8?link={upstream.base}/gone")
    assert got.status == 404


def test_a_playlist_without_a_type(world: World, upstream: Upstream) -> None:
    upstream.answers["/a.m3u8"] = (200, {}, b"#EXTM3U\n")
    got = world.get(f"/proxy.m3u8?link={upstream.base}/a.m3u8")
    assert got.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (
            "http://127.0.0.1:1/x",
            'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused',
        ),
        ("ftp://x/y", 'Get "ftp://x/y": unsupported protocol scheme "ftp"'),
        ("foo", 'Get "foo": unsupported protocol scheme ""'),
        ("http:///x", 'Get "http:///x": http: no Host in request URL'),
        ("::bad", 'parse "::bad": missing protocol scheme'),
        ("http://h:x/", 'parse "http://h:x/": invalid port ":x" after host'),
        ("%25zz", 'parse "%zz": invalid URL escape "%zz"'),
    ],
)
def test_what_cannot_be_fetched(world: World, link: str, text: str) -> None:
    assert world.get("/proxy.m3u8").status == 400
    got = world.get(f"/proxy.m3u8?link={link}")
    assert (got.status, got.text) == (500, f"{text}\n")


def test_another_sites_page_does_not_read_the_home_network(
    world: World, upstream: Upstream
) -> None:
    foreign = {"origin": "http://msx.benzac.de"}
    got = world.get(f"/proxy.m3u8?link={upstream.base}/x", headers=foreign)
    assert got.status == 500
    assert upstream.asked == []
