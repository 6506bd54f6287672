from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.stream.hls import (
    best_variant,
    is_playlist,
    media_playlist,
)
from jackfield.dialects.dispatcharr.application.stream.source import Source, UpstreamError
from jackfield.dialects.dispatcharr.application.stream.upstream import open_source
from provider_of_streams import numbers, packets

MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS="avc1.4d,mp4a"
low.m3u8
#EXT-X-STREAM-INF:RESOLUTION=1920x1080,BANDWIDTH=9000,NAME="a,b"

sub/high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=x
none.m3u8
"""


def test_the_widest_variant() -> None:
    assert best_variant(MASTER, "http://h/a/master.m3u8") == "http://h/a/sub/high.m3u8"
    assert best_variant("#EXTM3U\n#EXTINF:6,\n1.ts", "http://h/") is None
    assert best_variant("#EXT-X-STREAM-INF:BANDWIDTH=1", "http://h/") is None


def test_segments_and_their_numbers() -> None:
    text = "\ufeff#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:17\n#EXTINF:4,\n1.ts\n\n#EXTINF:4,\nhttp://o/2.ts?x=1\n"
    found = media_playlist(text, "http://h/live/index.m3u8")
    assert found.segments == ("http://h/live/1.ts", "http://o/2.ts?x=1")
    assert (found.first, found.target, found.has_ended) == (17, 4.0, False)
    assert media_playlist(text + "#EXT-X-ENDLIST", "http://h/").has_ended


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html>", "no playlist"),
        ("", "no playlist"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n1.ts', "encrypted"),
        ('#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n1.m4s', "fragmented MP4"),
    ],
)
def test_what_only_a_program_can_read_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        media_playlist(text, "http://h/")


def test_no_encryption_is_no_encryption() -> None:
    assert media_playlist("#EXTM3U\n#EXT-X-KEY:METHOD=NONE\n1.ts", "http://h/").segments


@given(st.text(), st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str, url: str) -> None:
    best_variant(text, "http://h/")
    try:
        found = media_playlist(f"#EXTM3U\n{text}", "http://h/")
    except ValueError:
        return
    assert found.first >= 0 and 1 <= found.target <= 60
    is_playlist(text, url)


def test_what_is_a_playlist() -> None:
    assert is_playlist("application/vnd.apple.mpegurl", "http://h/x")
    assert is_playlist("", "http://h/x.m3u8?token=1")
    assert not is_playlist("video/mp2t", "http://h/x.ts?next=a.m3u8")


class Channel(ThreadingHTTPServer):
    """A live stream whose window of three segments moves with each reading, and then ends."""

    daemon_threads = True

    def __init__(self, last: int) -> None:
        self.readings = 0
        self.last = last
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Channel

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = b"" if "missing" in self.path else self._body()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.path == "/master.m3u8":
            return b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive/index.m3u8\n"
        if self.path.endswith("index.m3u8"):
            first = min(self.server.readings * 2, self.server.last - 2)
            self.server.readings += 1
            lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
            lines += [f"#EXTINF:1,\nseg{number}.ts" for number in range(first, first + 3)]
            if first + 2 >= self.server.last:
                lines.append("#EXT-X-ENDLIST")
            return "\n".join(lines).encode()
        number = int(self.path.removeprefix("/live/seg").removesuffix(".ts"))
        return packets(number * 50, 50)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def live() -> Iterator[Channel]:
    server = Channel(last=6)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def read(url: str) -> bytes:
    async def main() -> bytes:
        async with (
            httpx2.AsyncClient(trust_env=False) as http,
            open_source(Source(1, "s", url, user_agent="Box/1"), http) as pieces,
        ):
            return b"".join([piece async for piece in pieces])

    return asyncio.run(asyncio.wait_for(main(), 60))


def test_a_live_stream_is_one_stream(live: Channel) -> None:
    data = read(f"{live.url}/master.m3u8")
    assert [number for _, number in numbers(data)] == list(range(7 * 50))
    segments = [path for path in live.asked if path.endswith(".ts")]
    assert segments == [f"/live/seg{number}.ts" for number in range(7)]  # each once, in order


def test_a_playlist_that_is_gone_says_so(live: Channel) -> None:
    with pytest.raises(UpstreamError, match="404"):
        read(f"{live.url}/missing.m3u8")
