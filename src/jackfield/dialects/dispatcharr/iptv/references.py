"""Makes the references of an XML file harmless before it is parsed.

Guides are full of ampersands that are none of XML's: bare ones, and names that only HTML knows.
At the first of them libxml2 gives up being well-formed, and from then on it drops every ``&amp;``
and ``&lt;`` as well. So each reference by name is rewritten as one by number, which it never
drops, and everything else that begins with an ampersand becomes text. That also leaves no entity
to be expanded, whatever the file declares.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from html.entities import html5

_START, _END = b"<![CDATA[", b"]]>"
_LONGEST = 40
_REFERENCE = re.compile(rb"&(?!#[0-9]{1,7};|#[xX][0-9A-Fa-f]{1,6};)(?:[A-Za-z][A-Za-z0-9]{0,31};)?")
_NUMBERS = {
    f"&{name}".encode(): "".join(f"&#{ord(letter)};" for letter in letters).encode()
    for name, letters in html5.items()
    if name.endswith(";")
}
_CONTROL = bytes(set(range(32)) - {9, 10, 13})
_WIDE = {
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be",
}  # fmt: skip


def wide_encoding(head: bytes) -> str:
    """The encoding of a file whose letters are two bytes each, by how it begins; else empty."""
    return _WIDE.get(head[:2], "")


def narrowed(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """A file in that encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def harmless(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same file, in an encoding whose ASCII is ASCII, with references by number only, and
    without the characters that XML forbids. What stands in ``CDATA`` stays as it is."""
    held, inside = b"", False
    for chunk in chunks:
        data = held + chunk.translate(None, _CONTROL)
        done, held, inside = _changed(data, inside)
        yield done
    yield held if inside else _REFERENCE.sub(_number, held)


def _changed(data: bytes, inside: bool) -> tuple[bytes, bytes, bool]:
    """What can be handed out, what must wait for more, and whether that is in ``CDATA``."""
    if not inside and b"&" not in data and _START not in data:
        kept = _waiting(data)
        return data[: len(data) - kept], data[len(data) - kept :], False
    out, place = [], 0
    while True:
        found = data.find(_END if inside else _START, place)
        if found < 0:
            break
        end = found + len(_END if inside else _START)
        part = data[place:end]
        out.append(part if inside else _REFERENCE.sub(_number, part))
        place, inside = end, not inside
    rest = data[place:]
    kept = min(len(rest), len(_END) - 1) if inside else _waiting(rest)
    part = rest[: len(rest) - kept]
    out.append(part if inside else _REFERENCE.sub(_number, part))
    return b"".join(out), rest[len(rest) - kept :], inside


def _waiting(data: bytes) -> int:
    """How many bytes at the end may be the beginning of a reference or of ``CDATA``."""
    tail = data[-_LONGEST:]
    ampersand = tail.rfind(b"&")
    if ampersand >= 0 and b";" not in tail[ampersand:]:
        return len(tail) - ampersand
    for length in range(min(len(_START) - 1, len(tail)), 0, -1):
        if tail.endswith(_START[:length]):
            return length
    return 0


def _number(found: re.Match[bytes]) -> bytes:
    text = found[0]
    return _NUMBERS.get(text) or b"&#38;" + text[1:]
