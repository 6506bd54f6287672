"""Statements to Python statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler import emit, places
from jackfield.tengo.compiler.context import has_effects
from jackfield.tengo.compiler.expressions import Expressions
from jackfield.tengo.compiler.inference import builtin_name, is_self_append, strip
from jackfield.tengo.compiler.kinds import (
    INT,
    LIST,
    MAP,
    STR,
    VIEW,
)
from jackfield.tengo.compiler.ranges import FULL, combine
from jackfield.tengo.compiler.uses import assigned_in
from jackfield.tengo.nodes import (
    Assign,
    Binary,
    Branch,
    Call,
    Cond,
    Empty,
    Export,
    Expr,
    ExprStmt,
    For,
    ForIn,
    FuncLit,
    Ident,
    If,
    IncDec,
    Literal,
    Return,
    Stmt,
)

if TYPE_CHECKING:
    from jackfield.tengo.scopes import Variable

Body = list[ast.stmt]
JUMPING = "jumping"
"""The name that tells, behind a loop, that it was left by a tail call."""
_STEPPING = frozenset(("+", "-", "*"))


class Statements(Expressions):
    """Turns statement nodes into Python ones; part of :class:`FunctionCompiler`."""

    def block(self, statements: list[Stmt]) -> Body:
        """The Python statements of a block."""
        body: Body = []
        outer, self.pending = self.pending, []
        for statement in statements:
            made = _METHODS[type(statement)](self, statement)
            body.extend(self.flush())
            body.extend(emit.at(part, statement.pos) for part in made)
        self.pending = outer
        return body

    def nothing(self, _node: Stmt) -> Body:
        return []

    def expr_stmt(self, node: ExprStmt) -> Body:
        if isinstance(node.expr, Call) and id(node.expr) in self.info.tail_calls:
            return self.tail_call(node.expr)
        if isinstance(node.expr, (Literal, Ident)):
            return []
        return [emit.at(emit.expression(self.expr(node.expr)), node.pos)]

    # -- assignment ------------------------------

    def incdec(self, node: IncDec) -> Body:
        assert node.assign is not None
        return self.assign(node.assign)

    def write(self, variable: Variable, value: ast.expr, *, define: bool = False) -> ast.stmt:
        """Store into a variable; ``define`` makes a new instance of one that closures share."""
        name = variable.python_name
        if variable.boxed:
            if define:
                return emit.assign(name, ast.List([value], emit.LOAD))
            return emit.set_item(emit.name(name), emit.const(0), value)
        return emit.assign(name, value)

    def assign(self, node: Assign) -> Body:
        variable = node.variable
        assert variable is not None
        value = node.values[0]
        if node.selectors:
            return self._assign_element(node, variable)
        define = node.op == ":="
        if isinstance(value, FuncLit):
            return self.assign_function(node, variable, value)
        if is_self_append(node) and not self.options.count:
            body = self._append(variable, value)
        elif node.op in (":=", "="):
            body = self._update(variable, value) or [
                self.write(variable, self.expr(value), define=define)
            ]
        else:
            combined = Binary(node.pos, node.op, node.targets[0], value)
            body = self._update(variable, combined) or [self.write(variable, self.binary(combined))]
        self._learn(node, variable)
        return [emit.at(statement, node.pos) for statement in body]

    def _learn(self, node: Assign, variable: Variable) -> None:
        """What the assignment tells about the variable's interval."""
        if variable.captured or self.kinds.variable(variable) != INT:
            return
        value = node.values[0]
        if node.op in (":=", "="):
            interval = self.ranges.of(value) if self.kinds(value) == INT else FULL
        else:
            interval = FULL
            if self.kinds(value) == INT:
                before = self.ranges.variable(variable)
                interval = combine(node.op, before, self.ranges.of(value))
        self.ranges.forget([variable])
        if interval[0] >= FULL[0] and interval[1] <= FULL[1] and interval != FULL:
            self.ranges.known[variable] = interval

    def _update(self, variable: Variable, value: Expr) -> Body | None:
        """``x = x op y`` as statements, which lets CPython add to a string in place."""
        value = strip(value)
        if (
            self.options.count
            or self.options.check_strings
            or variable.boxed
            or not isinstance(value, Binary)
            or value.op not in _STEPPING
            or not isinstance(value.left, Ident)
            or value.left.variable is not variable
        ):
            return None
        kind, other = self.kinds(value.left), self.kinds(value.right)
        name = variable.python_name
        op = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult()}[value.op]
        if kind == other == INT:
            interval = combine(value.op, self.ranges.of(value.left), self.ranges.of(value.right))
            step = emit.assign(name, emit.binary(emit.name(name), op, self.expr(value.right)))
            tests: list[ast.expr] = []
            if interval[1] > FULL[1]:
                tests.append(emit.compare(emit.name(name), ast.Gt(), emit.const(FULL[1])))
            if interval[0] < FULL[0]:
                tests.append(emit.compare(emit.name(name), ast.Lt(), emit.const(FULL[0])))
            if not tests:
                return [step]
            test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))
            return [
                step,
                emit.branch(test, [emit.assign(name, emit.call("wrap", emit.name(name)))]),
            ]
        if value.op != "+" or not kind & STR:
            return None
        if kind == STR and other == STR:
            return [emit.assign(name, emit.binary(emit.name(name), op, self.expr(value.right)))]
        if kind == STR and other == INT:
            text = emit.call("str", self.expr(value.right))
            return [emit.assign(name, emit.binary(emit.name(name), op, text))]
        if variable.captured or not other & STR:
            return None
        right = self.expr(value.right)
        body: Body = []
        if not emit.is_simple(right):
            temp = self.temp()
            body.append(emit.assign(temp, right))
            right = emit.name(temp)
        tests = [emit.is_type(emit.name(name), "str")] if kind != STR else []
        if other != STR:
            tests.append(emit.is_type(right, "str"))
        slow = emit.at(emit.call("add", emit.name(name), right), value.pos)
        fast = emit.assign(name, emit.binary(emit.name(name), op, right))
        orelse: Body = [emit.assign(name, slow)]
        body.append(emit.branch(emit.both(*tests), [fast], orelse))
        return body

    def _append(self, variable: Variable, value: Expr) -> Body:
        """``x = append(x, ...)``: in place if nothing else refers to the array."""
        assert isinstance(value, Call)
        items = [self.expr(arg) for arg in value.args[1:]]
        name = self.read(variable)
        if variable.growing:
            if len(items) == 1:
                return [emit.expression(emit.method(name, "append", items[0]))]
            every = ast.Tuple(items, emit.LOAD)
            return [emit.expression(emit.method(name, "extend", every))]
        slow = emit.at(
            ast.Call(emit.name("builtin_append"), [self.read(variable), *items], []), value.pos
        )
        # The array is evaluated before the items, and what they call may assign the variable.
        overtaken = variable.captured and any(map(has_effects, value.args[1:]))
        if len(items) != 1 or overtaken:
            return [self.write(variable, slow)]
        body: Body = []
        if not emit.is_simple(items[0]):
            temp = self.temp()
            body.append(emit.assign(temp, items[0]))
            items = [emit.name(temp)]
            slow.args[1:] = items
        # One reference is the variable, the rest is what the call itself holds.
        alone = emit.compare(emit.call("getrefcount", name), ast.Eq(), emit.name("ALONE"))
        test = emit.both(emit.is_type(name, "list"), alone)
        grow = emit.expression(emit.method(name, "append", items[0]))
        body.append(emit.branch(test, [grow], [self.write(variable, slow)]))
        return body

    def _assign_element(self, node: Assign, variable: Variable) -> Body:
        """``x[i].j = v``: first the value, then the selectors from the last to the first."""
        selectors = node.selectors
        value = node.values[0]
        if node.op == "=":
            nodes = [value, *reversed(selectors)]
            body, settled = self._sequence(nodes, [self.expr(n) for n in nodes])
        else:
            combined = Binary(node.pos, node.op, node.targets[0], value)
            rest = list(reversed(selectors))
            values = [self.binary(combined), *(self.expr(n) for n in rest)]
            body, settled = self._sequence([combined, *rest], values)
        new, *found = settled
        found.reverse()
        container = self.read(variable)
        kind = self.kinds.variable(variable)
        for selector in found[:-1]:
            container = emit.at(emit.call("step", container, selector), node.pos)
            kind = ~0
        if not emit.is_simple(container):
            temp = self.temp()
            body.append(emit.at(emit.assign(temp, container), node.pos))
            container = emit.name(temp)
        body.append(emit.at(self._store(container, kind, found[-1], selectors[-1], new), node.pos))
        return body

    def _sequence(self, nodes: list[Expr], values: list[ast.expr]) -> tuple[Body, list[ast.expr]]:
        """Evaluate in order, each into a name unless it is one already."""
        body: Body = []
        settled: list[ast.expr] = []
        for node, value in zip(nodes, values, strict=True):
            plain = isinstance(value, ast.Constant) or (
                isinstance(value, ast.Name)
                and (not isinstance(strip(node), Ident) or not self._shared(node))
            )
            if plain:
                settled.append(value)
                continue
            temp = self.temp()
            body.append(emit.at(emit.assign(temp, value), node.pos))
            settled.append(emit.name(temp))
        return body, settled

    @staticmethod
    def _shared(node: Expr) -> bool:
        node = strip(node)
        return (
            isinstance(node, Ident)
            and node.variable is not None
            and node.variable.captured
            and node.variable.assignments > 1
        )

    def _store(self, x: ast.expr, kind: int, i: ast.expr, node: Expr, new: ast.expr) -> ast.stmt:
        index_kind = self.kinds(node)
        slow: Body = [emit.expression(emit.call("assign", x, i, new))]
        fast = emit.set_item(x, i, new)
        if index_kind == STR:
            if kind == MAP:
                return fast
            return emit.branch(emit.is_type(x, "dict"), [fast], slow) if kind & MAP else slow[0]
        if kind & LIST and index_kind & INT:
            tests = self.within(x, kind, i, node)
            return emit.branch(emit.both(*tests), [fast], slow)
        if kind == MAP and index_kind == INT:
            return emit.set_item(x, emit.call("str", i), new)
        if kind & MAP and index_kind & STR:
            tests = [] if kind == MAP else [emit.is_type(x, "dict")]
            tests.append(emit.is_type(i, "str"))
            return emit.branch(emit.both(*tests), [fast], slow)
        return slow[0]

    # -- flow ------------------------------

    def if_(self, node: If) -> Body:
        body: Body = self.block([node.init]) if node.init is not None else []
        test = emit.at(self.test(node.test), node.test.pos)
        body.extend(self.flush())
        before = self.ranges
        self.ranges = before.copy()
        self.ranges.assume(node.test, True)
        yes = self.block(node.body)
        after_yes = self.ranges
        self.ranges = before.copy()
        self.ranges.assume(node.test, False)
        if isinstance(node.orelse, If):
            no = self.block([node.orelse])
        else:
            no = self.block(node.orelse) if node.orelse else []
        if leaves(no):
            self.ranges = after_yes
        elif not leaves(yes):
            self.ranges.join(after_yes)
        body.append(emit.branch(test, yes, no))
        return body

    def for_(self, node: For) -> Body:
        body: Body = self.block([node.init]) if node.init is not None else []
        parts: list[Any] = [node.body, node.test, node.post]
        changed = assigned_in([*node.body, *(p for p in parts[1:] if p is not None)])
        counted = self._counted_loop(node)
        if counted is not None:
            return counted
        self.ranges.forget(changed)
        after = self.ranges.copy()
        test: ast.expr = emit.const(True)
        if node.test is not None:
            test = emit.at(self.test(node.test), node.test.pos)
            body.extend(self.flush())
            self.ranges.assume(node.test, True)
        inner, follow = self.loop_body(node.body)
        if node.post is not None:
            if _continues(node.body):
                self.ranges = after.copy()
                if node.test is not None and not changed & assigned_in(node.body):
                    self.ranges.assume(node.test, True)
            post = self.block([node.post])
            inner = _before_continue(inner, post)
            inner.extend(post)
        self.ranges = after
        body.append(ast.While(test, inner or [ast.Pass()], []))
        return [*body, *follow]

    def _counted_loop(self, node: For) -> Body | None:
        """``for i := a; i < b; i++`` as a loop over ``range``, if nobody can tell.

        Nobody can if the body neither assigns ``i`` nor lets a closure have it, and the bound stays
        the same.
        """
        init, test, post = node.init, node.test, node.post
        if isinstance(post, IncDec):
            post = post.assign
        if (
            not isinstance(init, Assign)
            or init.op != ":="
            or not isinstance(test, Binary)
            or test.op not in ("<", "<=")
            or not isinstance(post, Assign)
            or post.op != "+"
            or post.selectors
        ):
            return None
        variable = init.variable
        step = strip(post.values[0])
        same = variable is not None and post.variable is variable
        left = test.left
        if (
            not same
            or variable is None
            or variable.captured
            or self.kinds.variable(variable) != INT
            or not isinstance(left, Ident)
            or left.variable is not variable
            or not isinstance(step, Literal)
            or type(step.value) is not int
            or step.value < 1
            or self.options.count
        ):
            return None
        changed = assigned_in(node.body)
        bound = strip(test.right)
        if variable in changed or not self._constant_bound(bound, changed):
            return None
        start = self.expr(init.values[0])
        low, _ = self.ranges.of(init.values[0])
        high = self.ranges.of(bound)[1]
        stop = self.expr(bound)
        if test.op == "<=":
            stop = emit.binary(stop, ast.Add(), emit.const(1))
            high += 1
        self.ranges.forget(changed)
        after = self.ranges.copy()
        self.ranges.known[variable] = (low, min(high - 1, FULL[1]))
        array = _measured(bound)
        if array is not None and low >= 0 and test.op == "<":
            self.kinds.in_bounds.add((array, variable))
        body, follow = self.loop_body(node.body)
        self.ranges = after
        args = [start, stop]
        if step.value != 1:
            args.append(emit.const(step.value))
        loop = ast.For(emit.target(variable.python_name), emit.call("range", *args), body, [])
        loop.body = body or [ast.Pass()]
        return [emit.at(loop, node.pos), *follow]

    def _constant_bound(self, bound: Expr, changed: set[Variable]) -> bool:
        """Whether a loop bound is an integer that the loop's body cannot change."""
        if isinstance(bound, Call) and builtin_name(bound.func) == "len" and len(bound.args) == 1:
            inner = strip(bound.args[0])
            kind = self.kinds(inner)
            fixed = bool(kind) and not kind & ~(LIST | VIEW | STR)
            return (
                fixed
                and not bound.spread
                and (kind == STR or not self.options.fixed_windows)
                and self._constant_variable(inner, changed)
            )
        if self.kinds(bound) != INT:
            return False
        return isinstance(bound, Literal) or self._constant_variable(bound, changed)

    @staticmethod
    def _constant_variable(node: Expr, changed: set[Variable]) -> bool:
        if not isinstance(node, Ident) or node.variable is None or node.variable in changed:
            return False
        return not node.variable.captured or node.variable.assignments <= 1

    def for_in(self, node: ForIn) -> Body:
        key, value = node.key.variable, node.value.variable
        source = strip(node.iterable)
        kind = self.kinds(source)
        changed = assigned_in([node])
        helper = "values" if key is None else "pairs" if value is not None else "keys"
        if value is None and key is None:
            helper = "keys"
        iterable = self._iterable(source, kind, helper)
        self.ranges.forget(changed)
        after = self.ranges.copy()
        if key is not None and kind == LIST and not key.captured:
            self.ranges.known[key] = (0, 2**40)
        start: Body = []
        names = [self._loop_target(v, start) for v in (key, value) if v is not None]
        inner, follow = self.loop_body(node.body)
        body = [*start, *inner] or [ast.Pass()]
        self.ranges = after
        into: ast.expr
        if not names:
            into = emit.target(self.temp())
        else:
            into = names[0] if len(names) == 1 else ast.Tuple(list(names), emit.STORE)
        return [emit.at(ast.For(into, iterable, body, []), node.pos), *follow]

    def _iterable(self, source: Expr, kind: int, helper: str) -> ast.expr:
        value = self.expr(source)
        place = places.last(source)
        if self.options.count or self.options.fixed_windows:
            if self.options.fixed_windows and helper != "keys":
                helper += "_fixed"
        elif kind == LIST and helper != "keys":
            if (
                isinstance(source, Call)
                and builtin_name(source.func) == "range"
                and len(source.args) == 2
                and all(self.kinds(arg) == INT for arg in source.args)
                and not source.spread
                and helper == "values"
            ):
                args = [self.expr(arg) for arg in source.args]
                return emit.at(emit.call("up_or_down", *args), place)
            return value if helper == "values" else emit.call("enumerate", value)
        iterable = emit.at(emit.call(helper, value), place)
        return self.counted(iterable, place)

    def _loop_target(self, variable: Variable, start: Body) -> ast.expr:
        """Where the loop stores; a boxed variable gets a new box at the start of the body."""
        if not variable.boxed:
            return emit.target(variable.python_name)
        temp = self.temp()
        start.append(self.write(variable, emit.name(temp), define=True))
        return emit.target(temp)

    def branch(self, node: Branch) -> Body:
        return [ast.Break() if node.kind == "break" else ast.Continue()]

    # -- leaving ------------------------------

    def return_(self, node: Return) -> Body:
        if node.value is None:
            return [ast.Return(emit.name("Undefined"))]
        return self._return_value(node.value)

    def _return_value(self, value: Expr) -> Body:
        """``return value``, where a tail call inside it may become a jump."""
        inner = strip(value)
        if not self._has_tail_call(inner):
            return [emit.at(ast.Return(self.expr(value)), value.pos)]
        if isinstance(inner, Call):
            return self.tail_call(inner)
        if isinstance(inner, Cond):
            before = self.ranges
            test = self.test(inner.test)
            self.ranges = before.copy()
            self.ranges.assume(inner.test, True)
            yes = self._return_value(inner.yes)
            self.ranges = before.copy()
            self.ranges.assume(inner.test, False)
            no = self._return_value(inner.no)
            self.ranges = before
            return [emit.branch(test, yes, no)]
        assert isinstance(inner, Binary)
        left, again = self.twice(self.expr(inner.left))
        test = self.truth(left, self.kinds(inner.left))
        if inner.op == "&&":
            test = ast.UnaryOp(ast.Not(), test)
        return [emit.branch(test, [ast.Return(again)]), *self._return_value(inner.right)]

    def _has_tail_call(self, value: Expr) -> bool:
        value = strip(value)
        if isinstance(value, Call):
            return id(value) in self.info.tail_calls
        if isinstance(value, Cond):
            return self._has_tail_call(value.yes) or self._has_tail_call(value.no)
        logical = isinstance(value, Binary) and value.op in ("&&", "||")
        return logical and self._has_tail_call(value.right)  # type: ignore[attr-defined]

    def tail_call(self, node: Call) -> Body:
        """A call of the running function itself in tail position: assign the parameters, loop."""
        params = self.info.params
        args = self.arguments(node)
        if self.info.variadic:
            fixed = len(params) - 1
            args[fixed:] = [ast.List(args[fixed:], emit.LOAD)]
        body: Body = []
        pairs = [
            (param, arg)
            for param, arg in zip(params, args, strict=True)
            if param.boxed or not (isinstance(arg, ast.Name) and arg.id == param.python_name)
        ]
        values = [ast.List([arg], emit.LOAD) if param.boxed else arg for param, arg in pairs]
        if len(pairs) == 1:
            body.append(emit.assign(pairs[0][0].python_name, values[0]))
        elif pairs:
            names = [emit.target(param.python_name) for param, _ in pairs]
            everything = ast.Tuple(list(values), emit.LOAD)
            body.append(ast.Assign([ast.Tuple(list(names), emit.STORE)], everything))
        if self.loops:
            self.jumps_out = True
            body.append(emit.assign(JUMPING, emit.const(True)))
            body.append(ast.Break())
        else:
            body.append(ast.Continue())
        return [emit.at(statement, node.pos) for statement in body]

    def loop_body(self, statements: list[Stmt]) -> tuple[Body, Body]:
        """A loop's body, and what must follow the loop: the way out of a tail call inside it."""
        before, self.jumps_out = self.jumps_out, False
        self.loops += 1
        body = self.block(statements)
        self.loops -= 1
        after: Body = []
        if self.jumps_out:
            leave: ast.stmt = ast.Break() if self.loops else ast.Continue()
            after.append(emit.branch(emit.name(JUMPING), [leave]))
        self.jumps_out = self.jumps_out or before
        return body, after

    def export(self, node: Export) -> Body:
        if not self.info.is_module:
            return []
        value = emit.at(emit.call("immutable", self.expr(node.value)), places.last(node.value))
        return [ast.Return(value)]

    def assign_function(self, node: Assign, variable: Variable, value: FuncLit) -> Body:
        """Overridden by ``FunctionCompiler``."""
        raise NotImplementedError


