"""Sources that are no plain HTTP stream; those are tried in test_session and test_routes."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.stream.source import (
    Source,
    StreamError,
    UpstreamError,
)
from jackfield.dialects.dispatcharr.application.stream.upstream import open_source, rtp_payload
from provider_of_streams import Behaviour, Provider, packets


def read(source: Source, enough: int = 10**9, during: Any = None) -> bytes:
    async def main() -> bytes:
        async with httpx2.AsyncClient(trust_env=False) as http, open_source(source, http) as pieces:
            if during is not None:
                during()
            data = b""
            async for piece in pieces:
                data += piece
                if len(data) >= enough:
                    break
            return data

    return asyncio.run(asyncio.wait_for(main(), 20))


def program(code: str, *arguments: str) -> Source:
    return Source(
        1, "s", "http://x", kind="command", command=(sys.executable, "-c", code, *arguments),
        profile="Script",
    )  # fmt: skip


def test_a_program_s_output_is_the_stream() -> None:
    assert read(program("print('x' * 1000, end='')")) == b"x" * 1000


def test_what_a_program_said_last_is_told_when_it_fails() -> None:
    code = "import sys; print('a\\nb: no route', file=sys.stderr); sys.exit(3)"
    with pytest.raises(UpstreamError, match=r"status 3: a \| b: no route"):
        read(program(code))


def test_a_program_that_talks_without_end_is_not_held_up() -> None:
    code = "import sys; sys.stderr.write('noise ' * 200000); sys.stdout.write('done')"
    assert read(program(code)) == b"done"


def test_a_program_ends_with_its_stream_even_if_it_will_not(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import os,signal,sys,time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"open({str(note)!r}, 'w').write(str(os.getpid()));"
        "[sys.stdout.write('x' * 1000) or sys.stdout.flush() or time.sleep(0.01)"
        " for _ in iter(int, 1)]"
    )
    read(program(code), enough=5000)
    with pytest.raises(ProcessLookupError):
        import os

        os.kill(int(note.read_text()), 0)


def test_arguments_reach_a_program_as_they_are() -> None:
    url = "http://x/$(touch bad)/`id`;rm -rf /?a=b&c='d'"
    assert read(program("import sys; print(sys.argv[1], end='')", url)).decode() == url


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("rtsp://camera/1", StreamError, "rtsp addresses are not read directly"),
        ("ftp://x/1", StreamError, "ftp"),
        ("", StreamError, "this addresses"),
        ("udp://239.0.0.1", UpstreamError, "no port"),
        ("udp://some.host:5000", UpstreamError, "no address to listen on"),
        ("udp://127.0.0.1:99999", UpstreamError, "no address to listen on"),
        ("http://", UpstreamError, "'s'"),
        ("http://[::1", UpstreamError, "'s'"),
        ("http://127.0.0.1:1/", UpstreamError, "'s'"),
    ],
)
def test_what_cannot_be_opened_says_why(url: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        read(Source(1, "s", url))


def test_redirects_are_not_needed_from_us_but_statuses_are_named(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(status=418)
    with pytest.raises(UpstreamError, match="418"):
        read(Source(1, "s", provider.url + "/a"))


@pytest.mark.parametrize("kind", ["text/html", "video/mp2t"])
@pytest.mark.parametrize(
    "page", [b"\n <!DOCTYPE HTML><html>expired", b"<html>no</html>", b"<!-- x -->\n<HTML lang=en>"]
)
def test_a_web_page_is_no_stream(provider: Provider, page: bytes, kind: str) -> None:
    """What providers answer once a login has expired; players must not get it as picture."""
    provider.paths["/a"] = Behaviour(body=page, content_type=kind)
    with pytest.raises(UpstreamError, match="'s': the provider answered with a web page"):
        read(Source(1, "s", provider.url + "/a"))


def test_a_stream_is_one_whatever_it_is_called(provider: Provider) -> None:
    provider.paths["/a"] = Behaviour(packets=70, content_type="text/html")
    assert read(Source(1, "s", provider.url + "/a")) == packets(0, 70)


def test_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wanted = packets(0, 70)

    def send(rtp: bool) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number, at in enumerate(range(0, len(wanted), 188 * 7)):
                head = struct.pack(">BBHII", 0x80, 33, number, 0, 1) if rtp else b""
                sender.sendto(head + wanted[at : at + 188 * 7], ("127.0.0.1", port))

    for scheme in ("udp", "rtp"):
        source = Source(1, "s", f"{scheme}://@127.0.0.1:{port}")
        got = read(source, len(wanted), lambda scheme=scheme: send(scheme == "rtp"))
        assert got == wanted


@given(
    st.binary(min_size=1, max_size=100),
    st.integers(0, 15),
    st.none() | st.binary(max_size=3).map(lambda b: b * 4),
    st.integers(0, 20),
)
def test_rtp_payloads(payload: bytes, sources: int, extension: bytes | None, padding: int) -> None:
    first = 0x80 | sources | (0x10 if extension is not None else 0) | (0x20 if padding else 0)
    packet = struct.pack(">BBHII", first, 33, 7, 0, 1) + b"\0" * 4 * sources
    if extension is not None:
        packet += struct.pack(">HH", 1, len(extension) // 4) + extension
    packet += payload
    if padding:
        packet += b"\0" * (padding - 1) + bytes([padding])
    assert rtp_payload(packet) == payload


@given(st.binary(max_size=40))
def test_any_datagram_is_taken(data: bytes) -> None:
    assert isinstance(rtp_payload(data), bytes)
