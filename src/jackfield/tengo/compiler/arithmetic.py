"""Operators to Python expressions: inline where the types allow, else a call of ``operators``."""

from __future__ import annotations

import ast

from jackfield.tengo.compiler import emit
from jackfield.tengo.compiler.context import Context
from jackfield.tengo.compiler.inference import strip
from jackfield.tengo.compiler.kinds import BOOL, CHAR, FLOAT, INT, STR, UNDEFINED
from jackfield.tengo.compiler.ranges import FULL, Interval, combine
from jackfield.tengo.nodes import Binary, Expr, Literal
from jackfield.tengo.values import MAX_INT, MIN_INT

HELPERS = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "%": "rem", "&": "bit_and", "|": "bit_or",
    "^": "bit_xor", "&^": "and_not", "<<": "shl", ">>": "shr", "<": "lt", "<=": "le", ">": "gt",
    ">=": "ge",
}  # fmt: skip
_PYTHON: dict[str, ast.operator] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "&": ast.BitAnd(),
    "|": ast.BitOr(),
    "^": ast.BitXor(),
}
_ORDER: dict[str, ast.cmpop] = {"<": ast.Lt(), "<=": ast.LtE(), ">": ast.Gt(), ">=": ast.GtE()}
_SWAPPED = {"<": ">", "<=": ">="}
_EXACT_IN_FLOAT = 2**53
_WRAPPING = frozenset(("+", "-", "*"))


