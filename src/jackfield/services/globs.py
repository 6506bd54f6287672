"""Globs over texts that are no file paths: hosts, addresses, page paths."""

from __future__ import annotations

import functools
import re

from jackfield.errors import InvalidInput


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the whole *text* matches *pattern*, case-sensitively (owncast spec 10.5).

    ``*`` is any text and crosses every separator, ``?`` one character, ``[a-z]`` and ``[!a-z]`` a
    set, ``{a,b}`` either; a backslash takes the next character as it is.

    :raises InvalidInput: *pattern* is not a glob.
    """
    return compile_glob(pattern).fullmatch(text) is not None


@functools.lru_cache(maxsize=1024)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """The regular expression of a glob.

    :raises InvalidInput: a bracket or brace is left open.
    """
    out: list[str] = []
    depth = 0
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "*":
            # Possessive where the next part cannot start earlier would be an optimisation; runs
            # of stars are the one case that explodes, so they become one.
            if not out or out[-1] != ".*":
                out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "\\" and position < len(pattern):
            out.append(re.escape(pattern[position]))
            position += 1
        elif char == "[":
            end = pattern.find("]", position + 1)
            if end < 0:
                raise InvalidInput(f"{pattern!r} is not a glob: '[' is not closed")
            inner = pattern[position:end].replace("\\", "\\\\").replace("[", "\\[")
            if inner[0] in "!^":
                inner = "^" + inner[1:]
            try:
                re.compile(f"[{inner}]")
            except re.error as error:
                raise InvalidInput(f"{pattern!r} is not a glob: {error}") from error
            out.append(f"[{inner}]")
            position = end + 1
        elif char == "{":
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        else:
            out.append(re.escape(char))
    if depth:
        raise InvalidInput(f"{pattern!r} is not a glob: '{{' is not closed")
    return re.compile("".join(out), re.DOTALL)
