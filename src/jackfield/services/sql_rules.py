"""What a plugin may not write in SQL, found in the text before SQLite sees it.

The second lock is SQLite's authorizer; this one gives the better message and splits a batch.
Source: owncast spec 10.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from jackfield.errors import InvalidInput

_TOKEN = re.compile(
    r"""
    (?P<blank>    [\s\x00]+ | --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<string>   [xX]?'(?:[^']|'')*(?:'|\Z) )
  | (?P<quoted>   "(?:[^"]|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z) | \[[^\]]*(?:\]|\Z) )
  | (?P<param>    \?\d* )
  | (?P<word>     [^\W\d][\w$]* )
  | (?P<other>    . )
    """,
    re.VERBOSE | re.DOTALL,
)

_REFUSED_HEADS = frozenset(
    {
        *("PRAGMA", "ATTACH", "DETACH", "VACUUM"),
        *("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"),
    }
)
_REFUSED_FUNCTIONS = frozenset({"LOAD_EXTENSION", "FTS3_TOKENIZER"})
_REFUSED_NAMES = frozenset({"SQLITE_TEMP_MASTER", "SQLITE_TEMP_SCHEMA"})


class Statement(NamedTuple):
    """One statement of a batch.

    :param params: how many values its ``?`` and ``?1`` take.
    """

    text: str
    params: int


def check_statements(sql: str, *, plugin: str) -> list[Statement]:
    """Split a batch into its statements.

    :raises InvalidInput: there is none, or one that plugins may not use.
    """
    statements = []
    for tokens in _split(sql):
        words = [text.upper() for kind, text in tokens if kind != "blank"]
        if not words:
            continue
        _check_head(words, plugin)
        _check_names(tokens, plugin)
        text = "".join(text for _, text in tokens).strip()
        statements.append(Statement(text, _count_params(tokens)))
    if not statements:
        raise InvalidInput("there is no statement", plugin=plugin, field="sql")
    return statements


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(sql):
        yield str(match.lastgroup), match.group()


def _split(sql: str) -> Iterator[list[tuple[str, str]]]:
    """Tokens of each statement; a trigger's body keeps its semicolons."""
    statement: list[tuple[str, str]] = []
    head: list[str] = []
    trigger = False
    depth = 0
    for kind, text in _tokens(sql):
        if kind == "other" and text == ";" and not depth:
            yield statement
            statement, head, trigger = [], [], False
            continue
        statement.append((kind, text))
        if kind == "blank":
            continue
        word = text.upper()
        if len(head) < 6:
            head.append(word)
            words = head[head.index("CREATE") :] if "CREATE" in head[:4] else []
            trigger = trigger or (word == "TRIGGER" and kind == "word" and bool(words))
        if trigger and kind == "word":
            # BEGIN and CASE open, END closes: the END of a CASE does not end the trigger.
            if word in ("BEGIN", "CASE"):
                depth += 1
            elif word == "END" and depth:
                depth -= 1
    yield statement


def _count_params(tokens: list[tuple[str, str]]) -> int:
    highest = 0
    for kind, text in tokens:
        if kind == "param":
            highest = max(highest, int(text[1:])) if text[1:] else highest + 1
    return highest


def _check_head(words: list[str], plugin: str) -> None:
    rest = words
    if rest[0] == "EXPLAIN":
        rest = rest[1:]
        if rest[:2] == ["QUERY", "PLAN"]:
            rest = rest[2:]
    if rest and rest[0] in _REFUSED_HEADS:
        raise InvalidInput(f"{rest[0]} is not allowed", plugin=plugin, field="sql")
    if rest[:2] == ["CREATE", "VIRTUAL"]:
        raise InvalidInput("CREATE VIRTUAL TABLE is not allowed", plugin=plugin, field="sql")
    if rest[:1] in (["CREATE"], ["DROP"]) and rest[1:2] in (["TEMP"], ["TEMPORARY"]):
        raise InvalidInput(f"{rest[0]} {rest[1]} is not allowed", plugin=plugin, field="sql")


def _check_names(tokens: list[tuple[str, str]], plugin: str) -> None:
    meant = [(kind, text) for kind, text in tokens if kind != "blank"]
    for (kind, text), (_, after) in zip(meant, [*meant[1:], ("", "")], strict=True):
        if kind not in ("word", "quoted") and not (kind == "string" and after == "."):
            continue
        name = text.strip("\"`[]'").upper()
        refused = (
            name in _REFUSED_NAMES
            or (name in _REFUSED_FUNCTIONS and after == "(")
            or (name == "TEMP" and after == ".")
        )
        if refused:
            raise InvalidInput(f"{name.lower()} is not allowed", plugin=plugin, field="sql")
