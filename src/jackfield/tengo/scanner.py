"""Source text to tokens, with automatic semicolons.

A token is ``(kind, literal, offset)``. Kinds are the operators and keywords themselves, and
``IDENT INT FLOAT CHAR STRING EOF ILLEGAL`` (see ``LITERALS``); an automatic semicolon has the
literal ``"\\n"``.

Source: tengo ``parser/scanner.go`` (behaviour, error texts); tengo spec 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackfield.tengo.source import SourceFile

KEYWORDS: Final = frozenset(
    [
        "break",
        "continue",
        "else",
        "for",
        "func",
        "error",
        "immutable",
        "if",
        "return",
        "export",
        "true",
        "false",
        "in",
        "undefined",
        "import",
    ]
)
LITERALS: Final = frozenset(("IDENT", "INT", "FLOAT", "CHAR", "STRING"))

_ENDS_STATEMENT: Final = frozenset(
    [
        "IDENT",
        "INT",
        "FLOAT",
        "CHAR",
        "STRING",
        "break",
        "continue",
        "return",
        "export",
        "true",
        "false",
        "undefined",
        "++",
        "--",
        ")",
        "]",
        "}",
    ]
)
_OPERATOR: Final = re.compile(
    r"<<=|>>=|&\^=|\.\.\.|:=|\+=|\+\+|-=|--|\*=|/=|%=|\^=|<<|<=|>>|>=|==|!=|&\^|&=|&&|\|=|\|\|"
    r"|[-+*/%^<>=!&|:.,?;()\[\]{}]"
)
_ASCII_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLANK: Final = re.compile(r"[ \t\r]*")
_BLANK_LINES: Final = re.compile(r"[ \t\r\n]*")
_DIGITS: Final = {
    2: re.compile(r"[01_]*"),
    8: re.compile(r"[0-7_]*"),
    10: re.compile(r"[0-9_]*"),
    16: re.compile(r"[0-9a-fA-F_]*"),
}
_PREFIXES: Final = {"b": 2, "o": 8, "x": 16}
# Numbers of level 2.10; the faults they may have are told apart by the groups.
_OLD_NUMBER: Final = re.compile(
    r"0[xX](?P<hex>[0-9a-fA-F]*)"
    r"|(?P<float>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?(?P<exponent>[0-9]*))?)"
    r"|0[0-7]*(?P<octal>[89][0-9]*)?|[0-9]+"
)
_PLAIN_STRING: Final = re.compile(r'"[^"\\\n\x00\x80-\U0010ffff]*"')
_SUSPECT: Final = re.compile("[\\x00\\ufeff\\ud800-\\udfff]")
_BOM: Final = "\ufeff"

Token = tuple[str, str, int]


def is_letter(char: str) -> bool:
    """Whether a name may begin with this character (Go's ``unicode.IsLetter`` or ``_``)."""
    return char == "_" or char.isalpha()


def _is_name_part(char: str) -> bool:
    return is_letter(char) or (char.isdecimal() if char > "\x7f" else char.isdigit())


def show_char(char: str) -> str:
    """Go's ``%#U``: ``U+0040 '@'``."""
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        code, char = 0xFFFD, "\ufffd"
    shown = f" '{char}'" if char.isprintable() else ""
    return f"U+{code:04X}{shown}"


class Scanner:
    """Cuts a source into tokens; :meth:`scan` gives the next one.

    :param report: called with offset and message for each lexical error; scanning goes on.
    :param level: at ``"2.10"`` numbers have neither ``0b`` nor ``0o`` nor ``_``, and no hexadecimal
        floats.
    """

    def __init__(
        self, file: SourceFile, report: Callable[[int, str], None], level: str = "head"
    ) -> None:
        self.text = file.text
        self.at = 1 if self.text.startswith(_BOM) else 0
        self.report = report
        self._insert_semicolon = False
        self._number = self._old_number if level == "2.10" else self._new_number

    def scan(self) -> Token:
        """The next token."""
        text = self.text
        while True:
            blank = _BLANK if self._insert_semicolon else _BLANK_LINES
            start = blank.match(text, self.at).end()  # type: ignore[union-attr]
            self.at = start
            if start >= len(text):
                return self._end(start)
            char = text[start]
            if char == "\n":
                self.at = start + 1
                self._insert_semicolon = False
                return ";", "\n", start
            if char == "/" and text[start + 1 : start + 2] in ("/", "*"):
                if self._insert_semicolon and self._line_ends(start):
                    self._insert_semicolon = False
                    return ";", "\n", start
                self._comment(start)
                self._insert_semicolon = False
                continue
            return self._token(char, start)

    def _end(self, start: int) -> Token:
        if self._insert_semicolon:
            self._insert_semicolon = False
            return ";", "\n", start
        return "EOF", "", start

    def _token(self, char: str, start: int) -> Token:
        if is_letter(char):
            literal = self._name(start)
            kind = literal if literal in KEYWORDS else "IDENT"
        elif char in "0123456789" or (char == "." and self._digit_at(start + 1)):
            kind, literal = self._number(start)
        elif char == '"':
            kind, literal = "STRING", self._string(start)
        elif char == "'":
            kind, literal = "CHAR", self._char(start)
        elif char == "`":
            kind, literal = "STRING", self._raw_string(start)
        else:
            match = _OPERATOR.match(self.text, start)
            if match is None:
                return self._illegal(char, start)
            self.at = match.end()
            kind = match.group()
            literal = kind if kind == ";" else ""
        self._insert_semicolon = kind in _ENDS_STATEMENT
        return kind, literal, start

    def _illegal(self, char: str, start: int) -> Token:
        self.at = start + 1
        self._check(start, start + 1)
        if char != _BOM:
            self.report(start, f"illegal character {show_char(char)}")
        return "ILLEGAL", char, start

    def _check(self, start: int, stop: int) -> None:
        """Report what is never allowed, wherever it stands."""
        for match in _SUSPECT.finditer(self.text, start, stop):
            char, at = match.group(), match.start()
            if char == "\0":
                self.report(at, "illegal character NUL")
            elif char == _BOM:
                self.report(at, "illegal byte order mark")
            else:
                self.report(at, "illegal UTF-8 encoding")

    # -- comments ------------------------------

    def _comment(self, start: int) -> None:
        text = self.text
        if text[start + 1] == "/":
            stop = text.find("\n", start)
            self.at = len(text) if stop < 0 else stop
        else:
            stop = text.find("*/", start + 2)
            self.at = len(text) if stop < 0 else stop + 2
        self._check(start, self.at)
        if text[start + 1] == "*" and stop < 0:
            self.report(start, "comment not terminated")

    def _line_ends(self, at: int) -> bool:
        """Whether only comments and blanks stand between here and the end of the line."""
        text = self.text
        while text.startswith("/*", at):
            stop = text.find("*/", at + 2)
            if stop < 0 or "\n" in text[at:stop]:
                return True
            at = _BLANK.match(text, stop + 2).end()  # type: ignore[union-attr]
            if at >= len(text) or text[at] == "\n":
                return True
        return text.startswith("//", at)

    # -- names and numbers ------------------------------

    def _name(self, start: int) -> str:
        text = self.text
        match = _ASCII_NAME.match(text, start)
        at = match.end() if match else start
        while at < len(text) and text[at] > "\x7f" and _is_name_part(text[at]):
            at += 1
            match = _DIGITS_OR_NAME.match(text, at)
            at = match.end()  # type: ignore[union-attr]
        self.at = at
        return text[start:at]

    def _digit_at(self, at: int) -> bool:
        return self.text[at : at + 1] in set("0123456789")

    def _old_number(self, start: int) -> tuple[str, str]:
        match = _OLD_NUMBER.match(self.text, start)
        assert match is not None  # it begins with a digit, or a point and a digit
        self.at = match.end()
        if match["hex"] == "":
            self.report(start, "illegal hexadecimal number")
        if match["octal"]:
            self.report(start, "illegal octal number")
        if match["exponent"] == "":
            self.report(start, "illegal floating-point exponent")
        return "INT" if match["float"] is None else "FLOAT", match.group()

    def _new_number(self, start: int) -> tuple[str, str]:
        text = self.text
        kind, base, at = "INT", 10, start
        if text[at] == "0":
            base = _PREFIXES.get(text[at + 1 : at + 2].lower(), 10)
            at += 2 if base != 10 else 0
        at = _DIGITS[base].match(text, at).end()  # type: ignore[union-attr]
        if base in (10, 16) and text.startswith(".", at):
            kind = "FLOAT"
            at = _DIGITS[base].match(text, at + 1).end()  # type: ignore[union-attr]
        if text[at : at + 1] in ("e", "E", "p", "P"):
            kind = "FLOAT"
            at += 2 if text[at + 1 : at + 2] in ("+", "-") else 1
            digits = at
            at = _DIGITS[10].match(text, at).end()  # type: ignore[union-attr]
            if at == digits:
                self.report(at, "exponent has no digits")
        self.at = at
        return kind, text[start:at]

    # -- text literals ------------------------------

    def _string(self, start: int) -> str:
        text = self.text
        plain = _PLAIN_STRING.match(text, start)
        if plain:
            self.at = plain.end()
            return plain.group()
        at = start + 1
        while True:
            char = text[at : at + 1]
            if char in ("\n", ""):
                self.report(start, "string literal not terminated")
                break
            at += 1
            if char == '"':
                break
            if char == "\\":
                at, _ = self._escape(at, '"')
        self.at = at
        self._check(start, at)
        return text[start:at]

    def _raw_string(self, start: int) -> str:
        stop = self.text.find("`", start + 1)
        if stop < 0:
            self.at = len(self.text)
            self.report(start, "raw string literal not terminated")
        else:
            self.at = stop + 1
        self._check(start, self.at)
        return self.text[start : self.at].replace("\r", "")

    def _char(self, start: int) -> str:
        text, at, count, valid = self.text, start + 1, 0, True
        while True:
            char = text[at : at + 1]
            if char in ("\n", ""):
                if valid:
                    self.report(start, "rune literal not terminated")
                    valid = False
                break
            at += 1
            if char == "'":
                break
            count += 1
            if char == "\\":
                at, good = self._escape(at, "'")
                valid = valid and good
        if valid and count != 1:
            self.report(start, "illegal rune literal")
        self.at = at
        self._check(start, at)
        return text[start:at]

    def _escape(self, at: int, quote: str) -> tuple[int, bool]:
        """Check the escape whose backslash is just before ``at``; gives where it ends."""
        text = self.text
        first, char = at, text[at : at + 1]
        if char and char in "abfnrtv\\" + quote:
            return at + 1, True
        if char and char in "01234567":
            count, base, limit = 3, 8, 255
        elif char and char in "xuU":
            at += 1
            count, base = {"x": 2, "u": 4, "U": 8}[char], 16
            limit = 255 if char == "x" else 0x10FFFF
        else:
            ended = "escape sequence not terminated"
            self.report(first, "unknown escape sequence" if char else ended)
            return at, False
        value = 0
        for _ in range(count):
            char = text[at : at + 1]
            digit = "0123456789abcdef".find(char.lower()) if char.isascii() and char else -1
            if not 0 <= digit < base:
                message = f"illegal character {show_char(char)} in escape sequence" if char else ""
                self.report(at, message or "escape sequence not terminated")
                return at, False
            value = value * base + digit
            at += 1
        if value > limit or 0xD800 <= value < 0xE000:
            self.report(first, "escape sequence is invalid Unicode code point")
            return at, False
        return at, True


_DIGITS_OR_NAME: Final = re.compile(r"[A-Za-z0-9_]*")
