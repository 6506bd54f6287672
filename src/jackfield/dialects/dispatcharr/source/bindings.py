"""Which names statements bind, and to what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Import:
    """``from module import name``; without a name, ``import module``."""

    module: str
    level: int
    name: str


Binding = ast.expr | ast.ClassDef | Function | Import | None


def bound(statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    """The names that a statement binds; ``None`` for a value that cannot be told."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _assigned(target, value)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, statement
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                yield alias.asname or alias.name, Import(module or "", level, alias.name)
        case ast.Import(names=names):
            for alias in names:
                shown = alias.asname or alias.name.partition(".")[0]
                yield shown, Import(alias.name if alias.asname else shown, 0, "")
        case ast.For(target=ast.Name(id=name)):
            yield name, None


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        inner: list[ast.expr] = []
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            inner = value.elts
        for at, one in enumerate(target.elts):
            if inner:
                yield from _assigned(one, inner[at])
            elif isinstance(one, ast.Name):
                yield one.id, None


def bodies(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The statements inside of one, and whether they certainly run."""
    match statement:
        case ast.Try() | ast.TryStar():
            yield statement.body, True
            for handler in statement.handlers:
                yield handler.body, False
            yield statement.orelse, True
            yield statement.finalbody, True
        case ast.If():
            main = isinstance(statement.test, ast.Compare) and "__name__" in ast.dump(
                statement.test
            )
            if not main:
                yield statement.body, False
                yield statement.orelse, False
        case ast.With():
            yield statement.body, True
        case ast.For() | ast.While():
            yield statement.body, False
