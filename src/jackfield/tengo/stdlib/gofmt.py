"""Tengo's ``format``: Go's ``fmt`` verbs over Tengo values.

Differences from Go that Tengo has: ``%v`` is the display form, every type but bool, int, float,
string and bytes is formatted as the text of its display form, and ``%%`` alone stays as it is
(see ``fmt_module``, a format without arguments is never interpreted).

Source: tengo spec 16.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jackfield.tengo.convert import to_int
from jackfield.tengo.display import display_text
from jackfield.tengo.errors import Fault
from jackfield.tengo.stdlib import strconv
from jackfield.tengo.values import (
    Bytes,
    TengoString,
    byte_length,
    escaped,
    type_name,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 1_000_000  # widths, precisions and argument numbers beyond it are not believed
_SIMPLE = re.compile(r"%[a-z]|%")
_MAX_RUNE = 0x10FFFF


class _Flags:
    """What stands between ``%`` and the verb."""

    __slots__ = ("minus", "plus", "precision", "sharp", "space", "width", "zero")

    def __init__(self) -> None:
        self.minus = self.plus = self.sharp = self.space = self.zero = False
        self.width: int | None = None
        self.precision: int | None = None


_PLAIN = _Flags()  # shared by all simple verbs; never changed


class _Printer:
    def __init__(self, arguments: Sequence[Any], limit: int) -> None:
        self.arguments = arguments
        self.parts: list[str] = []
        self.room = limit

    # --- output ---

    def write(self, text: str) -> None:
        if text.isascii():
            self.room -= len(text)
        else:
            self.room -= len(text.encode("utf-8", "surrogateescape"))
        if self.room < 0:
            raise Fault("exceeding string size limit")
        self.parts.append(text)

    def fill(self, count: int, flags: _Flags) -> None:
        if count > 0:
            if count > self.room:
                raise Fault("exceeding string size limit")
            self.write(("0" if flags.zero else " ") * count)

    def pad(self, text: str, flags: _Flags, *, zero: bool = True) -> None:
        """Write ``text`` to the width, counted in runes."""
        missing = (flags.width or 0) - len(text)
        if missing <= 0:
            self.write(text)
        elif flags.minus:
            self.write(text)
            self.fill(missing, flags)
        elif zero:
            self.fill(missing, flags)
            self.write(text)
        else:
            self.fill(missing, _PLAIN)
            self.write(text)

    # --- values ---

    def argument(self, value: Any, verb: str, flags: _Flags) -> None:
        """Write one argument by its verb."""
        kind = type(value)
        if verb == "v":
            self.text(display_text(value), flags)
        elif verb == "T":
            self.text(type_name(value), flags)
        elif kind is bool:
            if verb == "t":
                self.pad("true" if value else "false", flags)
            else:
                self.bad_verb(value, verb, flags)
        elif kind is int:
            self.integer(value, verb, flags)
        elif kind is float:
            self.float(value, verb, flags)
        elif kind is Bytes:
            self.bytes(bytes(value), verb, flags)
        else:
            is_string = kind is str or kind is TengoString
            self.string(escaped(value) if is_string else display_text(value), value, verb, flags)

    def bad_verb(self, value: Any, verb: str, flags: _Flags) -> None:
        self.write(f"%!{_rune(verb)}(")
        text = display_text(value)
        self.write(text + "=")
        self.text(text, flags)
        self.write(")")

    def text(self, text: str, flags: _Flags) -> None:
        if flags.precision is not None:
            text = text[: flags.precision]
        self.pad(text, flags)

    def string(self, text: str, value: Any, verb: str, flags: _Flags) -> None:
        if verb == "s":
            self.text(text, flags)
        elif verb in "xX":
            self.hex_bytes(text.encode("utf-8", "surrogateescape"), verb, flags)
        elif verb == "q":
            self.quoted(text, flags)
        else:
            self.bad_verb(value, verb, flags)

    def quoted(self, text: str, flags: _Flags) -> None:
        if flags.precision is not None:
            text = text[: flags.precision]
        if flags.sharp and strconv.can_backquote(text):
            self.pad(f"`{text}`", flags)
        else:
            self.pad(strconv.quote(text, ascii_only=flags.plus), flags)

    def hex_bytes(self, raw: bytes, verb: str, flags: _Flags) -> None:
        if flags.precision is not None:
            raw = raw[: flags.precision]
        if 2 * len(raw) > self.room:
            raise Fault("exceeding string size limit")
        digits = raw.hex(" ") if flags.space else raw.hex()
        if flags.sharp and raw:
            digits = "0x" + (digits.replace(" ", " 0x") if flags.space else digits)
        self.pad(digits.upper() if verb == "X" else digits, flags)

    def bytes(self, raw: bytes, verb: str, flags: _Flags) -> None:
        if verb == "d":
            self.write("[")
            for index, byte in enumerate(raw):
                if index:
                    self.write(" ")
                self.digits(byte, 10, verb, flags)
            self.write("]")
        elif verb in "sxXq":
            self.string(raw.decode("utf-8", "surrogateescape"), raw, verb, flags)

    def integer(self, value: int, verb: str, flags: _Flags) -> None:
        base = _BASES.get(verb)
        if base is not None:
            self.digits(value, base, verb, flags)
        elif verb == "c":
            self.pad(_character(value), flags)
        elif verb == "q" and 0 <= value <= _MAX_RUNE:
            self.pad(strconv.quote_rune(value, ascii_only=flags.plus), flags)
        elif verb == "U":
            self.unicode(value & (1 << 64) - 1, flags)
        else:
            self.bad_verb(value, verb, flags)

    def digits(self, value: int, base: int, verb: str, flags: _Flags) -> None:
        least = flags.precision
        if least is None:
            least = 0
            if flags.zero and flags.width is not None:
                least = flags.width - (value < 0 or flags.plus or flags.space)
        elif least == 0 and value == 0:
            self.fill(flags.width or 0, _PLAIN)
            return
        if least > self.room:
            raise Fault("exceeding string size limit")
        text = strconv.format_int(abs(value), base).rjust(least, "0")
        if flags.sharp:
            if base == 8:
                text = text if text[0] == "0" else "0" + text
            elif base != 10:
                text = ("0b" if base == 2 else "0x") + text
        if verb == "O":
            text = "0o" + text
        elif verb == "X":
            text = text.upper()
        sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
        self.padded_with_spaces(sign + text, flags)

    def padded_with_spaces(self, text: str, flags: _Flags) -> None:
        """To the width, with spaces even where zeros were asked for."""
        self.pad(text, flags, zero=False)

    def unicode(self, code: int, flags: _Flags) -> None:
        least = max(flags.precision or 0, 4)
        if least > self.room:
            raise Fault("exceeding string size limit")
        text = f"U+{code:0{least}X}"
        if flags.sharp and strconv.is_print(code):
            text += f" '{_character(code)}'"
        self.padded_with_spaces(text, flags)

    def float(self, value: float, verb: str, flags: _Flags) -> None:
        if verb not in "bgGxXfFeE":
            self.bad_verb(value, verb, flags)
            return
        letter = "f" if verb == "F" else verb
        precision = flags.precision
        if precision is None:
            precision = 6 if letter in "feE" else -1
        if precision > self.room:
            raise Fault("exceeding string size limit")
        number = strconv.format_float(value, letter, precision)
        if number[0] not in "+-":
            number = "+" + number
        if flags.space and number[0] == "+" and not flags.plus:
            number = " " + number[1:]
        if number[1] in "IN":
            if number[1] == "N" and not flags.space and not flags.plus:
                number = number[1:]
            self.padded_with_spaces(number, flags)
            return
        if flags.sharp and letter != "b":
            number = _with_point(number, letter, precision)
        if flags.plus or number[0] != "+":
            if flags.zero and flags.width is not None and flags.width > len(number):
                self.write(number[0])
                self.fill(flags.width - len(number), flags)
                self.write(number[1:])
            else:
                self.pad(number, flags)
        else:
            self.pad(number[1:], flags)


_BASES = {"d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}


def _rune(character: str) -> str:
    return "\ufffd" if "\udc80" <= character <= "\udcff" else character


def _character(code: int) -> str:
    valid = 0 <= code <= _MAX_RUNE and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid else "\ufffd"


def _with_point(number: str, letter: str, precision: int) -> str:
    """The ``#`` flag: always a decimal point, and the zeros that ``g`` would drop."""
    wanted = 0
    if letter in "gGx":
        wanted = 6 if precision == -1 else precision
    end = len(number)
    for index, character in enumerate(number[1:], 1):
        if character in "pP" or (character in "eE" and letter not in "xX"):
            end = index
            break
    head, tail = number[:end], number[end:]
    wanted -= len(head) - 1 - head.count(".")
    if "." not in head:
        head += "."
    return head + "0" * max(wanted, 0) + tail


