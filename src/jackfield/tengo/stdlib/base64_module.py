"""``import("base64")``: four alphabets, Go's idea of where a text goes wrong.

Source: tengo spec 17.7.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from jackfield.tengo.stdlib.arguments import expect, limited_bytes, limited_text, octets, string
from jackfield.tengo.values import ErrorValue, UserFunction, raw_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackfield.tengo.stdlib import ModuleContext

_STANDARD: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_URL: Final = _STANDARD - frozenset(b"+/") | frozenset(b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_NEWLINES: Final = b"\r\n"
_PAD: Final = ord("=")


def _well_formed(letter: str, padded: bool) -> re.Pattern[bytes]:
    rest = f"{letter}{{2}}(?:==|{letter}=)" if padded else f"{letter}{{2,3}}"
    return re.compile(f"(?:{letter}{{4}})*+(?:{rest})?\\Z".encode())


_WELL_FORMED: Final = {
    (url, padded): _well_formed("[A-Za-z0-9_-]" if url else "[A-Za-z0-9+/]", padded)
    for url in (False, True)
    for padded in (False, True)
}


class CorruptInput(ValueError):
    """The text is not base64. ``str()`` is Go's text, with the offset of the offending byte."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"illegal base64 data at input byte {offset}")


def encode(raw: bytes, *, url: bool, padded: bool) -> str:
    """``raw`` in base64."""
    text = binascii.b2a_base64(raw, newline=False)
    if url:
        text = text.translate(_TO_URL)
    return (text if padded else text.rstrip(b"=")).decode("ascii")


def decode(text: bytes, *, url: bool, padded: bool) -> bytes:
    """The bytes that ``text`` stands for. Line ends are passed over, spare bits ignored.

    Raises ``CorruptInput``.
    """
    compact = text.translate(None, _NEWLINES)
    if not _WELL_FORMED[url, padded].match(compact):
        raise CorruptInput(_fault(text, _URL if url else _STANDARD, padded))
    if url:
        compact = compact.translate(_FROM_URL)
    return binascii.a2b_base64(compact + b"=" * (-len(compact) % 4))


def _fault(text: bytes, alphabet: frozenset[int], padded: bool) -> int:
    """Where Go stops: it reads groups of four, and names a short group by its first byte."""
    at = filled = 0
    while True:
        if at == len(text):
            return at - filled
        byte = text[at]
        at += 1
        if byte in _NEWLINES:
            continue
        if byte in alphabet:
            filled = (filled + 1) % 4
            continue
        if byte != _PAD or not padded or filled < 2:
            return at - 1
        at = _skip_newlines(text, at)
        if filled == 2:  # two are needed
            if at == len(text):
                return at
            if text[at] != _PAD:
                return at - 1
            at += 1
        return _skip_newlines(text, at)  # what comes after the end is too much


def _skip_newlines(text: bytes, at: int) -> int:
    while at < len(text) and text[at] in _NEWLINES:
        at += 1
    return at


def build(context: ModuleContext) -> dict[str, Any]:
    """The members of ``base64``. Natively its functions have no names."""

    def encoder(url: bool, padded: bool) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            expect(len(args), 1)
            text = encode(octets(args[0], "first"), url=url, padded=padded)
            return limited_text(text, context.string_bytes)

        return call

    def decoder(url: bool, padded: bool) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            expect(len(args), 1)
            try:
                raw = decode(raw_bytes(string(args[0], "first")), url=url, padded=padded)
            except CorruptInput as error:
                return ErrorValue(str(error))
            return limited_bytes(raw, context.bytes_length)

        return call

    members = {}
    for prefix, url, padded in (
        ("", False, True),
        ("raw_", False, False),
        ("url_", True, True),
        ("raw_url_", True, False),
    ):
        members[f"{prefix}encode"] = UserFunction("", encoder(url, padded))
        members[f"{prefix}decode"] = UserFunction("", decoder(url, padded))
    return dict(members)
