"""JSON text as Go's ``encoding/json`` scans it: exact messages, any depth, indentation.

This is the slow and exact way. ``json_module`` goes through Python's C scanner where it can and
comes here for what that refuses.

Source: tengo spec 17.6.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import strconv
from jackfield.tengo.values import MAX_INT, MIN_INT, Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_STRING: Final = re.compile(
    rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
)
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?+([eE][+-]?[0-9]++)?+")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_HTML: Final = re.compile(b"[<>&]|\xe2\x80[\xa8\xa9]")
# Between tokens of valid JSON: strings stay whole, everything else is split at punctuation.
_TOKENS: Final = re.compile(rb'[\[\]{}:,]|"(?:[^"\\]|\\.)*+"|[^\s\[\]{}:,"]++', re.DOTALL)
_LITERALS: Final[tuple[tuple[bytes, Any], ...]] = (
    (b"true", True),
    (b"false", False),
    (b"null", Undefined),
)


class JSONError(ValueError):
    """The text is not JSON; ``str()`` is Go's message."""


def _unexpected(data: bytes, at: int, context: str) -> JSONError:
    """The complaint about the byte at ``at``; at the end Go complains of a space."""
    code = data[at] if at < len(data) else 0x20
    if code == 0x27:
        shown = r"'\''"
    elif code == 0x22:
        shown = "'\"'"
    else:
        shown = f"'{strconv.quote(chr(code))[1:-1]}'"
    return JSONError(f"invalid character {shown} {context}")


_AT_END: Final = "unexpected end of JSON input"


def _string_problem(data: bytes, at: int) -> JSONError:
    """What is wrong with the string that begins before ``at``."""
    while at < len(data):
        code = data[at]
        if code < 0x20:
            return _unexpected(data, at, "in string literal")
        at += 1
        if code == 0x5C:
            if data[at : at + 1] == b"u":
                for place in range(at + 1, at + 5):
                    if data[place : place + 1] not in _HEX_DIGITS:
                        return _unexpected(data, place, "in \\u hexadecimal character escape")
                at += 5
            elif data[at : at + 1] in _ESCAPED:
                at += 1
            else:
                return _unexpected(data, at, "in string escape code")
    return JSONError(_AT_END)


_HEX_DIGITS: Final = frozenset(bytes([c]) for c in b"0123456789abcdefABCDEF")
_ESCAPED: Final = frozenset(bytes([c]) for c in b'bfnrt\\/"')


def _number_problem(data: bytes, at: int) -> JSONError:
    """What is wrong with the number at ``at``, which is more than its longest correct part."""
    at += data[at : at + 1] == b"-"
    match = re.compile(rb"0|[1-9][0-9]*+").match(data, at)
    if match is None:
        return _unexpected(data, at, "in numeric literal")
    at = match.end()
    if data[at : at + 1] == b".":
        digits = re.compile(rb"[0-9]*+").match(data, at + 1)
        at = digits.end() if digits else at
        if data[at - 1 : at] == b".":
            return _unexpected(data, at, "after decimal point in numeric literal")
    at += 1  # the e
    at += data[at : at + 1] in (b"+", b"-")
    return _unexpected(data, at, "in exponent of numeric literal")


def mended(text: str) -> str:
    """``text`` with U+FFFD for lone surrogates and for invalid bytes."""
    return _SURROGATES.sub("\ufffd", text)


def clamped(number: int) -> int:
    """The nearest 64-bit integer."""
    return max(MIN_INT, min(MAX_INT, number))


