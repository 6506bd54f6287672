"""Which types a variable can hold, found by following every assignment until nothing changes.

A variable has one set of types for the whole program (no flow), so what is found is true at every
moment. Parameters are known only where every caller is: for those functions a *typed* version is
compiled beside the general one, see ``FunctionInfo.typed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from jackfield.tengo.compiler.kinds import (
    ANY,
    ARRAY,
    BOOL,
    BYTES,
    CHAR,
    FLOAT,
    FUNCTION,
    INT,
    LIST,
    MAP,
    OTHER,
    STR,
    UNDEFINED,
    VIEW,
    arithmetic,
    of_literal,
    single,
)
from jackfield.tengo.nodes import (
    ArrayLit,
    Assign,
    Binary,
    Call,
    Cond,
    ErrorExpr,
    Expr,
    FuncLit,
    Ident,
    If,
    ImmutableExpr,
    Index,
    Literal,
    MapLit,
    Paren,
    Return,
    Slice,
    Stmt,
    Unary,
)

if TYPE_CHECKING:
    from jackfield.tengo.scopes import FunctionInfo, Resolved, Variable

BUILTIN_RESULTS: dict[str, int] = {
    "len": INT,
    "append": ARRAY,
    "delete": UNDEFINED,
    "splice": ARRAY,
    "bool": BOOL,
    "type_name": STR,
    "format": STR,
    "range": LIST,
    **{
        f"is_{name}": BOOL
        for name in [
            "int",
            "float",
            "string",
            "bool",
            "char",
            "bytes",
            "array",
            "immutable_array",
            "map",
            "immutable_map",
            "iterable",
            "time",
            "error",
            "undefined",
            "function",
            "callable",
        ]
    },
}
_CONVERSIONS = {"int": INT, "float": FLOAT, "string": STR, "char": CHAR, "bytes": BYTES}
_ALWAYS_INT = INT | FLOAT | BOOL | CHAR
_ROUNDS = 20


def strip(node: Expr) -> Expr:
    """The expression without its parentheses."""
    while isinstance(node, Paren):
        node = node.expr
    return node


def builtin_name(node: Expr) -> str | None:
    """The builtin that an expression names, if it does."""
    return node.name if isinstance(node, Ident) and node.variable is None else None


def callee(node: Call) -> FunctionInfo | None:
    """The one function that a call can reach, if that is known."""
    func = node.func
    if isinstance(func, Ident) and func.variable is not None and func.variable.assignments == 1:
        return func.variable.function
    return None


class Kinds:
    """The kinds of expressions.

    :param general: in the general version of a function the kinds of its own variables are not
        known, because its parameters are not; ``general`` holds those functions.
    """

    def __init__(self, general: frozenset[FunctionInfo] = frozenset()) -> None:
        self.general = general

    def variable(self, variable: Variable) -> int:
        """What a variable can hold."""
        if variable.growing:
            return LIST
        return ANY if variable.owner in self.general else variable.kind

    def __call__(self, node: Expr) -> int:
        method = self._METHODS.get(type(node))
        return ANY if method is None else int(method(self, node))

    def _literal(self, node: Literal) -> int:
        return of_literal(node.value)

    def _ident(self, node: Ident) -> int:
        return OTHER if node.variable is None else self.variable(node.variable)

    def _paren(self, node: Paren) -> int:
        return self(node.expr)

    def _binary(self, node: Binary) -> int:
        chain: list[Binary] = []
        left: Expr = node
        while isinstance(left, Binary):
            chain.append(left)
            left = left.left
        kind = self(left)
        for link in reversed(chain):
            right = self(link.right)
            logical = link.op in ("&&", "||")
            kind = kind | right if logical else arithmetic(link.op, kind, right)
        return kind

    def _unary(self, node: Unary) -> int:
        if node.op == "!":
            return BOOL
        kind = self(node.expr)
        if node.op == "+":
            return kind
        return kind & (INT | FLOAT) if node.op == "-" else kind & INT

    def _cond(self, node: Cond) -> int:
        return self(node.yes) | self(node.no)

    def _index(self, node: Index) -> int:
        array = strip(node.expr)
        if isinstance(array, Ident) and array.variable is not None and array.variable.growing:
            general = array.variable.owner in self.general
            return ANY if general else array.variable.element | UNDEFINED
        kind = self(node.expr)
        if kind == STR:
            return CHAR | UNDEFINED
        return INT | UNDEFINED if kind == BYTES else ANY

    def _slice(self, node: Slice) -> int:
        kind = self(node.expr)
        result = kind & (STR | BYTES)
        return result | VIEW if kind & (ARRAY | OTHER) else result

    def _call(self, node: Call) -> int:
        name = builtin_name(node.func)
        if name is not None:
            if name in _CONVERSIONS and len(node.args) == 1 and not node.spread:
                given, result = self(node.args[0]), _CONVERSIONS[name]
                sure = {
                    "int": _ALWAYS_INT,
                    "float": INT | FLOAT,
                    "string": ANY & ~UNDEFINED,
                    "char": INT | CHAR,
                    "bytes": INT | STR | BYTES,
                }[name]
                return result if given and not given & ~sure else result | UNDEFINED
            return BUILTIN_RESULTS.get(name, ANY)
        info = callee(node)
        if info is None or node.spread:
            return ANY
        if info in self.general or (info.typed and not self.matches(info, node)):
            return ANY
        return info.result

    def matches(self, info: FunctionInfo, node: Call) -> bool:
        """Whether the call's arguments are of the types that the typed version is made for."""
        if node.spread or self.general or len(node.args) != len(info.params):
            return False
        return all(
            param.kind == ANY or not self(arg) & ~param.kind
            for param, arg in zip(info.params, node.args, strict=True)
        )

    _METHODS: ClassVar[dict[type, Any]] = {
        Literal: _literal,
        Ident: _ident,
        Paren: _paren,
        Binary: _binary,
        Unary: _unary,
        Cond: _cond,
        Index: _index,
        Slice: _slice,
        Call: _call,
        FuncLit: lambda _self, _node: FUNCTION,
        ArrayLit: lambda _self, _node: LIST,
        MapLit: lambda _self, _node: MAP,
        ErrorExpr: lambda _self, _node: OTHER,
        ImmutableExpr: lambda self, node: (self(node.expr) & ~(ARRAY | MAP)) | OTHER,
    }


