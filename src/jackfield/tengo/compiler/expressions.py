"""Expressions to Python expressions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler import emit, places
from jackfield.tengo.compiler.arithmetic import Arithmetic
from jackfield.tengo.compiler.inference import builtin_name, callee, strip
from jackfield.tengo.compiler.kinds import (
    ARRAY,
    BYTES,
    FLOAT,
    INT,
    LIST,
    MAP,
    STR,
    arithmetic,
)
from jackfield.tengo.nodes import (
    ArrayLit,
    BadExpr,
    Binary,
    Call,
    Cond,
    ErrorExpr,
    Expr,
    FuncLit,
    Ident,
    ImmutableExpr,
    ImportExpr,
    Index,
    Literal,
    MapLit,
    Paren,
    Slice,
    Unary,
)
from jackfield.tengo.scopes import LentModule, SourceModule
from jackfield.tengo.values import Char, TengoString, Undefined

if TYPE_CHECKING:
    from jackfield.tengo.scopes import FunctionInfo, Variable

_TYPE_CHECKS = {
    "is_int": "int",
    "is_float": "float",
    "is_bool": "bool",
    "is_char": "Char",
    "is_bytes": "Bytes",
    "is_map": "dict",
    "is_immutable_array": "ImmutableArray",
    "is_immutable_map": "ImmutableMap",
    "is_error": "ErrorValue",
    "is_time": "Time",
    "is_function": "Function",
}
_LONG_CHAIN = 20


class Expressions(Arithmetic):
    """Turns expression nodes into Python ones; part of :class:`FunctionCompiler`."""

    def expr(self, node: Expr) -> ast.expr:
        """The Python expression with the value of ``node``."""
        return _METHODS[type(node)](self, node)  # type: ignore[no-any-return]

    def literal(self, node: Literal) -> ast.expr:
        value = node.value
        if value is Undefined:
            return emit.name("Undefined")
        if type(value) is TengoString or type(value) is Char:
            return emit.name(self.constant(value))
        if type(value) is float and (value != value or value in (float("inf"), float("-inf"))):
            return emit.name(self.constant(value))
        return emit.const(value)

    def read(self, variable: Variable) -> ast.expr:
        """The value of a variable."""
        if variable.boxed:
            return emit.item(emit.name(variable.python_name), emit.const(0))
        return emit.name(variable.python_name)

    def ident(self, node: Ident) -> ast.expr:
        if node.variable is None:
            return emit.name(f"builtin_{node.name}")
        return self.read(node.variable)

    def paren(self, node: Paren) -> ast.expr:
        return self.expr(node.expr)

    def array(self, node: ArrayLit) -> ast.expr:
        items = [self.expr(element) for element in node.elements]
        return self.counted(ast.List(items, emit.LOAD), node.pos)

    def map(self, node: MapLit) -> ast.expr:
        keys: list[ast.expr | None] = [self.literal(Literal(node.pos, key)) for key in node.keys]
        values = [self.expr(value) for value in node.values]
        return self.counted(ast.Dict(keys, values), node.pos)

    def error(self, node: ErrorExpr) -> ast.expr:
        made = emit.call("ErrorValue", self.expr(node.expr))
        return self.counted(made, places.last(node.expr))

    def immutable(self, node: ImmutableExpr) -> ast.expr:
        inner = strip(node.expr)
        if isinstance(inner, MapLit):
            made = emit.call("ImmutableMap", self.expr(inner))
        elif isinstance(inner, ArrayLit):
            made = emit.call("ImmutableArray", self.expr(inner))
        else:
            helper = "immutable_counted" if self.options.count else "immutable"
            return emit.at(emit.call(helper, self.expr(inner)), places.last(node.expr))
        return self.counted(made, places.last(node.expr))

    def bad(self, node: BadExpr) -> ast.expr:
        raise AssertionError(f"a tree with errors at {node.pos} was compiled")

    # -- tests and choices ------------------------------

    def test(self, node: Expr) -> ast.expr:
        """An expression whose Python truth is the Tengo truth of ``node``."""
        node = strip(node)
        if isinstance(node, Unary) and node.op == "!":
            return ast.UnaryOp(ast.Not(), self.test(node.expr))
        if isinstance(node, Binary) and node.op in ("&&", "||"):
            op = ast.And() if node.op == "&&" else ast.Or()
            left, ranges = self.test(node.left), self.ranges.copy()
            self.ranges.assume(node.left, node.op == "&&")
            right = self.test(node.right)
            self.ranges = ranges
            return ast.BoolOp(op, [left, right])
        return self.truth(self.expr(node), self.kinds(node))

    def truth(self, value: ast.expr, kind: int) -> ast.expr:
        """The truth of a value: Python's, but for floats (``0.0`` is true, NaN false)."""
        if not kind & FLOAT:
            return value
        value, again = self.twice(value)
        if kind == FLOAT:
            return emit.compare(value, ast.Eq(), again)
        is_float = emit.is_type(value, "float")
        return emit.choose(is_float, emit.compare(again, ast.Eq(), again), again)

    def twice(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """An expression to evaluate first, and one that gives the same value again."""
        if emit.is_simple(value):
            return value, value
        temp = self.temp()
        return emit.walrus(temp, value), emit.name(temp)

    def cond(self, node: Cond) -> ast.expr:
        test = self.test(node.test)
        ranges = self.ranges.copy()
        self.ranges.assume(node.test, True)
        yes = self.expr(node.yes)
        self.ranges = ranges.copy()
        self.ranges.assume(node.test, False)
        no = self.expr(node.no)
        self.ranges = ranges
        return emit.choose(test, yes, no)

    def logical(self, node: Binary) -> ast.expr:
        """``a && b`` and ``a || b``: the value is the deciding operand's."""
        is_and = node.op == "&&"
        kind = self.kinds(node.left)
        left = self.expr(node.left)
        ranges = self.ranges.copy()
        self.ranges.assume(node.left, is_and)
        right = self.expr(node.right)
        self.ranges = ranges
        if not kind & FLOAT:
            return ast.BoolOp(ast.And() if is_and else ast.Or(), [left, right])
        value, again = self.twice(left)
        test = self.truth(value, kind)
        return emit.choose(test, right, again) if is_and else emit.choose(test, again, right)

    def unary(self, node: Unary) -> ast.expr:
        if node.op == "+":
            return self.expr(node.expr)
        if node.op == "!":
            return ast.UnaryOp(ast.Not(), self.test(node.expr))
        kind = self.kinds(node.expr)
        place = places.last(node.expr)
        if not self.options.count:
            literal = strip(node.expr)
            if isinstance(literal, Literal) and kind in (INT, FLOAT) and node.op == "-":
                return emit.const(-literal.value)  # type: ignore[operator]
            if kind == INT and node.op == "^":
                return ast.UnaryOp(ast.Invert(), self.expr(node.expr))
            if kind == FLOAT and node.op == "-":
                return ast.UnaryOp(ast.USub(), self.expr(node.expr))
        helper = "neg" if node.op == "-" else "inv"
        return self.counted(emit.at(emit.call(helper, self.expr(node.expr)), place), place)

    def binary(self, node: Binary) -> ast.expr:
        if node.op in ("&&", "||"):
            return self.logical(node)
        chain: list[Binary] = []
        left: Expr = node
        while type(left) is Binary and left.op not in ("&&", "||"):
            chain.append(left)
            left = left.left
        if len(chain) < _LONG_CHAIN:
            return self.operate(node)
        # A long sum would nest too deeply: evaluate it step by step in a tuple.
        steps: list[ast.expr] = []
        temp, kind = self.temp(), self.kinds(left)
        steps.append(emit.walrus(temp, self.expr(left)))
        for link in reversed(chain):
            value = self.operate_on(link, emit.name(temp), kind)
            steps.append(emit.walrus(temp, value))
            kind = arithmetic(link.op, kind, self.kinds(link.right))
        return emit.item(ast.Tuple(steps, emit.LOAD), emit.const(-1))

    # -- elements ------------------------------

    def index(self, node: Index) -> ast.expr:
        kind, index_kind = self.kinds(node.expr), self.kinds(node.index)
        place = places.last(node.index)
        if kind == MAP and index_kind == STR:
            key = self.expr(node.index)
            return emit.method(self.expr(node.expr), "get", key, emit.name("Undefined"))
        if self.kinds.is_within(node):
            return emit.item(self.expr(node.expr), self.expr(node.index))
        inline = (kind & LIST and index_kind & INT) or (kind & MAP and index_kind == STR)
        prefix, (x, i) = self.settle([node.expr, node.index], bool(inline))
        slow = emit.at(emit.call("index", x, i), place)
        if not inline:
            return slow
        if index_kind == STR:
            entry = emit.method(x, "get", i, emit.name("Undefined"))
            return self.prefixed(prefix, emit.choose(emit.is_type(x, "dict"), entry, slow))
        tests = self.within(x, kind, i, node.index)
        sure = kind == LIST and index_kind == INT
        missing = emit.name("Undefined") if sure else slow
        found = emit.item(x, i)
        return self.prefixed(prefix, emit.choose(emit.both(*tests), found, missing))

    def within(self, x: ast.expr, kind: int, i: ast.expr, node: Expr) -> list[ast.expr]:
        """Tests that ``x`` is a list, ``i`` an integer, and within its bounds."""
        index_kind = self.kinds(node)
        tests: list[ast.expr] = []
        if kind != LIST:
            tests.append(emit.is_type(x, "list"))
        if index_kind != INT:
            tests.append(emit.is_type(i, "int"))
        size = emit.call("len", x)
        if index_kind == INT and self.ranges.of(node)[0] >= 0:
            tests.append(emit.compare(i, ast.Lt(), size))
        else:
            tests.append(ast.Compare(emit.const(-1), [ast.Lt(), ast.Lt()], [i, size]))
        return tests

    def slice(self, node: Slice) -> ast.expr:
        bounds = [
            emit.name("Undefined") if bound is None else self.expr(bound)
            for bound in (node.low, node.high)
        ]
        place = places.of_slice(node)
        made = emit.at(emit.call("slice_of", self.expr(node.expr), *bounds), place)
        return self.counted(made, place)

    # -- calls ------------------------------

    def call(self, node: Call) -> ast.expr:
        if self.options.count:
            return self._counted_call(node)
        name = builtin_name(node.func)
        if name is not None and not node.spread:
            inlined = self._builtin(name, node)
            if inlined is not None:
                return inlined
        info = callee(node)
        if info is not None and info.typed and self.kinds.matches(info, node):
            func: ast.expr = emit.name(typed_name(info))
        else:
            func = self.expr(node.func)
        return emit.at(ast.Call(emit.bare(func), self.arguments(node), []), node.pos)

    def arguments(self, node: Call) -> list[ast.expr]:
        """The arguments of a call, a spread last one included."""
        args = [self.expr(arg) for arg in node.args]
        if node.spread:
            args[-1] = ast.Starred(emit.at(emit.call("spread", args[-1]), node.pos), emit.LOAD)
        return args

    def _counted_call(self, node: Call) -> ast.expr:
        func = self.expr(node.func)
        return emit.at(
            ast.Call(emit.name("call_counted"), [func, *self.arguments(node)], []), node.pos
        )

    def _builtin(self, name: str, node: Call) -> ast.expr | None:
        """A builtin's work done inline, where that is simple; ``None`` where it is not."""
        args = node.args
        check = _TYPE_CHECKS.get(name)
        if len(args) != 1:
            return None
        kind = self.kinds(args[0])
        if check:
            return emit.is_type(self.expr(args[0]), check)
        if name == "is_undefined":
            return emit.compare(self.expr(args[0]), ast.Is(), emit.name("Undefined"))
        if name == "string":
            if kind == INT and not self.options.check_strings:
                return emit.call("str", self.expr(args[0]))
            return self.expr(args[0]) if kind == STR else None
        if name in ("int", "float") and kind == (INT if name == "int" else FLOAT):
            return self.expr(args[0])
        if name == "float" and kind == INT:
            return emit.call("float", self.expr(args[0]))
        return self._length(node) if name == "len" else None

    def _length(self, node: Call) -> ast.expr:
        kind = self.kinds(node.args[0])
        if kind and not kind & ~(ARRAY | MAP | BYTES):
            return emit.call("len", self.expr(node.args[0]))
        prefix, (x,) = self.settle(node.args)
        size = emit.call("len", x)
        slow = emit.at(emit.call("length", x), node.pos)
        test: ast.expr = emit.method(x, "isascii")
        if kind != STR:
            ascii_text = emit.both(emit.is_type(x, "str"), test)
            test = emit.either(emit.is_type(x, "list"), ascii_text)
        return self.prefixed(prefix, emit.choose(test, size, slow))

    # -- functions and modules ------------------------------

    def func(self, node: FuncLit) -> ast.expr:
        raise NotImplementedError

    def import_(self, node: ImportExpr) -> ast.expr:
        target = node.target
        if isinstance(target, SourceModule):
            made = emit.call(f"module{target.number}")
            return emit.at(made, node.pos)
        assert isinstance(target, LentModule)
        return emit.call("lent_module", emit.const(target.name))


def typed_name(info: FunctionInfo) -> str:
    """The Python name of the version of a function made for the types of its direct calls."""
    return f"f{info.number}t"


_METHODS: dict[type, Any] = {
    Literal: Expressions.literal,
    Ident: Expressions.ident,
    Paren: Expressions.paren,
    ArrayLit: Expressions.array,
    MapLit: Expressions.map,
    ErrorExpr: Expressions.error,
    ImmutableExpr: Expressions.immutable,
    Unary: Expressions.unary,
    Binary: Expressions.binary,
    Cond: Expressions.cond,
    Index: Expressions.index,
    Slice: Expressions.slice,
    Call: Expressions.call,
    FuncLit: lambda self, node: self.func(node),
    ImportExpr: Expressions.import_,
    BadExpr: Expressions.bad,
}