class _Reader:
    """Reads one text. It has its own stack, so that depth is limited by memory only."""

    def __init__(self, data: bytes, integer: Callable[[bytes], Any]) -> None:
        self.data = data
        self.integer = integer
        self.at = 0

    def skip(self) -> int:
        """Go over spaces; gives the byte there, -1 at the end."""
        match = _SPACE.match(self.data, self.at)
        self.at = match.end() if match else self.at
        return self.data[self.at] if self.at < len(self.data) else -1

    def string(self) -> str:
        match = _STRING.match(self.data, self.at)
        if match is None:
            raise _string_problem(self.data, self.at + 1)
        self.at = match.end()
        text: str = json.loads(match[0].decode("utf-8", "surrogateescape"))
        return mended(text)

    def scalar(self, first: int) -> Any:
        data, at = self.data, self.at
        if first == 0x22:
            return self.string()
        if first == 0x2D or 0x30 <= first <= 0x39:
            return self.number()
        for word, value in _LITERALS:
            if first != word[0]:
                continue
            for offset in range(1, len(word)):
                if data[at + offset : at + offset + 1] != word[offset : offset + 1]:
                    context = f"in literal {word.decode()} (expecting '{chr(word[offset])}')"
                    raise _unexpected(data, at + offset, context)
            self.at = at + len(word)
            return value
        if first < 0:
            raise JSONError(_AT_END)
        raise _unexpected(data, at, "looking for beginning of value")

    def number(self) -> Any:
        match = _NUMBER.match(self.data, self.at)
        following = self.data[match.end() : match.end() + 1] if match else b""
        if match is None or (following == b"." and not match[1] and not match[2]):
            raise _number_problem(self.data, self.at)
        if following in (b"e", b"E") and not match[2]:
            raise _number_problem(self.data, self.at)
        self.at = match.end()
        if match[1] or match[2]:
            return float(match[0])
        return self.integer(match[0])

    def key(self, first: int) -> str:
        """A key and the colon behind it."""
        if first < 0:
            raise JSONError(_AT_END)
        if first != 0x22:
            raise _unexpected(self.data, self.at, "looking for beginning of object key string")
        key = self.string()
        first = self.skip()
        if first < 0:
            raise JSONError(_AT_END)
        if first != 0x3A:
            raise _unexpected(self.data, self.at, "after object key")
        self.at += 1
        return key

    def read(self) -> Any:
        """The value that the whole text is."""
        stack: list[tuple[Any, str]] = []  # open containers; for a map, the key being read
        while True:
            first = self.skip()
            value: Any
            if first == 0x5B:
                self.at += 1
                if self.skip() != 0x5D:
                    stack.append(([], ""))
                    continue
                self.at += 1
                value = []
            elif first == 0x7B:
                self.at += 1
                first = self.skip()
                if first != 0x7D:
                    stack.append(({}, self.key(first)))
                    continue
                self.at += 1
                value = {}
            else:
                value = self.scalar(first)
            value = self.close(stack, value)
            if not stack:
                break
        if self.skip() >= 0:
            raise _unexpected(self.data, self.at, "after top-level value")
        return value

    def close(self, stack: list[tuple[Any, str]], value: Any) -> Any:
        """Put a finished value into the open container, and go up while containers end."""
        while stack:
            container, key = stack[-1]
            is_map = type(container) is dict
            if is_map:
                container[key] = value
            else:
                container.append(value)
            following = self.skip()
            if following < 0:
                raise JSONError(_AT_END)
            if following == 0x2C:
                self.at += 1
                if is_map:
                    stack[-1] = (container, self.key(self.skip()))
                return value
            if following != (0x7D if is_map else 0x5D):
                context = "after object key:value pair" if is_map else "after array element"
                raise _unexpected(self.data, self.at, context)
            self.at += 1
            stack.pop()
            value = container
        return value


def _bounded(digits: bytes) -> int:
    if len(digits) > 20:
        return MIN_INT if digits[:1] == b"-" else MAX_INT
    return clamped(int(digits))


def decode(data: bytes, *, all_floats: bool) -> Any:
    """The Tengo value of a JSON text; ``null`` is undefined.

    :param all_floats: numbers without point or exponent are floats too, as in v2.10.
    Raises ``JSONError``.
    """
    return _Reader(data, float if all_floats else _bounded).read()


def indent(data: bytes, prefix: bytes, step: bytes, limit: int) -> bytes:
    """``data`` over several lines, each begun with ``prefix`` and one ``step`` a level.

    Empty containers stay on one line, and what follows the value is kept. Raises ``JSONError``,
    and ``Fault`` where the result would be longer than ``limit`` bytes.
    """
    decode(data, all_floats=True)
    out = bytearray()
    depth = 0
    opened = False
    for token in _TOKENS.findall(data):
        closes = token in (b"}", b"]")
        if closes:
            depth -= 1
        if opened != closes:
            out += b"\n" + prefix + step * depth
        opened = token in (b"{", b"[")
        out += token
        if opened:
            depth += 1
        elif token == b",":
            out += b"\n" + prefix + step * depth
        elif token == b":":
            out += b" "
        if len(out) > limit:
            raise Fault("exceeding bytes size limit")
    return bytes(out) + data[len(data.rstrip(b" \t\r\n")) :]


def html_escape(data: bytes) -> bytes:
    """``data`` with ``<``, ``>``, ``&`` and the line separators U+2028 and U+2029 escaped."""

    def escape(match: re.Match[bytes]) -> bytes:
        return b"\\u%04x" % ord(match[0].decode())

    return _HTML.sub(escape, data)
