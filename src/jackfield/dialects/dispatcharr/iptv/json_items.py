"""The items of a large JSON array, one at a time.

Xtream servers answer with arrays of a hundred thousand objects; a few hundred bytes each are not
worth a gigabyte at once.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

from jackfield.dialects.dispatcharr.iptv.faults import BadSource

LARGEST_ITEM = 8 * 1024**2
"""Characters of one item, or of an answer that is no array."""

_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


def json_items(chunks: Iterable[bytes], *, name: str = "") -> Iterator[Any]:
    """The items of the array that *chunks* hold.

    Some servers answer with an object whose keys are numbers, or with one object with a message:
    the values of the former are items too.

    :raises BadSource: it is no JSON, breaks off, or an item is larger than 8 MiB. Items before
        that were handed out.
    """
    text = codecs.getincrementaldecoder("utf-8-sig")("replace")
    parts = iter(chunks)
    buffer = ""
    while not buffer.lstrip(_SPACE):
        chunk = next(parts, None)
        if chunk is None:
            raise BadSource("answered with nothing", file=name or None)
        buffer += text.decode(chunk)
    buffer = buffer.lstrip(_SPACE)
    if buffer[0] != "[":
        yield from _whole(buffer, parts, text, name)
        return
    place, ended = 1, False
    while True:
        while place < len(buffer) and buffer[place] in " \t\r\n,":
            place += 1
        if place < len(buffer):
            if buffer[place] == "]":
                return
            # A number or word at the very end may go on in what is still to come.
            try:
                item, end = _DECODER.raw_decode(buffer, place)
            except ValueError as error:
                if ended or len(buffer) - place > LARGEST_ITEM:
                    raise BadSource(f"is broken JSON: {error}", file=name or None) from None
            except RecursionError:
                raise BadSource("is JSON nested too deeply", file=name or None) from None
            else:
                if ended or end < len(buffer):
                    # Only escapes can write what no database takes.
                    yield storable(item) if "\\u" in buffer else item
                    place = end
                    continue
        if ended:
            raise BadSource("is JSON that breaks off", file=name or None)
        # Read at least as much as is waiting, so that a large item is not tried over and over.
        buffer = buffer[place:]
        wanted, place = 2 * len(buffer), 0
        while len(buffer) <= wanted and not ended:
            chunk = next(parts, None)
            ended = chunk is None
            buffer += text.decode(chunk or b"", final=ended)


def _whole(
    buffer: str, parts: Iterator[bytes], text: codecs.IncrementalDecoder, name: str
) -> Iterator[Any]:
    for chunk in parts:
        buffer += text.decode(chunk)
        if len(buffer) > LARGEST_ITEM:
            raise BadSource("is no array, and larger than 8 MiB", file=name or None)
    try:
        found = json.loads(buffer)
    except (ValueError, RecursionError):
        start = " ".join(buffer[:80].split())
        raise BadSource(f"is no JSON; it begins with {start!r}", file=name or None) from None
    if isinstance(found, dict) and found and all(str(key).isdigit() for key in found):
        yield from map(storable, found.values())
    elif found:
        raise BadSource(f"expected an array, found {str(found)[:80]}", file=name or None)


def storable(value: Any) -> Any:
    """*value* without the two things that JSON can write and databases refuse: the character zero,
    and halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