def infer(program: Resolved) -> None:
    """Fill in what ``scopes`` leaves to inference."""
    from jackfield.tengo.compiler.functions import find_tail_calls
    from jackfield.tengo.compiler.intervals import find_intervals

    for function in program.functions:
        for variable in function.locals:
            if variable.function is not None and variable.assignments == 1:
                variable.function.variable = variable
    for function in program.functions:
        find_tail_calls(function)
    for function in program.functions:
        _choose_typed(function)
    _find_growing(program)
    kinds = Kinds()
    variables = [v for function in program.functions for v in function.locals]
    for _ in range(_ROUNDS):
        if not _round(program, variables, kinds):
            break
    else:  # too long a chain: give up knowing anything
        for variable in variables:
            variable.kind = ANY
        for function in program.functions:
            function.result, function.typed = ANY, False
    for variable in variables:
        variable.kind = variable.kind or ANY  # what is never assigned is never read
    for function in program.functions:
        function.result = function.result or ANY
        function.typed = function.typed and any(p.kind != ANY for p in function.params)
    find_intervals(program, kinds)


def _choose_typed(function: FunctionInfo) -> None:
    for variable in function.locals:
        info = variable.function
        if info is None or variable.assignments != 1:
            variable.function = None
            continue
        escapes = variable.references > 0 or variable.top
        info.typed = (
            bool(variable.calls and info.params)
            and not info.variadic
            and not variable.in_loop
            and not (escapes and info.assigns_outer)
            and not any(call.spread for call in variable.calls)
        )
        if info.typed and escapes:
            info.typed = _size(info) < _LARGEST_TWICE


_LARGEST_TWICE = 60


def _size(info: FunctionInfo) -> int:
    """Roughly how many statements a function has, inner functions' included."""
    pending: list[Any] = [info.body]
    count = 0
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            count += len(item)
            pending.extend(item)
        elif isinstance(item, Stmt):
            pending.extend(
                x for name in ("body", "orelse", "init") if (x := getattr(item, name, None))
            )
    return count + sum(_size(inner) for inner in info.inner)


