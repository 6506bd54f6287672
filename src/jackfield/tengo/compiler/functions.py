"""Function literals, the main program and module bodies to Python functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from jackfield.tengo.compiler import emit
from jackfield.tengo.compiler.expressions import typed_name
from jackfield.tengo.compiler.inference import callee, strip
from jackfield.tengo.compiler.kinds import ANY, FLOAT, INT, LIST, MAP
from jackfield.tengo.compiler.ranges import FULL
from jackfield.tengo.compiler.statements import JUMPING, Body, Statements, leaves
from jackfield.tengo.nodes import (
    Assign,
    Binary,
    Call,
    Cond,
    Expr,
    ExprStmt,
    For,
    ForIn,
    FuncLit,
    If,
    Return,
    Stmt,
)

if TYPE_CHECKING:
    from jackfield.tengo.scopes import FunctionInfo, Variable

_CHECKS = {INT: "int", FLOAT: "float", LIST: "list", MAP: "dict"}


class FunctionCompiler(Statements):
    """Compiles one function, and the functions in it by compilers of their own."""

    # -- bodies ------------------------------

    def body(self) -> Body:
        """The statements of the Python function, declarations included."""
        info = self.info
        start: Body = []
        outer = sorted({v.python_name for v in _assigned_outer(info)})
        if outer:
            start.append(ast.Nonlocal(outer))
        if info.variadic:
            rest = info.params[-1]
            start.append(
                emit.assign(rest.python_name, emit.call("list", emit.name(rest.python_name)))
            )
        start.extend(
            emit.assign(p.python_name, ast.List([emit.name(p.python_name)], emit.LOAD))
            for p in info.params
            if p.boxed
        )
        inner = self.block(info.body)
        if not leaves(inner) and (info.literal is not None or info.is_module):
            inner.append(ast.Return(emit.name("Undefined")))
        if info.tail_calls:
            if self.jumps_out:
                inner.insert(0, emit.assign(JUMPING, emit.const(False)))
            inner = [ast.While(emit.const(True), inner, [])]
        return [*start, *inner]

    def definition(self, name: str) -> ast.FunctionDef:
        """``def name(params): body``"""
        names = [p.python_name for p in self.info.params]
        if self.info.variadic:
            names[-1] = "*" + names[-1]
        return emit.function(name, names, self.body())

    # -- function literals ------------------------------

    def inner(self, info: FunctionInfo, *, typed: bool) -> FunctionCompiler:
        """The compiler of a function in this one."""
        general = self.general if typed or not info.typed else self.general | _family(info)
        return FunctionCompiler(self.unit, info, general)

    def _made(self, literal: FuncLit) -> tuple[Body, str]:
        """Statements that define the function, and the Python name it then has."""
        info = literal.info
        assert info is not None
        name = f"f{info.number}"
        body: Body = []
        if info.typed and info not in self.general:
            body.append(self.inner(info, typed=True).definition(typed_name(info)))
            assert info.variable is not None
            if info.variable.references == 0 and not info.variable.top:
                # Nobody but its callers can have it, and they know the types.
                body.append(emit.assign(name, emit.name(typed_name(info))))
                return body, name
        definition = self.inner(info, typed=False).definition(name)
        if info.typed and info not in self.general:
            definition.body.insert(_after_nonlocal(definition), _delegation(info))
        body.append(definition)
        fresh = sorted({v.python_name for v in info.captures if v.fresh and v.owner is self.info})
        if fresh:
            # Closures get this iteration's instances as arguments of a function around them.
            factory = f"make{info.number}"
            body = [
                emit.function(factory, fresh, [*body, ast.Return(emit.name(name))]),
                emit.assign(name, emit.call(factory, *map(emit.name, fresh))),
            ]
        return body, name

    def assign_function(self, node: Assign, variable: Variable, value: FuncLit) -> Body:
        define = node.op == ":="
        body: Body = []
        if variable.boxed and define and value.info and variable in value.info.captures:
            body.append(self.write(variable, emit.name("Undefined"), define=True))
            define = False
        made, name = self._made(value)
        body.extend(made)
        body.append(
            self.write(variable, self._closure_counted(value, emit.name(name)), define=define)
        )
        self.ranges.forget([variable])
        return [emit.at(statement, node.pos) for statement in body]

    def _closure_counted(self, literal: FuncLit, value: ast.expr) -> ast.expr:
        info = literal.info
        assert info is not None
        captures = [v for v in info.captures if not v.is_global]
        return self.counted(value, literal.pos) if captures else value

    def func(self, node: FuncLit) -> ast.expr:
        """A literal inside an expression: defined just before the statement, as ``def`` is one.

        Nothing can tell: a closure reads variables late, and no expression makes new instances.
        """
        made, name = self._made(node)
        self.pending.extend(emit.at(statement, node.pos) for statement in made)
        return self._closure_counted(node, emit.name(name))


def _family(info: FunctionInfo) -> frozenset[FunctionInfo]:
    """A function and all functions in it."""
    found, pending = {info}, [info]
    while pending:
        inner = pending.pop().inner
        found.update(inner)
        pending.extend(inner)
    return frozenset(found)


def _assigned_outer(info: FunctionInfo) -> set[Variable]:
    """Variables of outer functions that this very function assigns."""
    return {v for v in info.assigned if v.owner is not info and not v.boxed}


def _after_nonlocal(definition: ast.FunctionDef) -> int:
    return 1 if isinstance(definition.body[0], ast.Nonlocal) else 0


def _delegation(info: FunctionInfo) -> ast.stmt:
    """The start of a general version: with arguments of the right types, use the typed one."""
    tests: list[ast.expr] = [
        emit.is_type(emit.name(param.python_name), _CHECKS[param.kind])
        for param in info.params
        if param.kind != ANY
    ]
    for param in info.params:
        low, high = param.interval
        if param.kind == INT and (low, high) != FULL:
            bounds = [emit.name(param.python_name), emit.const(high)]
            tests.append(ast.Compare(emit.const(low), [ast.LtE(), ast.LtE()], list(bounds)))
    args = [emit.name(param.python_name) for param in info.params]
    forward = ast.Return(emit.call(typed_name(info), *args))
    statement = emit.branch(emit.both(*tests), [forward])
    forward.lineno = emit.HIDDEN_LINE
    return statement


# -- tail calls -----------------------------------------------------------------------------------


def find_tail_calls(info: FunctionInfo) -> None:
    """Find the calls after which a function returns at once, and that call that very function.

    Natively those reuse the frame.
    """
    variable = info.variable
    if variable is None or variable.assignments != 1:
        return
    finder = _TailCalls(info)
    finder.block(info.body, last=True)
    if info.tail_calls:
        for local in info.locals:
            local.in_loop = True


class _TailCalls:
    def __init__(self, info: FunctionInfo) -> None:
        self.info = info

    def block(self, statements: list[Stmt], *, last: bool) -> None:
        """Look at a block; ``last`` tells whether the function returns right behind it."""
        for at, statement in enumerate(statements):
            ends = last and at == len(statements) - 1
            if isinstance(statement, Return) and statement.value is not None:
                self.value(statement.value)
            elif isinstance(statement, If):
                self.branches(statement, ends)
            elif isinstance(statement, (For, ForIn)):
                self.block(statement.body, last=False)
            elif isinstance(statement, ExprStmt) and isinstance(statement.expr, Call):
                following = statements[at + 1] if at + 1 < len(statements) else None
                bare = isinstance(following, Return) and following.value is None
                if ends or bare:
                    self.call(statement.expr)

    def branches(self, node: If, ends: bool) -> None:
        # With an else, the first branch natively ends in a jump, not in the return.
        self.block(node.body, last=ends and node.orelse is None)
        if isinstance(node.orelse, If):
            self.branches(node.orelse, ends)
        elif node.orelse is not None:
            self.block(node.orelse, last=ends)

    def value(self, node: Expr) -> None:
        """A returned expression."""
        node = strip(node)
        if isinstance(node, Call):
            self.call(node)
        elif isinstance(node, Cond):
            self.value(node.yes)
            self.value(node.no)
        elif isinstance(node, Binary) and node.op in ("&&", "||"):
            self.value(node.right)

    def call(self, node: Call) -> None:
        """Note the call if it is one of the function itself."""
        if callee(node) is not self.info:
            return
        count, wanted = len(node.args), len(self.info.params)
        if self.info.variadic:
            plain = count - 1 if node.spread else count
            fits = plain >= wanted - 1
        else:
            fits = count == wanted and not node.spread
        if fits:
            self.info.tail_calls.add(id(node))
