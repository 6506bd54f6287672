"""Answers of plugins, with the common headers and failure texts of the original.

Source: servemsx spec 2 (common headers, failures) and 6.2 (``write``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.request import TOKEN, canonical
from jackfield.services.sniffing import sniff

VERSION: Final = "0.04.203"
"""The ServeMSX version whose behaviour this is; its last three digits are the engine's."""

ENGINE: Final = int(VERSION.rpartition(".")[2])

COMMON_HEADERS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "Origin, Content-Type, Accept"),
    ("Access-Control-Allow-Methods", "POST, GET, OPTIONS"),
)
SERVER_HEADER: Final = ("Server", f"ServeMSX/{VERSION}")

_NOT_MODIFIED = 304
_NO_BODY = frozenset({204, _NOT_MODIFIED})
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class FilePart:
    """Bytes *start* to *start* + *length* of a file, sent as the answer's body."""

    path: Path
    start: int
    length: int

    def chunks(self) -> Iterator[bytes]:
        """The bytes, in pieces of a size that fits into memory."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.length
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; *pieces*, where there are any, are sent instead of *body*.

    *body* is there for HEAD as well: leaving it out is the server's part.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pieces: tuple[FilePart | bytes, ...] = ()

    @property
    def length(self) -> int:
        """How many bytes are sent."""
        if not self.pieces:
            return len(self.body)
        return sum(len(p) if isinstance(p, bytes) else p.length for p in self.pieces)

    def chunks(self) -> Iterator[bytes]:
        """What is sent, bit by bit."""
        for piece in self.pieces or (self.body,):
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.chunks()

    def header(self, name: str) -> str:
        """The last value of a header; empty where there is none."""
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        return found[-1] if found else ""


class ResponseWriter:
    """What a script's answer becomes while it writes; behaves as Go's ``http.ResponseWriter``.

    :param cap: most bytes of the body.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._headers: list[tuple[str, str]] = []
        self._status = 0
        self._body = bytearray()
        self.closed = False

    @property
    def begun(self) -> bool:
        """Whether the status is settled."""
        return self._status > 0

    def add_header(self, name: str, value: str) -> None:
        """One more line of that name, except that there is one ``Server`` only."""
        if canonical(name) == "Server":
            self.set_header(name, value)
        else:
            self._headers.append((canonical(name), value))

    def set_header(self, name: str, value: str) -> None:
        """The one line of that name."""
        name = canonical(name)
        self._headers = [pair for pair in self._headers if pair[0] != name]
        self._headers.append((name, value))

    def has_header(self, name: str) -> bool:
        """Whether there is a line of that name."""
        return any(pair[0] == name for pair in self._headers)

    def start(self, status: int) -> None:
        """Settle the status; without effect once it is settled.

        :raises WriteFailed: not a status (servemsx spec 6.2).
        """
        if not 100 <= status <= 999:
            raise InvalidStatus(f"invalid WriteHeader code {status}")
        if not self.begun and status >= 200:
            self._status = status

    def write(self, data: bytes) -> None:
        """Add to the body.

        :raises WriteFailed: no body may follow that status, or the answer is over or too large.
        """
        if self.closed:
            raise WriteFailed("http: the answer was sent already")
        self._status = self._status or 200
        if self._status in _NO_BODY:
            if data:
                raise WriteFailed(
                    "http: request method or response status code does not allow body"
                )
            return
        if len(self._body) + len(data) > self._cap:
            raise AnswerTooLarge(f"the answer is above {self._cap:,} bytes")
        self._body += data

    def error(self, text: bytes, status: int) -> None:
        """``http.Error``: the text and a line feed; behind what was written, if anything was."""
        if not self.begun:
            self._headers = [p for p in self._headers if p[0] != "Content-Length"]
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.set_header("X-Content-Type-Options", "nosniff")
        self.start(status)
        if self._status not in _NO_BODY:
            self.write(text + b"\n")

    def redirect(self, location: str, status: int, *, path: str, method: str) -> None:
        """``http.Redirect``: relative to *path*, with a small page for GET and HEAD."""
        location = redirect_target(location, path)
        has_type = self.has_header("Content-Type")
        self.set_header("Location", _hex_non_ascii(location))
        if not has_type and method in ("GET", "HEAD"):
            self.set_header("Content-Type", "text/html; charset=utf-8")
        self.start(status)
        if not has_type and method == "GET" and self._status not in _NO_BODY:
            link = f'<a href="{_escape(location)}">{reason(status)}</a>.\n\n'
            self.write(link.encode("utf-8", "surrogateescape"))

    def finish(self) -> Answer:
        """The answer; nothing can be written any more."""
        self.closed = True
        headers = [
            (name, value.replace("\r", " ").replace("\n", " ").strip())
            for name, value in self._headers
            if name and TOKEN.issuperset(name) and name not in ("Content-Length", "Connection")
            and name != "Transfer-Encoding"
        ]  # fmt: skip
        body = bytes(self._body)
        if self._status == _NOT_MODIFIED:
            headers = [pair for pair in headers if pair[0] != "Content-Type"]
        typed = self.has_header("Content-Type") or self.has_header("Content-Encoding")
        if body and not typed:
            headers.append(("Content-Type", sniff(body)))
        return with_common_headers(Answer(self._status or 200, tuple(headers), body))


class WriteFailed(Exception):
    """It cannot be written; ``str()`` is the error value that the script gets."""


class InvalidStatus(Exception):
    """Not a status; ends the script."""


class AnswerTooLarge(Exception):
    """More than an answer may be; ends the script."""


def reason(status: int) -> str:
    """The usual words for a status; empty for an unusual one."""
    try:
        return _GO_REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


_GO_REASONS = {
    413: "Request Entity Too Large",
    414: "Request URI Too Long",
    416: "Requested Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
    203: "Non-Authoritative Information",
}


def failure(status: int, text: bytes | None = None) -> Answer:
    """A failure as the original words it; without a text, the usual words for the status."""
    writer = ResponseWriter(cap=1 << 31)
    writer.error(reason(status).encode() if text is None else text, status)
    return writer.finish()


def with_common_headers(answer: Answer) -> Answer:
    """*answer* with what every answer of the original has."""
    own = () if answer.header("Server") else (SERVER_HEADER,)
    given = {name for name, _ in answer.headers}
    common = tuple(pair for pair in COMMON_HEADERS if pair[0] not in given)
    headers = (*common, *own, *answer.headers)
    return Answer(answer.status, headers, answer.body, answer.pieces)


def options() -> Answer:
    """The answer to ``OPTIONS`` on any path."""
    return Answer(200, COMMON_HEADERS)


def redirect_target(location: str, path: str) -> str:
    """A redirect's address: one without scheme and host is taken relative to *path* and cleaned."""
    try:
        target = urls.parse(location)
        if target.scheme or target.host:
            return location
    except urls.URLError:
        return location
    if not location or location[0] != "/":
        location = path[: path.rfind("/") + 1] + location
    location, mark, query = location.partition("?")
    trailing = location.endswith("/")
    location = clean(location)
    if trailing and not location.endswith("/"):
        location += "/"
    return location + mark + query


def clean(path: str) -> str:
    """Go's ``path.Clean`` of a path with a leading slash; none at the end."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if kept:
                kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return "/" + "/".join(kept)


def _hex_non_ascii(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02x}" for byte in raw)


def _escape(text: str) -> str:
    return escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")
