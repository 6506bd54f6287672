"""Go's ``strings`` functions whose idea of letters, case or spaces is not Python's.

Text is a ``str`` in which surrogates U+DC80..U+DCFF stand for invalid bytes (``values.escaped``).

Source: tengo spec 17.1 and the documentation of Go's ``strings`` and ``unicode`` packages.
"""

from __future__ import annotations

import re
from typing import Final

# Unicode's White_Space; Python's own idea adds the separators U+001C to U+001F.
SPACES: Final = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_SPACES = frozenset(SPACES)
_WORD = re.compile(f"[^{SPACES}]+")
_AT_ONCE: Final = 1 << 18
"""Characters of a text that is searched in one go. In a longer one a script out of time is stopped
between two finds."""
_INVALID: Final = "".join(map(chr, range(0xDC80, 0xDD00)))
_REPAIR: Final = dict.fromkeys(range(0xDC80, 0xDD00), "\ufffd")


def repaired(text: str) -> str:
    """``text`` with U+FFFD for each invalid byte."""
    return text.translate(_REPAIR)


class _Mapping(dict[int, str]):
    """A ``str.translate`` table that learns: one character to one character, as in Go."""

    def __init__(self, *candidates: str, special: dict[str, str] | None = None) -> None:
        super().__init__({ord(k): v for k, v in (special or {}).items()})
        self._candidates = candidates

    def __missing__(self, code: int) -> str:
        character = chr(code)
        result = character
        if 0xDC80 <= code <= 0xDCFF:
            result = "\ufffd"
        else:
            for method in self._candidates:
                changed: str = getattr(character, method)()
                if len(changed) == 1:
                    result = changed
                    break
        self[code] = result
        return result


# Where the full mapping is several characters, the simple one may be the title-case letter.
_UPPER = _Mapping("upper", "title")
_LOWER = _Mapping("lower", special={"\u0130": "i"})
_TITLE = _Mapping("title", "upper")


def upper(text: str) -> str:
    """Upper case, one character for one: sharp s stays."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


def lower(text: str) -> str:
    """Lower case, one character for one, whatever follows."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def title_case(text: str) -> str:
    """Every character in title case."""
    return text.upper() if text.isascii() else text.translate(_TITLE)


def _separates(character: str) -> bool:
    if character.isalpha() or character.isdecimal() or character == "_":
        return False
    return character.isascii() or character in _SPACES


def title(text: str) -> str:
    """The first character of every word in title case; an apostrophe begins a new word."""
    out = []
    begins = True
    for character in repaired(text):
        out.append(_TITLE[ord(character)] if begins else character)
        begins = _separates(character)
    return "".join(out)


def _fold(character: str) -> str:
    if character in "\u0130\u0131":  # no other case without a language
        return character
    changed = _UPPER[ord(character)]
    return _LOWER[ord(changed)]


def equal_fold(a: str, b: str) -> bool:
    """Whether two texts differ in case only, character by character."""
    if a == b:
        return True
    if a.isascii() and b.isascii():
        return a.lower() == b.lower()
    if len(a) != len(b):
        return False
    return all(
        x == y or _fold(x) == _fold(y) for x, y in zip(repaired(a), repaired(b), strict=True)
    )


def fields(text: str) -> list[str]:
    """The words between white space."""
    if len(text) <= _AT_ONCE:
        return _WORD.findall(text)
    return [word[0] for word in _WORD.finditer(text)]


def cutset(characters: str) -> str:
    """The argument for ``str.strip``: a U+FFFD to cut also cuts every invalid byte."""
    plain = repaired(characters)
    return plain + _INVALID if "\ufffd" in plain else plain


def first_of(text: str, characters: str) -> int:
    """Index of the first character of ``text`` that is one of ``characters``; -1 if none."""
    wanted = frozenset(repaired(characters))
    for index, character in enumerate(repaired(text)):
        if character in wanted:
            return index
    return -1


def last_of(text: str, characters: str) -> int:
    """Index of the last character of ``text`` that is one of ``characters``; -1 if none."""
    wanted = frozenset(repaired(characters))
    plain = repaired(text)
    for index in range(len(plain) - 1, -1, -1):
        if plain[index] in wanted:
            return index
    return -1