def _round(program: Resolved, variables: list[Variable], kinds: Kinds) -> bool:
    changed = False
    for variable in variables:
        kind = variable.kind
        if variable.is_param:
            kind |= 0 if variable.owner.typed else ANY
        for value in variable.values:
            kind |= _assigned(variable, value, kinds)
        if kind != variable.kind:
            variable.kind = kind
            changed = True
    changed |= _join_elements(program, kinds)
    for function in program.functions:
        if function.typed and function.variable is not None:
            changed |= _join_calls(function, kinds)
        result = function.result
        for value in function.returns:
            result |= UNDEFINED if value is None else kinds(value)
        if not always_returns(function.body):
            result |= UNDEFINED
        if function.is_module:
            result = ANY
        if result != function.result:
            function.result = result
            changed = True
    return changed


def _join_elements(program: Resolved, kinds: Kinds) -> bool:
    """What growing arrays hold."""
    changed = False
    for node in program.assigns:
        variable, value = node.variable, node.values[0]
        if variable is None or not variable.growing:
            continue
        kind = variable.element
        if len(node.selectors) == 1:
            given = kinds(value)
            kind |= given if node.op == "=" else arithmetic(node.op, kind, given)
        elif isinstance(value, ArrayLit):
            for element in value.elements:
                kind |= kinds(element)
        elif not node.selectors and isinstance(value, Call):
            for arg in value.args[1:]:
                kind |= kinds(arg)
        if kind != variable.element:
            variable.element = kind
            changed = True
    return changed


def _assigned(variable: Variable, value: Any, kinds: Kinds) -> int:
    if value is None:
        return 0 if variable.is_param else ANY
    if isinstance(value, Assign):
        given = kinds(value.values[0])
        if value.op in (":=", "="):
            return given
        return arithmetic(value.op, variable.kind, given)
    loop, is_key = value
    source = kinds(loop.iterable)
    if not source & ~(ARRAY | STR | BYTES | UNDEFINED):
        if is_key:
            return INT
        if not source & ARRAY:
            return (CHAR if source & STR else 0) | (INT if source & BYTES else 0)
        iterable = strip(loop.iterable)
        if builtin_name(getattr(iterable, "func", iterable)) == "range":
            return INT
        held = iterable.variable if isinstance(iterable, Ident) else None
        if held is not None and held.growing:
            return held.element
        return ANY
    return STR if is_key and source == MAP else ANY


def _join_calls(function: FunctionInfo, kinds: Kinds) -> bool:
    assert function.variable is not None
    changed = False
    for at, param in enumerate(function.params):
        joined = param.kind
        for call in function.variable.calls:
            if len(call.args) == len(function.params):
                given = kinds(call.args[at])
                joined |= given
        escapes = function.variable.references > 0 or function.variable.top
        if not single(joined) and joined and escapes:
            joined = ANY
        if joined != param.kind:
            param.kind = joined
            changed = True
    return changed


def always_returns(body: list[Stmt]) -> bool:
    """Whether the end of a block is certainly never reached, because it returns."""
    for statement in body:
        if isinstance(statement, Return):
            return True
        if isinstance(statement, If) and _both_return(statement):
            return True
    return False


def _both_return(node: If) -> bool:
    if node.orelse is None or not always_returns(node.body):
        return False
    if isinstance(node.orelse, If):
        return _both_return(node.orelse)
    return always_returns(node.orelse)


# -- arrays that only grow ------------------------------------------------------------------------


def is_self_append(node: Assign) -> bool:
    """``x = append(x, ...)``"""
    value = node.values[0]
    return (
        node.op == "="
        and not node.selectors
        and isinstance(value, Call)
        and builtin_name(value.func) == "append"
        and not value.spread
        and len(value.args) >= 2
        and isinstance(value.args[0], Ident)
        and value.args[0].variable is node.variable
    )


def _find_growing(program: Resolved) -> None:
    """Mark array variables whose array no other name, container or closure can reach.

    Such an array can be appended to in place: nobody can tell. Every use must be one that makes no
    second reference: ``x[i]``, ``x[i] = v``, ``len(x)``, ``x = append(x, v)`` and for-in over it in
    a loop that does not assign it.
    """
    from jackfield.tengo.compiler.uses import harmless_uses

    harmless = harmless_uses(program)
    for function in program.functions:
        for variable in function.locals:
            if variable.captured or variable.is_param or variable.is_input:
                continue
            starts = 0
            for value in variable.values:
                if not isinstance(value, Assign):
                    break
                if isinstance(value.values[0], ArrayLit) and value.op in (":=", "="):
                    starts += 1
                elif not is_self_append(value):
                    break
            else:
                variable.growing = starts > 0 and variable.references == harmless.get(variable, 0)