class Arithmetic(Context):
    """Binary operators; part of :class:`FunctionCompiler`."""

    def operate(self, node: Binary) -> ast.expr:
        """``left op right`` for every operator but the logical ones."""
        op, left, right = node.op, node.left, node.right
        if op in _SWAPPED and self.options.level == "2.10":
            # That version compiles a < b as b > a: the right operand comes first.
            op, left, right = _SWAPPED[op], right, left
        kind, other = self.kinds(left), self.kinds(right)
        if op in ("==", "!="):
            return self._equality(node, kind, other)
        prefix, (a, b) = self.settle([left, right], self._needs_settling(op, kind, other))
        value = self._apply(op, (a, kind, left), (b, other, right), node.pos)
        return self.prefixed(prefix, value)

    def operate_on(self, node: Binary, left: ast.expr, kind: int) -> ast.expr:
        """As :meth:`operate`, with the left operand's value already at hand."""
        other = self.kinds(node.right)
        if node.op in ("==", "!="):
            test = emit.call("equal", left, self.expr(node.right))
            return ast.UnaryOp(ast.Not(), test) if node.op == "!=" else test
        prefix, (b,) = self.settle([node.right], self._needs_settling(node.op, kind, other))
        value = self._apply(node.op, (left, kind, None), (b, other, node.right), node.pos)
        return self.prefixed(prefix, value)

    def _needs_settling(self, op: str, kind: int, other: int) -> bool:
        """Whether operands are mentioned twice, so that they must be evaluated beforehand."""
        if self.options.count:
            return False
        if op in _ORDER:
            return bool(kind & INT and other & INT and not kind == other == INT)
        if _numeric(kind, other):
            return op == "/"
        if op == "+" and (kind == STR or other == STR) and kind & STR:
            return kind != other and bool(other & STR)
        if op in ("&", "|", "^", "&^", *_WRAPPING) and kind == other == INT:
            return False
        return bool(kind & INT and other & INT)

    def _apply(
        self,
        op: str,
        left: tuple[ast.expr, int, Expr | None],
        right: tuple[ast.expr, int, Expr],
        pos: int,
    ) -> ast.expr:
        a, kind, left_node = left
        b, other, right_node = right
        slow = emit.at(emit.call(HELPERS[op], a, b), pos)
        if self.options.count:
            return self.counted(slow, pos)
        if op in _ORDER:
            return self._order(op, a, kind, b, other, slow)
        if _numeric(kind, other) and op in (*_WRAPPING, "/"):
            if op == "/":
                return emit.choose(b, emit.binary(a, ast.Div(), b), slow)
            return emit.binary(a, _PYTHON[op], b)
        interval_a = self.ranges.of(left_node) if left_node and kind == INT else FULL
        interval_b = self.ranges.of(right_node) if other == INT else FULL
        tests: list[ast.expr] = []
        if not self.options.check_strings and op == "+" and kind & STR:
            if kind == STR and other == INT:
                return emit.binary(a, ast.Add(), emit.call("str", b))
            if kind == other == STR:
                return emit.binary(a, ast.Add(), b)
            if kind == STR and other & STR:
                joined = emit.binary(a, ast.Add(), b)
                return emit.choose(emit.is_type(b, "str"), joined, slow)
            if other == STR:
                joined = emit.binary(a, ast.Add(), b)
                return emit.choose(emit.is_type(a, "str"), joined, slow)
        if not (kind & INT and other & INT):
            return slow
        if kind != INT:
            tests.append(emit.is_type(a, "int"))
        if other != INT:
            tests.append(emit.is_type(b, "int"))
        fast = self._integers(op, a, interval_a, b, interval_b, slow)
        if fast is slow or not tests:
            return fast
        return emit.choose(emit.both(*tests), fast, slow)

    def _order(
        self, op: str, a: ast.expr, kind: int, b: ast.expr, other: int, slow: ast.expr
    ) -> ast.expr:
        fast = emit.compare(a, _ORDER[op], b)
        if kind == other and kind in (INT, FLOAT, STR):
            return fast
        if not (kind & INT and other & INT):
            return slow
        tests = []
        if kind != INT:
            tests.append(emit.is_type(a, "int"))
        if other != INT:
            tests.append(emit.is_type(b, "int"))
        return emit.choose(emit.both(*tests), fast, slow)

    def _integers(
        self,
        op: str,
        a: ast.expr,
        interval_a: Interval,
        b: ast.expr,
        interval_b: Interval,
        slow: ast.expr,
    ) -> ast.expr:
        """``a op b`` for two integers."""
        if op in ("&", "|", "^"):
            return emit.binary(a, _PYTHON[op], b)
        if op == "&^":
            return emit.binary(a, ast.BitAnd(), ast.UnaryOp(ast.Invert(), b))
        if op in _WRAPPING:
            result = emit.binary(a, _PYTHON[op], b)
            return self.wrapped(result, combine(op, interval_a, interval_b))
        if op in ("/", "%"):
            return self._divided(op, a, interval_a, b, interval_b, slow)
        if interval_b[0] >= 0 and interval_b[1] <= 63:
            if op == ">>":
                return emit.binary(a, ast.RShift(), b)
            shifted = emit.binary(a, ast.LShift(), b)
            top = interval_b[1]
            return self.wrapped(shifted, (interval_a[0] << top, interval_a[1] << top))
        return slow

    @staticmethod
    def _divided(
        op: str,
        a: ast.expr,
        interval_a: Interval,
        b: ast.expr,
        interval_b: Interval,
        slow: ast.expr,
    ) -> ast.expr:
        """Python floors where Tengo truncates; they agree where nothing is negative."""
        fast = emit.binary(a, ast.FloorDiv() if op == "/" else ast.Mod(), b)
        tests: list[ast.expr] = []
        if interval_a[0] < 0:
            tests.append(emit.compare(a, ast.GtE(), emit.const(0)))
        if interval_b[0] <= 0:
            tests.append(emit.compare(b, ast.Gt(), emit.const(0)))
        return emit.choose(emit.both(*tests), fast, slow) if tests else fast

    def wrapped(self, value: ast.expr, interval: Interval) -> ast.expr:
        """``value`` with 64-bit wrap-around, checked only on the sides where it may leave."""
        if interval[0] >= MIN_INT and interval[1] <= MAX_INT:
            return value
        temp = self.temp()
        again = emit.name(temp)
        first: ast.expr = emit.walrus(temp, value)
        tests: list[ast.expr] = []
        if interval[1] > MAX_INT:
            tests.append(emit.compare(first, ast.Gt(), emit.const(MAX_INT)))
            first = again
        if interval[0] < MIN_INT:
            tests.append(emit.compare(first, ast.Lt(), emit.const(MIN_INT)))
        return emit.choose(emit.either(*tests), emit.call("wrap", again), again)

    # -- equality ------------------------------

    def _equality(self, node: Binary, kind: int, other: int) -> ast.expr:
        a, b = self.expr(node.left), self.expr(node.right)
        negated = node.op == "!="
        eq: ast.cmpop = ast.NotEq() if negated else ast.Eq()
        same: ast.cmpop = ast.IsNot() if negated else ast.Is()
        literal = isinstance(a, ast.Constant) or isinstance(b, ast.Constant)
        if UNDEFINED in (kind, other) or (BOOL in (kind, other) and not literal):
            return emit.compare(emit.bare(a), same, emit.bare(b))  # both are singletons
        plain = kind == other and kind in (INT, FLOAT, STR, CHAR)
        if plain or STR in (kind, other) or CHAR in (kind, other):
            return emit.compare(a, eq, b)
        constant = _integer_constant(node.right) or _integer_constant(node.left)
        if constant and (self.options.level == "head" or not (kind | other) & FLOAT):
            # Apart from 0 and 1, which Python takes for booleans, only numbers equal an int.
            return emit.compare(a, eq, b)
        if INT in (kind, other):
            prefix, (a, b) = self.settle([node.left, node.right], True)
            checked = a if other == INT else b
            slow: ast.expr = emit.call("equal", a, b)
            if negated:
                slow = ast.UnaryOp(ast.Not(), slow)
            fast = emit.choose(emit.is_type(checked, "int"), emit.compare(a, eq, b), slow)
            return self.prefixed(prefix, fast)
        test: ast.expr = emit.call("equal", a, b)
        return ast.UnaryOp(ast.Not(), test) if negated else test


def _numeric(kind: int, other: int) -> bool:
    """Whether both are numbers for certain, and at least one is a float."""
    return kind in (INT, FLOAT) and other in (INT, FLOAT) and FLOAT in (kind, other)


def _integer_constant(node: Expr) -> bool:
    node = strip(node)
    if not isinstance(node, Literal) or type(node.value) is not int:
        return False
    return node.value not in (0, 1) and abs(node.value) <= _EXACT_IN_FLOAT
