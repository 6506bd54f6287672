"""The syntax tree. ``pos`` is an offset into the source text, see ``source.SourceFile.position``.

``pos`` of a node follows the native tree: a binary expression, a call, an index and so on begin
where their first operand begins, because that is the place native errors name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield.tengo.scopes import FunctionInfo, Variable
    from jackfield.tengo.values import Char, TengoString


@dataclass(slots=True, eq=False)
class Node:
    """Anything with a place in the source."""

    pos: int


class Expr(Node):
    """An expression."""

    __slots__ = ()


class Stmt(Node):
    """A statement."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class BadExpr(Expr):
    """What stands for an expression that could not be read (an error was reported)."""


@dataclass(slots=True, eq=False)
class Ident(Expr):
    """A name; ``variable`` is filled in by the resolver (``None``: a builtin)."""

    name: str
    variable: Variable | None = None


@dataclass(slots=True, eq=False)
class Literal(Expr):
    """A constant: int, float, bool, Char, str, TengoString or ``Undefined``."""

    value: int | float | str | Char | TengoString | Any


@dataclass(slots=True, eq=False)
class ArrayLit(Expr):
    """``[a, b]``"""

    elements: list[Expr]


@dataclass(slots=True, eq=False)
class MapLit(Expr):
    """``{key: value}``"""

    keys: list[str | TengoString]
    values: list[Expr]


@dataclass(slots=True, eq=False)
class Paren(Expr):
    """``(x)``"""

    expr: Expr


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """``op x``; ``pos`` is that of the operand, as it natively is."""

    op: str
    expr: Expr


@dataclass(slots=True, eq=False)
class Binary(Expr):
    """``left op right``, the logical operators included."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Cond(Expr):
    """``test ? yes : no``"""

    test: Expr
    yes: Expr
    no: Expr


@dataclass(slots=True, eq=False)
class Index(Expr):
    """``x[i]``, and ``x.name`` with a literal for the name."""

    expr: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class Slice(Expr):
    """``x[low:high]``"""

    expr: Expr
    low: Expr | None
    high: Expr | None


@dataclass(slots=True, eq=False)
class Call(Expr):
    """``f(args)``; ``spread`` for ``f(args...)``."""

    func: Expr
    args: list[Expr]
    spread: bool


@dataclass(slots=True, eq=False)
class ErrorExpr(Expr):
    """``error(x)``"""

    expr: Expr


@dataclass(slots=True, eq=False)
class ImmutableExpr(Expr):
    """``immutable(x)``"""

    expr: Expr


@dataclass(slots=True, eq=False)
class ImportExpr(Expr):
    """``import("name")``; ``target`` is filled in by the resolver."""

    name: str
    target: Any = None


@dataclass(slots=True, eq=False)
class FuncLit(Expr):
    """``func(params) { body }``; ``info`` is filled in by the resolver."""

    params: list[Ident]
    variadic: bool
    body: list[Stmt]
    info: FunctionInfo | None = None


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression whose value is dropped."""

    expr: Expr


@dataclass(slots=True, eq=False)
class Assign(Stmt):
    """``target op value``; ``op`` is ``:=``, ``=``, or a binary operator (``+`` for ``+=``).

    The resolver fills in ``variable`` and ``selectors`` (``a[x].y`` gives ``[x, "y"]``).
    """

    op: str
    targets: list[Expr]
    values: list[Expr]
    variable: Variable | None = None
    selectors: list[Expr] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class IncDec(Stmt):
    """``x++`` and ``x--``; the resolver turns it into an :class:`Assign`."""

    op: str
    expr: Expr
    assign: Assign | None = None


@dataclass(slots=True, eq=False)
class If(Stmt):
    """``if init; test { body } else ...``"""

    init: Stmt | None
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt] | If | None


@dataclass(slots=True, eq=False)
class For(Stmt):
    """``for init; test; post { body }``"""

    init: Stmt | None
    test: Expr | None
    post: Stmt | None
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class ForIn(Stmt):
    """``for key, value in iterable { body }``; a variable is ``None`` for ``_``."""

    key: Ident
    value: Ident
    iterable: Expr
    body: list[Stmt] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Branch(Stmt):
    """``break`` and ``continue``"""

    kind: str


@dataclass(slots=True, eq=False)
class Return(Stmt):
    """``return x``"""

    value: Expr | None


@dataclass(slots=True, eq=False)
class Export(Stmt):
    """``export x``"""

    value: Expr


@dataclass(slots=True, eq=False)
class Empty(Stmt):
    """``;``"""
