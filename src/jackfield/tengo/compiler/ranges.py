"""Intervals of integers, to leave out overflow checks that cannot fail.

``Ranges`` follows the flow of one function: a condition narrows a variable until it is assigned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackfield.tengo.compiler.inference import builtin_name, strip
from jackfield.tengo.compiler.kinds import INT
from jackfield.tengo.nodes import Binary, Call, Expr, Ident, Literal, Unary
from jackfield.tengo.values import MAX_INT, MIN_INT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackfield.tengo.compiler.inference import Kinds
    from jackfield.tengo.scopes import Variable

Interval = tuple[int, int]
FULL: Interval = (MIN_INT, MAX_INT)
_DEEPEST = 10
LENGTH: Interval = (0, 2**40)
_NEGATED = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def clamp(interval: Interval) -> Interval:
    """What is left after wrap-around: anything, if the interval leaves 64 bits."""
    return interval if interval[0] >= MIN_INT and interval[1] <= MAX_INT else FULL


def combine(op: str, a: Interval, b: Interval) -> Interval:
    """The exact interval of ``a op b`` before wrap-around, for integers."""
    if op == "+":
        return a[0] + b[0], a[1] + b[1]
    if op == "-":
        return a[0] - b[1], a[1] - b[0]
    if op == "*":
        corners = [x * y for x in a for y in b]
        return min(corners), max(corners)
    if op == "%" and b[0] > 0:
        return (0 if a[0] >= 0 else 1 - b[1]), b[1] - 1
    if op == "&" and (a[0] >= 0 or b[0] >= 0):
        return 0, min(x[1] for x in (a, b) if x[0] >= 0)
    if op == "/" and b[0] > 0:
        return min(a[0], 0) if a[0] < 0 else 0, max(a[1], 0)
    if op == ">>" and b[0] >= 0:
        return min(a[0], 0), max(a[1], 0)
    return FULL


class Ranges:
    """What is known of integer variables at one point of a function."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.known: dict[Variable, Interval] = {}

    def of(self, node: Expr, depth: int = 0) -> Interval:
        """The interval of an integer expression."""
        if depth > _DEEPEST:
            return FULL
        depth += 1
        node = strip(node)
        if isinstance(node, Literal) and type(node.value) is int:
            return node.value, node.value
        if isinstance(node, Ident) and node.variable is not None:
            return self.variable(node.variable)
        if isinstance(node, Binary):
            return clamp(combine(node.op, self.of(node.left, depth), self.of(node.right, depth)))
        if isinstance(node, Unary) and node.op == "-":
            low, high = self.of(node.expr, depth)
            return clamp((-high, -low))
        if isinstance(node, Call) and builtin_name(node.func) == "len":
            return LENGTH
        return FULL

    def variable(self, variable: Variable) -> Interval:
        """The interval of an integer variable at this point."""
        known = self.known.get(variable)
        if known is not None:
            return known
        return FULL if variable.owner in self.kinds.general else variable.interval

    def forget(self, variables: Iterable[Variable]) -> None:
        """They are assigned (or may be)."""
        for variable in variables:
            self.known.pop(variable, None)

    def assume(self, test: Expr, holds: bool) -> None:
        """Narrow what a condition says of plain variables."""
        test = strip(test)
        if isinstance(test, Unary) and test.op == "!":
            self.assume(test.expr, not holds)
            return
        if not isinstance(test, Binary):
            return
        if test.op == ("&&" if holds else "||"):
            self.assume(test.left, holds)
            self.assume(test.right, holds)
            return
        if test.op not in _NEGATED or self.kinds(test.left) | self.kinds(test.right) != INT:
            return
        op = test.op if holds else _NEGATED[test.op]
        self._narrow(test.left, op, self.of(test.right))
        self._narrow(test.right, _MIRRORED[op], self.of(test.left))

    def _narrow(self, node: Expr, op: str, other: Interval) -> None:
        node = strip(node)
        if not isinstance(node, Ident) or node.variable is None or node.variable.captured:
            return
        low, high = self.variable(node.variable)
        if op == "<":
            high = min(high, other[1] - 1)
        elif op == "<=":
            high = min(high, other[1])
        elif op == ">":
            low = max(low, other[0] + 1)
        elif op == ">=":
            low = max(low, other[0])
        elif op == "==":
            low, high = max(low, other[0]), min(high, other[1])
        elif low == other[0] == other[1]:
            low += 1
        elif high == other[0] == other[1]:
            high -= 1
        if low <= high:
            self.known[node.variable] = (low, high)

    def copy(self) -> Ranges:
        """For a branch of the flow."""
        other = Ranges(self.kinds)
        other.known = dict(self.known)
        return other

    def join(self, other: Ranges) -> None:
        """Both flows meet here."""
        self.known = {
            variable: (min(a, other.known[variable][0]), max(b, other.known[variable][1]))
            for variable, (a, b) in self.known.items()
            if variable in other.known
        }
