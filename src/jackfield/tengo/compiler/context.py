"""What the parts of :class:`FunctionCompiler` share: options, temporaries, constants, settling."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler import emit
from jackfield.tengo.compiler.inference import Kinds
from jackfield.tengo.compiler.kinds import LIST, UNDEFINED
from jackfield.tengo.compiler.ranges import Ranges
from jackfield.tengo.nodes import (
    Call,
    Expr,
    FuncLit,
    Ident,
    ImportExpr,
    Index,
    Literal,
    Paren,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackfield.tengo.scopes import FunctionInfo, Variable


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the code that is made.

    :ivar level: ``"2.10"`` or ``"head"``.
    :ivar count: count allocations.
    :ivar check_strings: check the length of every string that ``+`` makes.
    :ivar fixed_windows: the program uses ``splice``, so loops must not see arrays shrink.
    """

    level: str = "2.10"
    count: bool = False
    check_strings: bool = False
    fixed_windows: bool = False


class Unit:
    """What all functions of a program share."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.constants: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}

    def constant(self, value: Any) -> str:
        """The global name under which a value that Python has no literal for is to be found."""
        key = (type(value), repr(value))
        if key not in self._names:
            self._names[key] = f"k{len(self._names)}"
            self.constants[self._names[key]] = value
        return self._names[key]


class CachedKinds(Kinds):
    """Kinds that are final, so every node is looked at once."""

    def __init__(self, general: frozenset[FunctionInfo]) -> None:
        super().__init__(general)
        self._known: dict[int, int] = {}
        self.in_bounds: set[tuple[Variable, Variable]] = set()
        """Arrays and the loop variables that are valid indexes of them all through the loop."""

    def __call__(self, node: Expr) -> int:
        kind = self._known.get(id(node))
        if kind is None:
            kind = super().__call__(node)
            if isinstance(node, Index) and self.is_within(node):
                kind &= ~UNDEFINED
            self._known[id(node)] = kind
        return kind

    def is_within(self, node: Index) -> bool:
        """Whether an index is known to be one of the array's."""
        array, index = node.expr, node.index
        if not self.in_bounds or not isinstance(array, Ident) or not isinstance(index, Ident):
            return False
        pair = (array.variable, index.variable)
        return pair in self.in_bounds and self(array) == LIST


class Context:
    """State of the compilation of one Python function."""

    def __init__(self, unit: Unit, info: FunctionInfo, general: frozenset[FunctionInfo]) -> None:
        self.unit = unit
        self.options = unit.options
        self.info = info
        self.general = general
        self.kinds = CachedKinds(general)
        self.ranges = Ranges(self.kinds)
        self.pending: list[ast.stmt] = []
        self.loops = 0
        self.jumps_out = False
        self._temps = 0

    def flush(self) -> list[ast.stmt]:
        """The definitions that must stand before what is being compiled."""
        pending, self.pending = self.pending, []
        return pending

    def temp(self) -> str:
        """A new temporary name."""
        self._temps += 1
        return f"t{self._temps}"

    def constant(self, value: Any) -> str:
        """See :meth:`Unit.constant`."""
        return self.unit.constant(value)

    def counted(self, value: ast.expr, pos: int) -> ast.expr:
        """``value``, counted against the allocation limit if there is one."""
        return emit.at(emit.call("counted", value), pos) if self.options.count else value

    def expr(self, node: Expr) -> ast.expr:
        """Overridden by ``Expressions``."""
        raise NotImplementedError

    def settle(
        self, nodes: Sequence[Expr], needed: bool = True
    ) -> tuple[list[ast.expr], list[ast.expr]]:
        """Evaluate operands in order, so that they can be mentioned more than once.

        Gives what must be evaluated first (see :meth:`prefixed`), and a name or constant for each
        operand. Unless ``needed`` they are given as they are.
        """
        made = [self.expr(node) for node in nodes]
        if not needed:
            return [], made
        prefix: list[ast.expr] = []
        settled: list[ast.expr] = []
        for at, (node, value) in enumerate(zip(nodes, made, strict=True)):
            later = nodes[at + 1 :]
            if emit.is_simple(value) and (steady(node) or not any(map(has_effects, later))):
                settled.append(value)
            else:
                temp = self.temp()
                prefix.append(emit.compare(emit.walrus(temp, value), ast.Is(), emit.const(None)))
                settled.append(emit.name(temp))
        return prefix, settled

    @staticmethod
    def prefixed(prefix: list[ast.expr], value: ast.expr) -> ast.expr:
        """``value``, with what must be evaluated before it.

        No Tengo value is ``None``, so ``(t := x) is None or test`` evaluates ``x`` at the cost of
        one jump.
        """
        if not prefix:
            return value
        if isinstance(value, ast.IfExp):
            value.test = ast.BoolOp(ast.Or(), [*prefix, value.test])
            return value
        return emit.choose(emit.either(*prefix), emit.const(None), value)


def steady(node: Expr) -> bool:
    """Whether nothing that an expression does can change this operand's value."""
    while isinstance(node, Paren):
        node = node.expr
    if isinstance(node, Ident):
        variable = node.variable
        return variable is None or not variable.captured or variable.assignments <= 1
    return isinstance(node, Literal)


def has_effects(node: Expr) -> bool:
    """Whether evaluating an expression may assign variables: whether it calls something."""
    from jackfield.tengo.compiler.uses import children

    pending: list[Any] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, (Call, ImportExpr)):
            return True
        if not isinstance(part, FuncLit):
            pending.extend(children(part))
    return False
