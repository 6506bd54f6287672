"""``jackfield tengo fmt``: one way to write Tengo.

Lines stay where their author broke them. Indentation (tabs, as gofmt has it), spaces between
tokens and runs of blank lines are made uniform; comments are kept. The result is parsed again and
must be the same program, so a mistake here cannot change what a script does.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from jackfield.tengo.compiler.uses import children
from jackfield.tengo.nodes import Literal, MapLit, Node
from jackfield.tengo.parser import parse
from jackfield.tengo.scanner import LITERALS, Scanner
from jackfield.tengo.source import SourceFile
from jackfield.tengo.values import Undefined

INDENT = "\t"
_OPENING = frozenset("([{")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_OPERANDS = LITERALS | {")", "]", "}", "true", "false", "undefined"}
_CALLABLE = _OPERANDS | {"func", "error", "immutable", "import"}
_UNARY = frozenset("+-!^")

Token = tuple[str, str]
"""A kind (see ``scanner``; also ``COMMENT`` and ``NEWLINE``) and the text to print."""


def format_source(source: str, name: str = "(main)") -> str:
    """The script, uniformly laid out. Raises :class:`CompileError` if it does not parse."""
    shebang = ""
    if source.startswith("#!"):
        shebang, _, source = source.partition("\n")
        shebang += "\n"
    file = SourceFile(name, source)
    tree = parse(file)
    maps = _map_offsets(tree)
    text = shebang + _Layout(_tokens(file, maps)).text()
    again = parse(SourceFile(name, text[len(shebang) :]))
    if _shape(again) != _shape(tree):
        raise AssertionError("formatting would have changed the program")
    return text


def _map_offsets(tree: list[Any]) -> set[int]:
    """Where the braces of map literals open."""
    found: set[int] = set()
    pending = list(tree)
    while pending:
        node = pending.pop()
        if isinstance(node, MapLit):
            found.add(node.pos)
        pending.extend(children(node))
    return found


def _shape(value: Any) -> Any:
    """A tree without its places."""
    if isinstance(value, list):
        return [_shape(item) for item in value if type(item).__name__ != "Empty"]
    if isinstance(value, Literal):
        return type(value.value), "undefined" if value.value is Undefined else repr(value.value)
    if isinstance(value, Node):
        names = [f.name for f in fields(value) if f.name != "pos"]
        return type(value), [_shape(getattr(value, name)) for name in names]
    return value


def _tokens(file: SourceFile, maps: set[int]) -> list[Token]:
    """All tokens, with comments and line ends; a map's brace has the kind ``{`` and text ``{m``."""
    text = file.text
    scanner = Scanner(file, lambda _offset, _message: None)
    tokens: list[Token] = []
    end = scanner.at
    while True:
        kind, literal, start = scanner.scan()
        _gap(text[end:start], tokens)
        if kind == "EOF":
            return tokens
        if kind == ";" and literal == "\n":
            end = start
            scanner.at = max(scanner.at, start)
            if start < len(text) and text[start] == "\n":
                tokens.append(("NEWLINE", "\n"))
                end = start + 1
            continue
        end = scanner.at
        shown = text[start:end]
        tokens.append((kind, "{m" if kind == "{" and start in maps else shown))


def _gap(gap: str, tokens: list[Token]) -> None:
    at = 0
    while at < len(gap):
        if gap.startswith("//", at):
            stop = gap.find("\n", at)
            stop = len(gap) if stop < 0 else stop
            tokens.append(("COMMENT", gap[at:stop].rstrip()))
            at = stop
        elif gap.startswith("/*", at):
            stop = gap.index("*/", at) + 2
            tokens.append(("COMMENT", gap[at:stop]))
            at = stop
        else:
            if gap[at] == "\n":
                tokens.append(("NEWLINE", "\n"))
            at += 1


class _Layout:
    """Puts tokens into lines."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.lines: list[str] = []
        self.stack: list[tuple[str, int]] = []
        """Open brackets: ``(``, ``[``, ``{`` or ``{m``, each with the line it is on."""
        self.questions: list[int] = []
        """Depth of the stack at each ``?`` that waits for its colon."""

    def text(self) -> str:
        """The whole program."""
        line: list[Token] = []
        blank = True
        for token in [*self.tokens, ("NEWLINE", "\n")]:
            if token[0] != "NEWLINE":
                line.append(token)
            elif line:
                self._line(line)
                line, blank = [], False
            elif not blank:
                self.lines.append("")
                blank = True
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        return "\n".join(self.lines) + "\n" if self.lines else ""

    def _level(self, line: list[Token]) -> int:
        leading = 0
        for kind, _ in line:
            if kind not in _CLOSING:
                break
            leading += 1
        left = self.stack[: len(self.stack) - leading] if leading else self.stack
        return len({number for _, number in left})

    def _line(self, line: list[Token]) -> None:
        level = self._level(line)
        parts: list[str] = []
        before: Token | None = None
        unary = False
        for token in line:
            kind, shown = token
            if before is not None and self._space(before, token, unary):
                parts.append(" ")
            unary = kind in _UNARY and (before is None or before[0] not in _OPERANDS)
            parts.append("{" if shown == "{m" else shown)
            self._track(kind, shown)
            before = token
        self.lines.append(INDENT * level + "".join(parts))

    def _track(self, kind: str, shown: str) -> None:
        if kind in _OPENING:
            self.stack.append((shown, len(self.lines)))
        elif kind in _CLOSING and self.stack:
            self.stack.pop()
        elif kind == "?":
            self.questions.append(len(self.stack))
        elif kind == ":" and self._of_choice():
            self.questions.pop()

    def _of_choice(self) -> bool:
        """Whether a colon here belongs to a ``?``."""
        return bool(self.questions) and self.questions[-1] == len(self.stack)

    def _space(self, before: Token, token: Token, unary: bool) -> bool:
        """Whether a space stands between two tokens of one line."""
        last, kind = before[0], token[0]
        if "COMMENT" in (last, kind):
            return last not in ("(", "[")
        if kind in (",", ";", "++", "--", ".") or last in (".", "(", "["):
            return False
        if kind == "..." or last == "...":
            return last == ","
        if unary:
            return last == kind and kind in ("+", "-")  # ++ and -- are other tokens
        if kind in (")", "]"):
            return False
        if kind == "}" or last == "{":
            in_map = self.stack and self.stack[-1][0] == "{m"
            return not in_map and not (last == "{" and kind == "}")
        if ":" in (last, kind):
            return self._around_colon(last)
        if kind in ("(", "["):
            return last not in _CALLABLE
        return True

    def _around_colon(self, last: str) -> bool:
        if last == ":":  # the one that was just printed
            return not self.stack or self.stack[-1][0] != "[" or self._was_choice
        return self._remember(self._of_choice())

    _was_choice = False

    def _remember(self, choice: bool) -> bool:
        self._was_choice = choice
        return choice