def _number(text: str, start: int, end: int) -> tuple[int | None, int]:
    """The decimal number at ``start`` and the place after it; a crazy one swallows the rest."""
    value, at = 0, start
    while at < end and text[at] in "0123456789":
        if value > _MOST:
            return None, end
        value = value * 10 + int(text[at])
        at += 1
    return (value if at > start else None), at


class _Format(_Printer):
    """The interpreter of one format string."""

    def __init__(self, text: str, arguments: Sequence[Any], limit: int) -> None:
        super().__init__(arguments, limit)
        self.source = text
        self.next = 0
        self.reordered = False
        self.good = True

    def index(self, at: int) -> tuple[int, bool]:
        """An argument number in brackets at ``at``, if there is one: place after it, found."""
        text = self.source
        if at >= len(text) or text[at] != "[":
            return at, False
        self.reordered = True
        close = text.find("]", at)
        if close < 0 or len(text) - at < 3:
            self.good = False
            return at + 1, False
        value, end = _number(text, at + 1, close)
        if value is None or end != close:
            self.good = False
            return close + 1, False
        if 0 <= value - 1 < len(self.arguments):
            self.next = value - 1
        else:
            self.good = False
        return close + 1, True

    def star(self) -> int | None:
        """A width or precision taken from the arguments."""
        if self.next >= len(self.arguments):
            return None
        value = to_int(self.arguments[self.next])
        self.next += 1
        return value if value is not None and -_MOST <= value <= _MOST else None

    def directive(self, at: int) -> int:
        """Handle what follows a ``%``; gives the place after the verb."""
        text, end = self.source, len(self.source)
        flags = _Flags()
        self.good = True
        while at < end:
            character = text[at]
            if character == "#":
                flags.sharp = True
            elif character == "0":
                flags.zero = not flags.minus
            elif character == "+":
                flags.plus = True
            elif character == "-":
                flags.minus, flags.zero = True, False
            elif character == " ":
                flags.space = True
            else:
                break
            at += 1
        at, after_index = self.index(at)
        at, after_index = self.width(at, flags, after_index)
        if at + 1 < end and text[at] == ".":
            at, after_index = self.precision(at + 1, flags, after_index)
        if not after_index:
            at, after_index = self.index(at)
        if at >= end:
            self.write("%!(NOVERB)")
            return end
        verb = text[at]
        if verb == "%":
            self.write("%")
        elif not self.good:
            self.write(f"%!{_rune(verb)}(BADINDEX)")
        elif self.next >= len(self.arguments):
            self.write(f"%!{_rune(verb)}(MISSING)")
        else:
            self.argument(self.arguments[self.next], verb, flags)
            self.next += 1
        return at + 1

    def width(self, at: int, flags: _Flags, after_index: bool) -> tuple[int, bool]:
        if self.source[at : at + 1] == "*":
            flags.width = self.star()
            if flags.width is None:
                self.write("%!(BADWIDTH)")
            elif flags.width < 0:
                flags.width = -flags.width
                flags.minus, flags.zero = True, False
            return at + 1, False
        flags.width, at = _number(self.source, at, len(self.source))
        if after_index and flags.width is not None:  # "%[3]2d"
            self.good = False
        return at, after_index

    def precision(self, at: int, flags: _Flags, after_index: bool) -> tuple[int, bool]:
        if after_index:  # "%[3].2d"
            self.good = False
        at, after_index = self.index(at)
        if self.source[at : at + 1] == "*":
            flags.precision = self.star()
            if flags.precision is not None and flags.precision < 0:
                flags.precision = None
            if flags.precision is None:
                self.write("%!(BADPREC)")
            return at + 1, False
        value, at = _number(self.source, at, len(self.source))
        flags.precision = value or 0
        return at, after_index

    def run(self) -> str:
        text = self.source
        at = 0
        arguments = self.arguments
        while True:
            match = _SIMPLE.search(text, at)
            if match is None:
                if at < len(text):
                    self.write(text[at:])
                break
            if match.start() > at:
                self.write(text[at : match.start()])
            at = match.end()
            if at - match.start() == 2 and self.next < len(arguments):
                self.argument(arguments[self.next], match[0][1], _PLAIN)
                self.next += 1
            else:
                at = self.directive(match.start() + 1)
        if not self.reordered and self.next < len(arguments):
            self.write("%!(EXTRA ")
            for index, value in enumerate(arguments[self.next :]):
                self.write(f"{', ' if index else ''}{type_name(value)}=")
                self.argument(value, "v", _PLAIN)
            self.write(")")
        return "".join(self.parts)


def sprintf(
    text: str | TengoString, arguments: Sequence[Any], limit: int = (1 << 31) - 1
) -> str | TengoString:
    """``text`` with its verbs replaced by ``arguments``; without arguments, ``text`` itself.

    :param limit: longest result in bytes. Raises ``Fault`` beyond it.
    """
    if not arguments:
        if byte_length(text) > limit:
            raise Fault("exceeding string size limit")
        return text
    return unescaped(_Format(escaped(text), arguments, limit).run())
