"""Regular expressions with Go's syntax, matches and messages, in time linear in the text.

The work is done by RE2, from whose family Go's ``regexp`` comes: the same syntax and the same
leftmost-first matches. What differs is bridged here: Go's wording of syntax errors, how a search
goes on after an empty match, templates of replacements, and text that is not valid UTF-8 (where
Go sees a U+FFFD in every invalid byte).

Source: tengo spec 17.1 and the documentation of Go's ``regexp`` package.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import re2  # type: ignore[import-untyped]

from jackfield.tengo.values import TengoString, raw_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Span = tuple[int, int]
"""Byte offsets of a group; (-1, -1) if it did not take part."""

_UNANCHORED: Final = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001 (the C++ object behind re2)
# A set of one expression tells "fits or not" in half the time, if its program is not so large that
# the automaton could run out of memory.
_LARGEST_SET: Final = 2_000
_TEMPLATES: Final = 16
_MEMORY: Final = 8 << 20
_MORE_MEMORY: Final = 64 << 20

_MESSAGES: Final = {
    "invalid named capture group": "invalid named capture",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "no argument for repetition operator": "missing argument to repetition operator",
    "pattern too large - compile failed": "expression too large",
}
_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
# RE2 knows \C (one byte), Go does not. Quoted stretches are stepped over.
_ONE_BYTE: Final = re.compile(r"(?s)(?:[^\\]|\\Q.*?(?:\\E|\Z)|\\[^CQ])*+\\C")


class RegexError(ValueError):
    """The pattern is no regular expression; ``str()`` is Go's ``error parsing regexp: ...``."""

    def __init__(self, problem: str, part: str) -> None:
        super().__init__(f"error parsing regexp: {problem}: `{part}`")


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options


def _explain(error: str, pattern: str) -> RegexError:
    if error.startswith("trailing \\"):
        return RegexError("trailing backslash at end of expression", "")
    problem, _, part = error.partition(": ")
    problem = _MESSAGES.get(problem, problem)
    if part.startswith("(?<"):
        part = "(?<"
    if problem in ("invalid UTF-8", "expression too large"):
        part = pattern
    return RegexError(problem, part)