def _measured(bound: Expr) -> Variable | None:
    """The variable ``x`` of a bound ``len(x)``."""
    if not isinstance(bound, Call):
        return None
    inner = strip(bound.args[0])
    return inner.variable if isinstance(inner, Ident) else None


def leaves(body: Body) -> bool:
    """Whether the end of a Python block is certainly not reached."""
    if not body:
        return False
    end = body[-1]
    if isinstance(end, ast.If):
        return leaves(end.body) and leaves(end.orelse)
    return isinstance(end, (ast.Return, ast.Break, ast.Continue))


def _continues(statements: list[Any]) -> bool:
    """Whether a loop's body has a ``continue`` of its own."""
    for statement in statements:
        if isinstance(statement, Branch) and statement.kind == "continue":
            return True
        if isinstance(statement, If):
            orelse = statement.orelse
            inner = [orelse] if isinstance(orelse, If) else orelse or []
            if _continues(statement.body) or _continues(inner):
                return True
    return False


def _before_continue(body: Body, post: Body) -> Body:
    """Put a loop's post statement before each ``continue`` of that loop."""
    result: Body = []
    for statement in body:
        if isinstance(statement, ast.Continue):
            result.extend(post)
        elif isinstance(statement, ast.If):
            statement.body = _before_continue(statement.body, post)
            statement.orelse = _before_continue(statement.orelse, post)
        result.append(statement)
    return result


_METHODS: dict[type, Any] = {
    ExprStmt: Statements.expr_stmt,
    Assign: Statements.assign,
    IncDec: Statements.incdec,
    If: Statements.if_,
    For: Statements.for_,
    ForIn: Statements.for_in,
    Branch: Statements.branch,
    Return: Statements.return_,
    Export: Statements.export,
    Empty: Statements.nothing,
}
