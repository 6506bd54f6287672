"""Files sent as they are, as Go's ``http.ServeFile`` sends them: type, ranges, conditions."""

from __future__ import annotations

import mimetypes
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from jackfield.dialects.servemsx.answer import (
    Answer,
    FilePart,
    ResponseWriter,
    failure,
    with_common_headers,
)
from jackfield.dialects.servemsx.ranges import BadRange, NoOverlap, Span, spans
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.services.sniffing import sniff

_TYPES = {
    ".avif": "image/avif", ".css": "text/css; charset=utf-8", ".gif": "image/gif",
    ".htm": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8",
    ".json": "application/json", ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml",
    ".wasm": "application/wasm", ".webp": "image/webp", ".xml": "text/xml; charset=utf-8",
    ".m3u": "audio/mpegurl", ".m3u8": "application/vnd.apple.mpegurl", ".mp3": "audio/mpeg",
    ".mp4": "video/mp4", ".ts": "video/mp2t", ".mkv": "video/x-matroska", ".txt":
    "text/plain; charset=utf-8",
}  # fmt: skip
"""Go's own table first, so that the machine's settings change nothing that plugins rely on."""


def content_type(path: Path, head: bytes) -> str:
    """By the extension, otherwise by the first bytes."""
    suffix = path.suffix.lower()
    known = _TYPES.get(suffix)
    if known is None and suffix:
        guess, packed = mimetypes.guess_type(f"x{suffix}", strict=False)
        known = None if packed else guess
        if known and known.startswith("text/"):
            known += "; charset=utf-8"
    return known or (sniff(head) if head else "text/plain; charset=utf-8")


def serve_file(request: PluginRequest, path: Path, asked_path: str) -> Answer:
    """The answer for *path*, which exists.

    :param asked_path: the decoded path of the request.
    """
    if asked_path.endswith("/index.html"):
        return _moved("./", request)
    try:
        with path.open("rb") as file:
            head = file.read(512)
        status = path.stat()
    except FileNotFoundError:
        return failure(404, b"404 page not found")
    except OSError:
        return failure(403, b"403 Forbidden")
    changed = datetime.fromtimestamp(int(status.st_mtime), UTC)
    modified = ("Last-Modified", format_datetime(changed, usegmt=True))
    if (instead := _condition(request, changed)) is not None:
        return with_common_headers(Answer(instead, (modified,)))
    size = status.st_size
    wanted = request.header("range") if _range_holds(request, changed) else ""
    try:
        parts = spans(wanted, size)
    except NoOverlap as error:
        answer = failure(416, str(error).encode())
        return Answer(416, (*answer.headers, ("Content-Range", f"bytes */{size}")), answer.body)
    except BadRange as error:
        return failure(416, str(error).encode())
    kind = content_type(path, head)
    common = (("Accept-Ranges", "bytes"), modified)
    if len(parts) > 1:
        return _several(path, size, kind, parts, common)
    headers = [("Content-Type", kind), *common]
    one = parts[0] if parts else Span(0, size)
    if parts:
        headers.append(("Content-Range", one.content_range(size)))
    piece = FilePart(path, one.start, one.length)
    return with_common_headers(Answer(206 if parts else 200, tuple(headers), pieces=(piece,)))


def _several(
    path: Path, size: int, kind: str, parts: list[Span], common: tuple[tuple[str, str], ...]
) -> Answer:
    """Several parts of one file, each with its own headers (RFC 7233, appendix A)."""
    boundary = secrets.token_hex(30)
    pieces: list[FilePart | bytes] = []
    for part in parts:
        before = "" if not pieces else "\r\n"
        head = f"Content-Range: {part.content_range(size)}\r\nContent-Type: {kind}"
        pieces.append(f"{before}--{boundary}\r\n{head}\r\n\r\n".encode())
        pieces.append(FilePart(path, part.start, part.length))
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    headers = (("Content-Type", f"multipart/byteranges; boundary={boundary}"), *common)
    return with_common_headers(Answer(206, headers, pieces=tuple(pieces)))


def _moved(location: str, request: PluginRequest) -> Answer:
    writer = ResponseWriter(cap=4096)
    writer.set_header("Location", location + (f"?{q}" if (q := request.raw_query) else ""))
    writer.start(301)
    return writer.finish()


def _time(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _condition(request: PluginRequest, changed: datetime) -> int | None:
    """The status that answers the request instead of the file, if its conditions do not hold.

    These files have no entity tag, so a tag that a client names is never theirs.
    """
    reading = request.method in ("GET", "HEAD")
    if match := request.header("if-match").strip():
        if not match.startswith("*"):
            return 412
    elif (until := _time(request.header("if-unmodified-since"))) is not None and changed > until:
        return 412
    if other := request.header("if-none-match").strip():
        if other.startswith("*"):
            return 304 if reading else 412
    elif reading and (since := _time(request.header("if-modified-since"))) is not None:
        return 304 if changed <= since else None
    return None


def _range_holds(request: PluginRequest, changed: datetime) -> bool:
    condition = request.header("if-range")
    return not condition or _time(condition) == changed