class Pattern:
    """A compiled regular expression. Safe to share between threads.

    :ivar names: of the groups, in order; empty for nameless ones. Index 0 is the whole match.
    :ivar literal: the text that the pattern stands for, if it is nothing but literal text.
    """

    __slots__ = ("_engine", "_find", "_fits", "_needed", "_templates", "literal", "names", "source")

    def __init__(self, source: str | TengoString) -> None:
        raw = raw_bytes(source)
        self.source = raw.decode("utf-8", "replace")
        plain = type(source) is str and source and not _SPECIAL.search(source)
        self.literal: str | None = self.source if plain else None
        if b"\\C" in raw and _ONE_BYTE.match(self.source):
            raise RegexError("invalid escape sequence", "\\C")
        engine = re2._re2.RE2(raw, _options(_MEMORY))  # noqa: SLF001
        if not engine.ok() and engine.error().startswith(b"pattern too large"):
            engine = re2._re2.RE2(raw, _options(_MORE_MEMORY))  # noqa: SLF001
        if not engine.ok():
            raise _explain(engine.error().decode("utf-8", "replace"), self.source)
        self._engine = engine
        self._find = engine.Match
        self._fits: Callable[[bytes], Any] | None = None
        self._needed = b"" if type(source) is not str else needed_literal(source).encode()
        self._templates: dict[str | TengoString, list[int | bytes]] = {}
        self.names = [""] * (engine.NumberOfCapturingGroups() + 1)
        for name, index in engine.NamedCapturingGroups():
            self.names[index] = name.decode()

    def matches(self, text: str | TengoString) -> bool:
        """Whether the pattern fits anywhere in ``text``."""
        if type(text) is str:
            if self.literal is not None:
                return self.literal in text
            raw = text.encode()
        else:
            raw = _repaired(raw_bytes(text))[0]
        if self._needed not in raw:
            return False
        return bool((self._fits or self._make_fits())(raw))

    def _make_fits(self) -> Callable[[bytes], Any]:
        if self._engine.ProgramSize() > _LARGEST_SET:
            find = self._find
            self._fits = lambda raw: find(_UNANCHORED, raw, 0, len(raw))[0][0] >= 0
        else:
            group = re2._re2.Set(_UNANCHORED, _options(_MEMORY))  # noqa: SLF001
            group.Add(self.source.encode())
            group.Compile()
            self._fits = group.Match
        return self._fits

    def find(self, text: str | TengoString, limit: int) -> list[Sequence[Span]]:
        """Up to ``limit`` matches (all if negative), each the spans of its groups in bytes."""
        if type(text) is str:
            return self._walk(text.encode(), limit)
        raw, places = _repaired(raw_bytes(text))
        return [
            [(_original(places, a), _original(places, b)) for a, b in spans]
            for spans in self._walk(raw, limit)
        ]

    def _walk(self, raw: bytes, limit: int) -> list[Sequence[Span]]:
        find, end = self._find, len(raw)
        found: list[Sequence[Span]] = []
        needed = self._needed
        at, previous = 0, -1
        while at <= end and limit:
            if needed and raw.find(needed, at) < 0:
                break
            spans = find(_UNANCHORED, raw, at, end)
            start, stop = spans[0]
            if start < 0:
                break
            if stop == at:  # an empty match; step over one character
                wanted = start != previous
                at += _width(raw[at]) if at < end else 1
            else:
                wanted = True
                at = stop
            previous = stop
            if wanted:  # no empty match right behind another match
                found.append(spans)
                limit -= 1
        return found

    def split(self, text: str | TengoString, limit: int) -> list[bytes]:
        """The pieces between matches, at most ``limit`` (all if negative)."""
        if limit == 0:
            return []
        raw = raw_bytes(text)
        if self.source and not raw:
            return [b""]
        pieces: list[bytes] = []
        begin = end = 0
        for spans in self.find(text, limit):
            if len(pieces) == limit - 1:
                break
            end, after = spans[0]
            if after:
                pieces.append(raw[begin:end])
            begin = after
        if end != len(raw):
            pieces.append(raw[begin:])
        return pieces

    def replace_one(self, raw: bytes, part: int | bytes, room: int) -> bytes | None:
        """Every match in valid UTF-8 replaced by a group or by a text; ``None`` if over ``room``.

        Most templates are of one part; this is :meth:`find` and :meth:`expand` in one loop.
        """
        find, end, needed = self._find, len(raw), self._needed
        group = part if type(part) is int else -1
        fixed = part if type(part) is bytes else b""
        pieces: list[bytes] = []
        copied = at = 0
        previous = -1
        while at <= end:
            if needed and raw.find(needed, at) < 0:
                break
            spans = find(_UNANCHORED, raw, at, end)
            start, stop = spans[0]
            if start < 0:
                break
            if stop != at:
                at = stop
            else:  # an empty match; step over one character
                at += _width(raw[at]) if at < end else 1
                if start == previous:  # none right behind another match
                    continue
            previous = stop
            pieces.append(raw[copied:start])
            room -= start - copied
            copied = stop
            if group < 0:
                piece = fixed
            else:
                first, last = spans[group]
                piece = raw[first:last] if first >= 0 else b""
            pieces.append(piece)
            room -= len(piece)
            if room < 0:
                return None
        pieces.append(raw[copied:])
        return b"".join(pieces)

    def expand(self, template: Sequence[int | bytes], raw: bytes, spans: Sequence[Span]) -> bytes:
        """A replacement: ``template`` (see ``parse_template``) with the groups put in."""
        if len(template) == 1:
            part = template[0]
            if type(part) is bytes:
                return part
            start, stop = spans[part]  # type: ignore[index]
            return raw[start:stop] if start >= 0 else b""
        out = []
        for part in template:
            if type(part) is bytes:
                out.append(part)
            else:
                start, stop = spans[part]  # type: ignore[index]
                if start >= 0:
                    out.append(raw[start:stop])
        return b"".join(out)

    def template(self, text: str | TengoString) -> list[int | bytes]:
        """:meth:`parse_template`, with the last few templates kept."""
        parts = self._templates.get(text)
        if parts is None:
            if len(self._templates) >= _TEMPLATES:
                self._templates.clear()
            parts = self._templates[text] = self.parse_template(text)
        return parts

    def parse_template(self, template: str | TengoString) -> list[int | bytes]:
        """``$1``, ``${1}``, ``$name`` and ``$$`` told from literal bytes.

        A name is as long as it can be: ``$1x`` is the group named ``1x``. What names no group
        stands for nothing; a ``$`` that begins no name stands for itself.
        """
        text = raw_bytes(template).decode("utf-8", "surrogateescape")
        parts: list[int | bytes] = []
        at = 0
        while True:
            dollar = text.find("$", at)
            literal = text[at:] if dollar < 0 else text[at:dollar]
            if literal:
                parts.append(literal.encode("utf-8", "surrogateescape"))
            if dollar < 0:
                return parts or [b""]
            if text[dollar + 1 : dollar + 2] == "$":
                parts.append(b"$")
                at = dollar + 2
                continue
            name, at = _template_name(text, dollar + 1)
            if not name:
                parts.append(b"$")
                continue
            index = self._group(name)
            if index is not None:
                parts.append(index)

    def _group(self, name: str) -> int | None:
        if name.isascii() and name.isdigit() and (name == "0" or name[0] != "0"):
            index = int(name[:9])
            return index if index < len(self.names) else None
        return self.names.index(name) if name in self.names else None


