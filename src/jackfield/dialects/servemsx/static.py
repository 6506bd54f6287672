"""Files sent as they are, as Go's ``http.ServeFile`` sends them: type, ranges, conditions."""

from __future__ import annotations

import mimetypes
import re
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

_RANGE = re.compile(r"(\d*)-(\d*)\Z")


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
    if asked_path.endswith("/"):
        return _moved(f"../{path.name}", request)
    try:
        with path.open("rb") as file:
            head = file.read(512)
        status = path.stat()
    except FileNotFoundError:
        return failure(404, b"404 page not found")
    except OSError:
        return failure(403, b"403 Forbidden")
    changed = datetime.fromtimestamp(int(status.st_mtime), UTC)
    modified = format_datetime(changed, usegmt=True)
    if _not_modified(request, changed):
        return with_common_headers(Answer(304, (("Last-Modified", modified),)))
    size = status.st_size
    headers: list[tuple[str, str]] = [
        ("Content-Type", content_type(path, head)),
        ("Accept-Ranges", "bytes"),
        ("Last-Modified", modified),
    ]
    wanted = request.header("range")
    if wanted and not _range_holds(request, changed):
        wanted = ""
    try:
        part = _one_range(wanted, size)
    except _Unsatisfiable:
        answer = failure(416, b"invalid range: failed to overlap")
        return Answer(416, (*answer.headers, ("Content-Range", f"bytes */{size}")), answer.body)
    except ValueError:
        return failure(416, b"invalid range")
    if part is None:
        return with_common_headers(Answer(200, tuple(headers), file=FilePart(path, 0, size)))
    start, length = part
    headers.append(("Content-Range", f"bytes {start}-{start + length - 1}/{size}"))
    return with_common_headers(Answer(206, tuple(headers), file=FilePart(path, start, length)))


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


def _not_modified(request: PluginRequest, changed: datetime) -> bool:
    if request.method not in ("GET", "HEAD") or request.header("if-none-match"):
        return False
    since = _time(request.header("if-modified-since"))
    return since is not None and changed <= since


def _range_holds(request: PluginRequest, changed: datetime) -> bool:
    condition = request.header("if-range")
    return not condition or _time(condition) == changed


class _Unsatisfiable(ValueError):
    pass


def _one_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and length; ``None`` for all of it. Several ranges are answered with all of it."""
    if not header:
        return None
    if not header.startswith("bytes="):
        raise ValueError
    parts = [part.strip() for part in header[6:].split(",") if part.strip()]
    if len(parts) != 1:
        return None
    match = _RANGE.match(parts[0])
    if match is None or not (match[1] or match[2]):
        raise ValueError
    if not match[1]:
        length = min(int(match[2]), size)
        if not length and size:
            raise _Unsatisfiable
        return (size - length, length) if length else None
    start = int(match[1])
    end = min(int(match[2]), size - 1) if match[2] else size - 1
    if match[2] and int(match[2]) < start:
        raise ValueError
    if start >= size:
        if not size:
            return None
        raise _Unsatisfiable
    return start, end - start + 1
