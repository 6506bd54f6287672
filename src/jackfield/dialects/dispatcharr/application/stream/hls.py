"""Reading HTTP Live Streaming as one continuous transport stream.

What needs more than joining segments (encryption, fragmented MP4, separate audio) is left to
programs. Source: RFC 8216: tags, relative addresses (4.1), where to begin (6.3.3), reload (6.3.4).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2

from jackfield.dialects.dispatcharr.application.stream.source import Source, UpstreamError

LARGEST = 1024 * 1024
"""Bytes of a playlist."""

_BEHIND = 3
"""Segments from the end at which a live stream is begun."""

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_PROGRAM = "give the channel the stream profile FFmpeg or Streamlink"


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """Segments in order, the first of which has the number *first*; times in seconds."""

    segments: tuple[str, ...]
    first: int
    target: float
    has_ended: bool


def is_playlist(content_type: str, url: str) -> bool:
    """Whether an answer is a playlist rather than a stream."""
    path = url.partition("?")[0].partition("#")[0].lower()
    return "mpegurl" in content_type.lower() or path.endswith((".m3u8", ".m3u"))


def best_variant(text: str, url: str) -> str | None:
    """Of a master playlist the variant with the highest bandwidth; ``None`` of another playlist."""
    best: tuple[int, str] | None = None
    lines = [line.strip() for line in text.splitlines()]
    for place, line in enumerate(lines):
        if not line.startswith("#EXT-X-STREAM-INF:"):
            continue
        said = dict(_ATTRIBUTE.findall(line))
        address = next((one for one in lines[place + 1 :] if one and not one.startswith("#")), "")
        width = said.get("BANDWIDTH", "0")
        bandwidth = int(width) if width.isascii() and width.isdigit() else 0
        if address and (best is None or bandwidth > best[0]):
            best = (bandwidth, urljoin(url, address))
    return best[1] if best else None


def media_playlist(text: str, url: str) -> MediaPlaylist:
    """Read a media playlist.

    :raises ValueError: it is none, or needs what only a program can do; the message says what.
    """
    text = text.lstrip("\ufeff \r\n")
    if not text.startswith("#EXTM3U"):
        raise ValueError("what came is no playlist")
    segments: list[str] = []
    first, target, has_ended = 0, 6.0, False
    for line in (one.strip() for one in text.splitlines()):
        name, _, value = line.partition(":")
        if name == "#EXT-X-MEDIA-SEQUENCE" and value.isascii() and value.isdigit():
            first = int(value)
        elif name == "#EXT-X-TARGETDURATION" and value.isascii() and value.isdigit():
            target = float(min(max(int(value), 1), 60))
        elif name == "#EXT-X-ENDLIST":
            has_ended = True
        elif name == "#EXT-X-KEY" and dict(_ATTRIBUTE.findall(value)).get("METHOD") != "NONE":
            raise ValueError("its segments are encrypted")
        elif name == "#EXT-X-MAP":
            raise ValueError("its segments are fragmented MP4")
        elif line and not line.startswith("#"):
            segments.append(urljoin(url, line))
    return MediaPlaylist(tuple(segments), first, target, has_ended)


async def hls(
    source: Source, http: httpx2.AsyncClient, text: str, url: str, headers: dict[str, str]
) -> AsyncGenerator[bytes, None]:
    """The segments of the stream whose playlist is *text*, one after the other.

    :raises UpstreamError: playlist or segment cannot be had, or needs a program.
    """
    variant = best_variant(text, url)
    if variant is not None:
        url = variant
        text, url = await _playlist(source, http, url, headers)
    following: int | None = None
    while True:
        try:
            now = media_playlist(text, url)
        except ValueError as error:
            raise UpstreamError(f"Stream {source.stream_name!r}: {error}", hint=_PROGRAM) from None
        end = now.first + len(now.segments)
        if following is None:
            following = now.first if now.has_ended else max(now.first, end - _BEHIND)
        elif following > end or following < now.first:
            following = max(now.first, end - _BEHIND)  # it began anew, or went on without us
        fresh = following < end
        for number in range(following, end):
            async for piece in _segment(source, http, now.segments[number - now.first], headers):
                yield piece
        following = end
        if now.has_ended:
            return
        # Unchanged playlists are asked for again after half the time (RFC 8216, 6.3.4).
        await asyncio.sleep(now.target if fresh and len(now.segments) > _BEHIND else now.target / 2)
        text, url = await _playlist(source, http, url, headers)


async def read_playlist(answer: httpx2.Response) -> str:
    """The text of an answer that is a playlist.

    :raises ValueError: it is larger than any playlist.
    """
    data = b""
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > LARGEST:
            raise ValueError(f"the playlist is larger than {LARGEST} bytes")
    return data.decode("utf-8", "replace")


async def _playlist(
    source: Source, http: httpx2.AsyncClient, url: str, headers: dict[str, str]
) -> tuple[str, str]:
    try:
        async with http.stream("GET", url, headers=headers) as answer:
            _good(source, answer)
            return await read_playlist(answer), str(answer.url)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise _failed(source, error) from error


async def _segment(
    source: Source, http: httpx2.AsyncClient, url: str, headers: dict[str, str]
) -> AsyncIterator[bytes]:
    try:
        async with http.stream("GET", url, headers=headers) as answer:
            _good(source, answer)
            async for piece in answer.aiter_raw():
                yield piece
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise _failed(source, error) from error


def _good(source: Source, answer: httpx2.Response) -> None:
    if answer.status_code != 200:
        raise UpstreamError(
            f"Stream {source.stream_name!r}: the provider answered {answer.status_code}"
        )


def _failed(source: Source, error: Exception) -> UpstreamError:
    what = str(error) or type(error).__name__
    return UpstreamError(f"Stream {source.stream_name!r}: {what}")
