"""Which parts of a file a request asks for, by its header ``Range``.

Source: RFC 7233 as Go's ``net/http`` follows it; servemsx spec 3 (files).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """*length* bytes from *start* on."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        """The header ``Content-Range`` for it, of a file with *size* bytes."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


class BadRange(ValueError):
    """The header cannot be read; ``str()`` is what the client is told."""


class NoOverlap(BadRange):
    """No part that it asks for is in the file."""


def spans(header: str, size: int) -> list[Span]:
    """The parts of a file with *size* bytes, as asked for; none stands for all of it.

    Parts that lie behind the file's end are left out. Parts that are together longer than the
    file are taken for a mistake and answered with all of it.

    :raises BadRange: the header is wrong, or nothing that it names is in the file.
    """
    if not header or not size:
        return []
    kind, equals, rest = header.partition("=")
    if kind != "bytes" or not equals:
        raise BadRange("invalid range")
    asked = [_span(part.strip(" \t"), size) for part in rest.split(",") if part.strip(" \t")]
    found = [span for span in asked if span is not None]
    if asked and not found:
        raise NoOverlap("invalid range: failed to overlap")
    return [] if sum(span.length for span in found) > size else found


def _span(text: str, size: int) -> Span | None:
    start, dash, end = (part.strip(" \t") for part in text.partition("-"))
    if not dash:
        raise BadRange("invalid range")
    if not start:
        length = min(_number(end), size)
        return Span(size - length, length) if length else None
    first = _number(start)
    if first >= size:
        return None
    last = min(_number(end), size - 1) if end else size - 1
    if last < first:
        raise BadRange("invalid range")
    return Span(first, last - first + 1)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise BadRange("invalid range")
    return int(text)
