"""What a file imports, and whether it can do without."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

_CATCHES: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_TYPING: Final = "TYPE_CHECKING"


@dataclass(frozen=True, slots=True)
class Imported:
    """One module that an ``import`` names.

    :ivar module: dotted; empty in ``from . import name``.
    :ivar names: what is taken from it; they may be modules themselves.
    :ivar level: how many dots stand before it.
    :ivar guarded: the file goes on without it, since the error is caught, or it is for type
        checkers only.
    """

    module: str
    line: int
    names: tuple[str, ...] = ()
    level: int = 0
    guarded: bool = False

    @property
    def top(self) -> str:
        """The package that has to be there."""
        return self.module.partition(".")[0]


def imports_in(node: ast.AST) -> Iterator[Imported]:
    """Every import below *node*, also within functions, in the order of the source."""
    for child in ast.iter_child_nodes(node):
        body = _guarded_body(child)
        for tried in body:
            yield from (replace(one, guarded=True) for one in _of(tried))
        rest = [one for one in ast.iter_child_nodes(child) if one not in body]
        yield from _named(child)
        for part in rest if body else ():
            yield from _of(part)
        if not body:
            yield from imports_in(child)


def _of(node: ast.AST) -> Iterator[Imported]:
    return imports_in(ast.Module([node], []))  # type: ignore[list-item]


def _named(node: ast.AST) -> Iterator[Imported]:
    if isinstance(node, ast.Import):
        yield from (Imported(alias.name, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        yield Imported(node.module or "", node.lineno, names, node.level)


def _guarded_body(node: ast.AST) -> list[ast.stmt]:
    """The part of a statement in which an import may fail."""
    match node:
        case ast.Try() | ast.TryStar() if any(_catches(handler.type) for handler in node.handlers):
            return node.body
        case ast.With() if any(_suppresses(item.context_expr) for item in node.items):
            return node.body
        case ast.If() if _TYPING in (getattr(node.test, "id", ""), getattr(node.test, "attr", "")):
            return node.body
    return []


def _catches(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    caught = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(one, ast.Name) and one.id in _CATCHES for one in caught)


def _suppresses(made: ast.expr) -> bool:
    if not isinstance(made, ast.Call):
        return False
    called = getattr(made.func, "id", "") or getattr(made.func, "attr", "")
    return called == "suppress" and any(_catches(one) for one in made.args)
