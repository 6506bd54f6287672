"""Which integers a variable can hold, wherever it is read.

Two facts do most of the work. A variable that is only ever set to small numbers and stepped by
small ones cannot overflow: 2**43 steps, at what a step takes in CPython, are days of one statement.
And the parameters of a typed function are what its callers pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler.inference import builtin_name, strip
from jackfield.tengo.compiler.kinds import ARRAY, BYTES, INT, STR
from jackfield.tengo.compiler.ranges import FULL, LENGTH, Interval, clamp, combine
from jackfield.tengo.nodes import Assign, Binary, Call, Expr, Ident, Literal, Unary

if TYPE_CHECKING:
    from jackfield.tengo.compiler.inference import Kinds
    from jackfield.tengo.scopes import Resolved, Variable

MOST_STEPS = 2**43
_SAFE = 2**62
_ROUNDS = 8
_DEEPEST = 10


class _Finder:
    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.found: dict[Variable, Interval | None] = {}
        self.given_up: set[Variable] = set()

    def of(self, node: Expr, depth: int = 0) -> Interval | None:
        """The interval of an integer expression; ``None`` while nothing is known of its parts."""
        node = strip(node)
        if depth > _DEEPEST:
            return FULL
        depth += 1
        if isinstance(node, Literal) and type(node.value) is int:
            return node.value, node.value
        if isinstance(node, Ident) and node.variable is not None:
            return self.found.get(node.variable, FULL)
        if isinstance(node, Binary):
            if self.kinds(node.left) | self.kinds(node.right) != INT:
                return FULL
            left, right = self.of(node.left, depth), self.of(node.right, depth)
            return clamp(combine(node.op, left, right)) if left and right else None
        if isinstance(node, Unary) and node.op == "-":
            inner = self.of(node.expr, depth)
            return clamp((-inner[1], -inner[0])) if inner else None
        if isinstance(node, Call) and builtin_name(node.func) == "len":
            return LENGTH
        return FULL

    def variable(self, variable: Variable) -> Interval | None:
        """What all assignments together make of a variable."""
        total: Interval | None = None
        steps = (0, 0)
        for op, value in _assigned(variable):
            step = None if op is None else self._step(variable, op, value)
            if step is not None:
                steps = (min(steps[0], step[0]), max(steps[1], step[1]))
                continue
            one = self._loop(value) if op is None else self._value(variable, op, value)
            if one is not None:
                total = one if total is None else (min(total[0], one[0]), max(total[1], one[1]))
        if total is None:
            return None
        low, high = total[0] + steps[0] * MOST_STEPS, total[1] + steps[1] * MOST_STEPS
        return (low if low >= -_SAFE else FULL[0]), (high if high <= _SAFE else FULL[1])

    def _value(self, variable: Variable, op: str, value: Expr) -> Interval | None:
        if op == "=":
            return self.of(value)
        left, right = self.found.get(variable, FULL), self.of(value)
        return clamp(combine(op, left, right)) if left and right else None

    def _step(self, variable: Variable, op: str, value: Expr) -> Interval | None:
        """By how much an assignment moves the variable, if it does no more than that."""
        if op == "=":
            value = strip(value)
            if not isinstance(value, Binary) or value.op not in ("+", "-"):
                return None
            left = strip(value.left)
            if not isinstance(left, Ident) or left.variable is not variable:
                return None
            op, value = value.op, value.right
        if op not in ("+", "-") or self.kinds(value) != INT:
            return None
        step = self.of(value)
        if step is None or max(-step[0], step[1]) * MOST_STEPS > _SAFE:
            return None
        return step if op == "+" else (-step[1], -step[0])

    def _loop(self, value: Any) -> Interval | None:
        if value is None:
            return FULL
        loop, is_key = value
        source = self.kinds(loop.iterable)
        if is_key:
            return LENGTH if source and not source & ~(ARRAY | STR | BYTES) else FULL
        if source == BYTES:
            return 0, 255
        iterable = strip(loop.iterable)
        if isinstance(iterable, Call) and builtin_name(iterable.func) == "range":
            bounds = [self.of(arg) for arg in iterable.args[:2]]
            if None in bounds or len(bounds) < 2:
                return None
            lows, highs = zip(*(b for b in bounds if b is not None), strict=True)
            return min(lows), max(highs)
        return FULL


def _assigned(variable: Variable) -> list[tuple[str | None, Any]]:
    """Every value with the operator it is assigned by; loops and unknown ones with ``None``."""
    found: list[tuple[str | None, Any]] = []
    for value in variable.values:
        if isinstance(value, Assign):
            op = "=" if value.op in (":=", "=") else value.op
            found.append((op, value.values[0]))
        elif value is not None or not variable.is_param:
            found.append((None, value))
    if variable.is_param:
        owner = variable.owner
        assert owner.variable is not None
        at = owner.params.index(variable)
        found.extend(
            ("=", call.args[at])
            for call in owner.variable.calls
            if len(call.args) == len(owner.params) and not call.spread
        )
    return found


def find_intervals(program: Resolved, kinds: Kinds) -> None:
    """Fill in ``Variable.interval``."""
    integers = [
        variable
        for function in program.functions
        for variable in function.locals
        if variable.kind == INT and not (variable.is_param and not function.typed)
    ]
    finder = _Finder(kinds)
    finder.found = dict.fromkeys(integers)
    rounds = 0
    while True:
        rounds += 1
        changed = []
        for variable in integers:
            if variable not in finder.given_up:
                interval = finder.variable(variable)
                if interval != finder.found[variable]:
                    finder.found[variable] = interval
                    changed.append(variable)
        if not changed:
            break
        if rounds >= _ROUNDS:  # still growing: it has no end that we can find
            finder.given_up.update(changed)
            finder.found.update(dict.fromkeys(changed, FULL))
    for variable in integers:
        variable.interval = finder.found[variable] or FULL
