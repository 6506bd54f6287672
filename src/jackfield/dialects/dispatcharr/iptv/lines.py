"""Lines of text out of a stream of bytes of unknown encoding.

Playlists come as UTF-8, as whatever Windows wrote, or as both in one file, with and without a byte
order mark. A line that is no UTF-8 is read as Windows-1252, which fits most of what is not.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import Protocol

LONGEST = 64 * 1024
"""Bytes of a line. A longer one is dropped: it is an accident or an attack."""

_CHUNK = 1 << 18
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What no line means and no database takes.
_CONTROL = bytes(set(range(32)) - {9, 10, 13}) + b"\x7f"


class Readable(Protocol):
    """What lines are read from."""

    def read(self, size: int, /) -> bytes: ...


def blocks(
    source: Readable, *, longest: int = LONGEST, dropped: Callable[[int], None] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Lines without their ends, in lists as they arrive, each with the number of its first line.

    :param dropped: told the number of each line that was longer than *longest*.
    """
    number, rest, skipping = 1, b"", False
    for chunk in _narrow(source):
        *whole, rest = (rest + chunk).split(b"\n")
        if skipping and whole:
            # The end of a line that was too long; its number was told already.
            whole[0], skipping = b"", False
        elif skipping:
            rest = b""
        if whole:
            yield number, _texts(whole, number, longest, dropped)
            number += len(whole)
        if len(rest) > longest:
            if dropped is not None:
                dropped(number)
            rest, skipping = b"", True
    if rest and not skipping:
        yield number, _texts([rest], number, longest, dropped)


def _narrow(source: Readable) -> Iterator[bytes]:
    """The source's bytes in an encoding where a line feed is one byte, without a mark."""
    chunk = source.read(_CHUNK)
    wide = _WIDE.get(chunk[:2])
    if wide is not None:
        decoder = codecs.getincrementaldecoder(wide)("replace")
        while chunk:
            yield decoder.decode(chunk).encode("utf-8", "replace").translate(None, _CONTROL)
            chunk = source.read(_CHUNK)
        return
    chunk = chunk.removeprefix(codecs.BOM_UTF8)
    while chunk:
        yield chunk.translate(None, _CONTROL)
        chunk = source.read(_CHUNK)


def _texts(
    lines: list[bytes], first: int, longest: int, dropped: Callable[[int], None] | None
) -> list[str]:
    for place, line in enumerate(lines):
        if len(line) > longest:
            lines[place] = b""
            if dropped is not None:
                dropped(first + place)
    try:
        texts = b"\n".join(lines).decode().split("\n")
    except UnicodeDecodeError:
        texts = [_text(line) for line in lines]
    return texts


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        try:
            return line.decode("cp1252")
        except UnicodeDecodeError:  # five bytes mean nothing there
            return line.decode("latin-1").translate(_C1)


_C1 = dict.fromkeys(range(0x80, 0xA0))
