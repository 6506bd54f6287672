"""Opening sources: HTTP and plain HLS natively, UDP as datagrams, programs through a pipe.

Each opener is an asynchronous context manager giving an iterator of pieces. A source that cannot
be opened or breaks raises :class:`~.source.StreamError`; one that ends just ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import re
import shutil
import signal
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from urllib.parse import urlsplit

import httpx2

from jackfield.dialects.dispatcharr.application.stream.hls import (
    hls,
    is_playlist,
    read_playlist,
)
from jackfield.dialects.dispatcharr.application.stream.source import (
    Source,
    StreamError,
    UpstreamError,
)

PIECE = 64 * 1024


def open_source(
    source: Source, http: httpx2.AsyncClient
) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
    """Connect to *source*.

    :raises StreamError: from entering or iterating: refused, not found, not a stream, broken off.
    """
    if source.kind == "command":
        return _command(source)
    scheme = source.url.partition(":")[0].lower()
    if scheme in ("http", "https"):
        return _http(source, http)
    if scheme in ("udp", "rtp"):
        return _datagrams(source)
    return _unreadable(source, scheme)


@asynccontextmanager
async def _unreadable(source: Source, scheme: str) -> AsyncIterator[AsyncIterator[bytes]]:
    raise StreamError(
        f"Stream {source.stream_name!r}: {scheme or 'this'} addresses are not read directly",
        hint="give the channel the stream profile FFmpeg, VLC or Streamlink",
    )
    yield  # type: ignore[unreachable]  # makes this a generator


@asynccontextmanager
async def _http(source: Source, http: httpx2.AsyncClient) -> AsyncIterator[AsyncIterator[bytes]]:
    headers = {"accept": "*/*", "accept-encoding": "identity"}
    if source.user_agent:
        headers["user-agent"] = source.user_agent
    try:
        async with http.stream("GET", source.url, headers=headers) as answer:
            if answer.status_code != 200:
                raise UpstreamError(
                    f"Stream {source.stream_name!r}: the provider answered "
                    f"{answer.status_code} {answer.reason_phrase}".rstrip(),
                )
            if is_playlist(answer.headers.get("content-type", ""), str(answer.url)):
                text, url = await read_playlist(answer), str(answer.url)
            else:
                yield _guarded(answer.aiter_raw(), source)
                return
        # Outside the answer's block: its connection is not needed while segments are read.
        async with aclosing(hls(source, http, text, url, headers)) as pieces:
            yield pieces
    except httpx2.HTTPError as error:
        raise _broken(source, error) from error
    except (httpx2.InvalidURL, ValueError) as error:
        raise UpstreamError(
            f"Stream {source.stream_name!r}: its URL is not valid: {error}",
        ) from error


_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
"""How a web page begins. Its content type says little: scripts that pass on a stream forget it."""


async def _guarded(pieces: AsyncIterator[bytes], source: Source) -> AsyncIterator[bytes]:
    first = True
    try:
        async for piece in pieces:
            if first and _PAGE.match(piece[:1024]):
                raise UpstreamError(
                    f"Stream {source.stream_name!r}: the provider answered with a web page "
                    "in place of a stream (is the login still valid?)",
                )
            first = False
            yield piece
    except httpx2.HTTPError as error:
        raise _broken(source, error) from error


def _broken(source: Source, error: Exception) -> UpstreamError:
    what = str(error) or type(error).__name__
    return UpstreamError(
        f"Stream {source.stream_name!r}: {what}",
    )


# Programs ----------------------------------------------------------------------------------------


@asynccontextmanager
async def _command(source: Source) -> AsyncIterator[AsyncIterator[bytes]]:
    program = shutil.which(source.command[0]) if source.command else None
    if program is None:
        name = source.command[0] if source.command else ""
        raise StreamError(
            f"Stream profile {source.profile!r} needs the program {name!r}, which is not installed",
            hint="install it on the server, or give the channel the stream profile Proxy",
        )
    process = await asyncio.create_subprocess_exec(
        program,
        *source.command[1:],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=PIECE * 4,
        start_new_session=True,  # its children end with it
    )
    last: deque[str] = deque(maxlen=5)
    watcher = asyncio.create_task(_last_lines(process, last))
    try:
        yield _output(process, watcher, last, source)
    finally:
        await _end(process)
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher


async def _output(
    process: asyncio.subprocess.Process,
    watcher: asyncio.Task[None],
    last: deque[str],
    source: Source,
) -> AsyncIterator[bytes]:
    assert process.stdout is not None
    while piece := await process.stdout.read(PIECE):
        yield piece
    status = await process.wait()
    await watcher
    if status != 0:
        said = f": {' | '.join(last)}" if last else ""
        raise UpstreamError(
            f"Stream {source.stream_name!r}: {source.command[0]} ended with status {status}{said}",
        )


async def _last_lines(process: asyncio.subprocess.Process, last: deque[str]) -> None:
    """Read everything a program says, so that it never waits for us; keep the end of it."""
    assert process.stderr is not None
    while piece := await process.stderr.read(4096):
        for line in piece.decode(errors="replace").replace("\r", "\n").split("\n"):
            if line.strip():
                last.append(line.strip()[:300])


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            async with asyncio.timeout(2):
                # Its pipe must be emptied, or a program that writes on would never see the end.
                while process.stdout is not None and await process.stdout.read(PIECE):
                    pass
                await process.wait()
                return
        except TimeoutError:
            continue


# Datagrams ---------------------------------------------------------------------------------------

_QUEUE = 4096
_ANY = "0.0.0.0"  # noqa: S104  # what udp://@:PORT means: datagrams to any of our addresses
_RTP_HEADER = 12


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, is_rtp: bool) -> None:
        self._is_rtp = is_rtp
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)

    def datagram_received(self, data: bytes, _address: object) -> None:
        if self._is_rtp:
            data = rtp_payload(data)
        # A full queue loses datagrams, as the kernel's own buffer would.
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(data)


def rtp_payload(packet: bytes) -> bytes:
    """What an RTP packet carries. Source: RFC 3550, 5.1 and 5.3.1."""
    if len(packet) < _RTP_HEADER or packet[0] >> 6 != 2:
        return packet
    start = _RTP_HEADER + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10 and len(packet) >= start + 4:
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - packet[-1] if packet[0] & 0x20 else len(packet)
    return packet[start:end]


@asynccontextmanager
async def _datagrams(source: Source) -> AsyncIterator[AsyncIterator[bytes]]:
    try:
        parts = urlsplit(source.url)
        host, port = (parts.hostname or "").lstrip("@") or _ANY, parts.port
        address = ipaddress.ip_address(host)
        if port is None:
            raise ValueError("it has no port")
    except ValueError as error:
        raise UpstreamError(
            f"Stream {source.stream_name!r}: {source.url} is no address to listen on: {error}",
            hint="write udp://@GROUP:PORT",
        ) from error
    try:
        listening = _socket(address, port)
    except OSError as error:
        raise _broken(source, error) from error
    loop = asyncio.get_running_loop()
    transport, receiver = await loop.create_datagram_endpoint(
        lambda: _Receiver(parts.scheme.lower() == "rtp"), sock=listening
    )
    try:
        yield _received(receiver)
    finally:
        transport.close()


def _socket(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    listening = socket.socket(family, socket.SOCK_DGRAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((str(address), port))
        if address.is_multicast:
            if address.version == 4:
                member = struct.pack("=4sI", address.packed, socket.INADDR_ANY)
                listening.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            else:
                member = address.packed + struct.pack("@I", 0)
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
    except OSError:
        listening.close()
        raise
    return listening


async def _received(receiver: _Receiver) -> AsyncIterator[bytes]:
    while True:
        parts = [await receiver.queue.get()]
        while not receiver.queue.empty() and len(parts) < 64:
            parts.append(receiver.queue.get_nowait())
        yield b"".join(parts)
