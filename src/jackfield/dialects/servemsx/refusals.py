"""Why a request to another server failed, in Go's words.

Scripts and clients of the original see these texts. Source: servemsx spec 6.3 and 8.3.
"""

from __future__ import annotations

import errno
import socket

from jackfield.dialects.servemsx.urls import URL, quote_go
from jackfield.services.fetch import FetchRefused

_SYSCALL = {
    errno.ECONNREFUSED: ("connect", "connection refused"),
    errno.EHOSTUNREACH: ("connect", "no route to host"),
    errno.ENETUNREACH: ("connect", "network is unreachable"),
    errno.ECONNRESET: ("read", "connection reset by peer"),
}
_LATE = frozenset({"ConnectTimeout", "ReadTimeout", "WriteTimeout", "TimeoutException"})
_MAX_PORT = 65535


def unusable(url: URL) -> str | None:
    """What keeps a request to *url* from being made at all; ``None`` if nothing does."""
    if url.scheme not in ("http", "https"):
        return f"unsupported protocol scheme {quote_go(url.scheme)}"
    if not url.host:
        return "http: no Host in request URL"
    port = _port(url)
    if port and int(port[:9]) > _MAX_PORT:
        return f"dial tcp: address {port}: invalid port"
    return None


def native_reason(error: FetchRefused, url: URL) -> str | None:
    """Go's words for *error*; ``None`` where only this host refuses."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, socket.gaierror):
            return f"dial tcp: lookup {domain(url)}: no such host"
        if isinstance(seen, OSError) and seen.errno in _SYSCALL:
            call, words = _SYSCALL[seen.errno]
            return f"dial tcp {_dialled(url)}: {call}: {words}"
        name = type(seen).__name__
        if name in _LATE:
            return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        if name == "RemoteProtocolError" and "without sending" in str(seen):
            return "EOF"
        seen = seen.__cause__ or seen.__context__
    return None


def domain(url: URL) -> str:
    """The host's name, without its port."""
    return url.host.partition(":")[0].lower()


def _port(url: URL) -> str:
    _, colon, port = url.host.rpartition(":")
    return port if colon and "]" not in port else ""


def _dialled(url: URL) -> str:
    port = _port(url)
    host = url.host.removesuffix(f":{port}") if port else url.host
    try:
        address = socket.getaddrinfo(host.strip("[]"), None, socket.AF_INET)[0][4][0]
    except OSError:
        address = host
    return f"{address}:{port or ('443' if url.scheme == 'https' else '80')}"
