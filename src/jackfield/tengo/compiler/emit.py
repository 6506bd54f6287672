"""Small makers of Python syntax nodes, and the places that errors are reported at.

The line number of a Python node is ``offset + 1`` of the Tengo source, so the line in a traceback
is the exact offset, wherever that is on its line.
"""

from __future__ import annotations

import ast
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)

LOAD = ast.Load()
STORE = ast.Store()
NOWHERE = -1
"""The offset that native errors show as ``-``."""
_ABSENT_LINE = 1_000_000_000
HIDDEN_LINE = 1_000_000_001
"""The line of what the compiler added on its own; such frames do not appear in traces."""


def line_of(offset: int) -> int:
    """The Python line that stands for an offset."""
    return offset + 1 if offset >= 0 else _ABSENT_LINE


def offset_of(line: int) -> int:
    """The offset that a Python line stands for."""
    return line - 1 if line < _ABSENT_LINE else NOWHERE


def at(node: Node, offset: int) -> Node:
    """Give the node, and what is below it, a place, unless it has one already."""
    if not hasattr(node, "lineno"):
        node.lineno = line_of(offset)  # type: ignore[attr-defined]
    return node


def name(identifier: str) -> ast.Name:
    """Read a name."""
    return ast.Name(identifier, LOAD)


def target(identifier: str) -> ast.Name:
    """Write a name."""
    return ast.Name(identifier, STORE)


def const(value: Any) -> ast.Constant:
    """A constant."""
    return ast.Constant(value)


def call(function: str | ast.expr, *args: ast.expr) -> ast.Call:
    """``function(*args)``"""
    func = name(function) if isinstance(function, str) else function
    return ast.Call(func, list(args), [])


def method(value: ast.expr, attribute: str, *args: ast.expr) -> ast.Call:
    """``value.attribute(*args)``"""
    return ast.Call(ast.Attribute(value, attribute, LOAD), list(args), [])


def walrus(identifier: str, value: ast.expr) -> ast.NamedExpr:
    """``(identifier := value)``"""
    return ast.NamedExpr(target(identifier), value)


def binary(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.BinOp:
    """``left op right``"""
    return ast.BinOp(left, op, right)


def compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.Compare:
    """``left op right``"""
    return ast.Compare(left, [op], [right])


def both(*tests: ast.expr) -> ast.expr:
    """``a and b``"""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def either(*tests: ast.expr) -> ast.expr:
    """``a or b``"""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def choose(test: ast.expr, yes: ast.expr, no: ast.expr) -> ast.IfExp:
    """``yes if test else no``"""
    return ast.IfExp(test, yes, no)


def is_type(value: ast.expr, kind: str) -> ast.expr:
    """``type(value) is kind``"""
    return compare(call("type", value), ast.Is(), name(kind))


def item(value: ast.expr, index: ast.expr) -> ast.Subscript:
    """``value[index]``"""
    return ast.Subscript(value, index, LOAD)


def set_item(value: ast.expr, index: ast.expr, new: ast.expr) -> ast.Assign:
    """``value[index] = new``"""
    return ast.Assign([ast.Subscript(value, index, STORE)], new)


def assign(identifier: str, value: ast.expr) -> ast.Assign:
    """``identifier = value``"""
    return ast.Assign([target(identifier)], value)


def expression(value: ast.expr) -> ast.Expr:
    """A statement that drops a value."""
    return ast.Expr(value)


def branch(test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt] | None = None) -> ast.If:
    """``if test: body else: orelse``"""
    return ast.If(test, body or [ast.Pass()], orelse or [])


def function(identifier: str, params: list[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """``def identifier(params): body``; a parameter with a star collects the rest."""
    plain = [ast.arg(p) for p in params if not p.startswith("*")]
    rest = [ast.arg(p[1:]) for p in params if p.startswith("*")]
    arguments = ast.arguments([], plain, rest[0] if rest else None, [], [], None, [])
    return ast.FunctionDef(identifier, arguments, body or [ast.Pass()], [], None)


def bare(node: ast.expr) -> ast.expr:
    """The expression, so wrapped that CPython does not warn of comparing or calling a literal."""
    literals = (ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.UnaryOp, ast.BinOp)
    return ast.NamedExpr(target("unused"), node) if isinstance(node, literals) else node


def is_simple(node: ast.expr) -> bool:
    """Whether evaluating it twice costs and changes nothing."""
    return isinstance(node, (ast.Name, ast.Constant))


def finish(tree: ast.AST) -> None:
    """Give every node without a place that of the node above it."""
    pending: list[tuple[ast.AST, int]] = [(tree, 1)]
    while pending:
        node, line = pending.pop()
        if "lineno" in node._attributes:  # noqa: SLF001 - public in all but name
            line = getattr(node, "lineno", None) or line
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                pending.extend((x, line) for x in value if isinstance(x, ast.AST))
            elif isinstance(value, ast.AST):
                pending.append((value, line))