_STEP: Final = re.compile(
    r"(?P<class>\[\^?\]?(?:[^\]\\\[]|\\.|\[:\w+:\])*+\])|\\(?P<mark>[^\w\s])|(?P<simple>\\[dDsSwWbBAz]|[.^$])"
    r"|(?P<optional>[*?]\??)|(?P<repeated>\+\??)|(?P<plain>[^\\|()\[\]{}])"
)


def needed_literal(pattern: str) -> str:
    """A text that is in whatever fits ``pattern``; empty if none was found.

    Only what stands outside of groups is looked at, up to the first thing that is not simple.
    """
    if "(?" in pattern.replace("(?:", "").replace("(?P<", ""):
        return ""  # flags may change what a letter means
    runs = [""]
    at = depth = 0
    while at < len(pattern):
        if pattern[at] in "()":
            depth += 1 if pattern[at] == "(" else -1
            at += 1
            runs.append("")
            continue
        match = _STEP.match(pattern, at)
        if match is None:
            if depth and pattern[at] == "|":
                at += 1
                continue
            # An alternative in the rest would make all that was found optional.
            if depth or "|" in pattern[at:]:
                return ""
            if pattern[at] == "{":  # a count of what stands before it
                runs[-1] = runs[-1][:-1]
            return max(runs, key=len)
        at = match.end()
        if depth:
            continue
        kind = match.lastgroup
        if kind == "mark":
            runs[-1] += match["mark"]
        elif kind == "plain":
            runs[-1] += match["plain"]
        else:
            if kind == "optional":
                runs[-1] = runs[-1][:-1]
            runs.append("")
    return max(runs, key=len)


def _template_name(text: str, at: int) -> tuple[str, int]:
    """The name that begins at ``at``, in braces or not, and the place after it."""
    braces = text[at : at + 1] == "{"
    start = at + braces
    end = start
    while end < len(text) and (text[end].isalpha() or text[end].isdecimal() or text[end] == "_"):
        end += 1
    if end == start or (braces and text[end : end + 1] != "}"):
        return "", at
    return text[start:end], end + braces


def _width(first: int) -> int:
    return 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _repaired(raw: bytes) -> tuple[bytes, list[int]]:
    """``raw`` with U+FFFD for each invalid byte, and where in the result those stand."""
    out = bytearray()
    places = []
    for piece in re.split("([\udc80-\udcff])", raw.decode("utf-8", "surrogateescape")):
        if len(piece) == 1 and "\udc80" <= piece <= "\udcff":
            places.append(len(out))
            out += b"\xef\xbf\xbd"
        else:
            out += piece.encode()
    return bytes(out), places


def _original(places: list[int], at: int) -> int:
    """An offset in repaired text, as one in the original: each repair had added two bytes."""
    return at if at < 0 else at - 2 * bisect_left(places, at)


@lru_cache(maxsize=32)
def compile_pattern(source: str | TengoString) -> Pattern:
    """The compiled pattern; the last few are kept. Raises ``RegexError``."""
    return Pattern(source)
