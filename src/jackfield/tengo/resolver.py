"""Names to variables, in the native compiler's own order, so that the first error is the same.

Source: tengo ``compiler.go`` and ``symbol_table.go`` (behaviour, error texts); tengo spec 3, 13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from jackfield.tengo.errors import CompileError
from jackfield.tengo.imports import ImportFailed, ModuleTable
from jackfield.tengo.nodes import (
    ArrayLit,
    Assign,
    BadExpr,
    Binary,
    Branch,
    Call,
    Cond,
    Empty,
    ErrorExpr,
    Export,
    Expr,
    ExprStmt,
    For,
    ForIn,
    FuncLit,
    Ident,
    If,
    ImmutableExpr,
    ImportExpr,
    IncDec,
    Index,
    Literal,
    MapLit,
    Node,
    Paren,
    Return,
    Slice,
    Stmt,
    Unary,
)
from jackfield.tengo.parser import parse
from jackfield.tengo.scopes import FunctionInfo, LentModule, Resolved, SourceModule, Variable
from jackfield.tengo.source import SourceFile
from jackfield.tengo.values import byte_length

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scope:
    """Names of one block; ``function`` tells to which function its variables belong."""

    __slots__ = ("function", "names", "parent")

    def __init__(self, parent: Scope | None, function: FunctionInfo) -> None:
        self.parent = parent
        self.function = function
        self.names: dict[str, Variable | None] = {}


class _Shared:
    """What the resolvers of a program and of its modules share."""

    def __init__(
        self, modules: ModuleTable, builtins: Iterable[str], string_bytes: int, level: str
    ) -> None:
        self.share_globals = False
        self.modules = modules
        self.builtins = frozenset(builtins)
        self.string_bytes = string_bytes
        self.level = level
        self.variables = 0
        self.functions: list[FunctionInfo] = []
        self.loaded: dict[str, SourceModule] = {}
        self.assigns: list[Assign] = []
        self.used_builtins: set[str] = set()


class Resolver:
    """Resolves one file; modules get a resolver of their own."""

    def __init__(
        self,
        shared: _Shared,
        file: SourceFile,
        directory: str | None,
        importers: tuple[str, ...] = (),
    ) -> None:
        self.shared = shared
        self.file = file
        self.directory = directory
        self.importers = importers
        self.loops = 0
        self.scope: Scope = None  # type: ignore[assignment]

    # -- declaring and finding ------------------------------

    def _new_function(self, literal: FuncLit | None, body: list[Stmt]) -> FunctionInfo:
        parent = self.scope.function if self.scope else None
        info = FunctionInfo(len(self.shared.functions), parent, self.file, body, literal)
        if parent is not None:
            parent.inner.append(info)
        self.shared.functions.append(info)
        return info

    def _fail(self, node: Node, message: str) -> NoReturn:
        raise CompileError(message, [self.file.position(node.pos)])

    def _declare(self, name: str) -> Variable:
        function = self.scope.function
        main = function.literal is None and not function.is_module
        self.shared.variables += 1
        variable = Variable(
            name,
            function,
            self.shared.variables,
            is_global=main,
            top=main and self.scope.parent is None,
            in_loop=self.loops > 0 and not main,
        )
        variable.shared = variable.top and self.shared.share_globals
        self.scope.names[name] = variable
        function.locals.append(variable)
        return variable

    def _find(self, name: str) -> tuple[bool, Variable | None, int]:
        """Whether the name is known, its variable (``None``: a builtin), and how far out it is."""
        scope: Scope | None = self.scope
        depth = 0
        while scope is not None:
            if name in scope.names:
                return True, scope.names[name], depth
            scope = scope.parent
            depth += 1
        if name in self.shared.builtins:
            main = self.scope.function.literal is None and not self.scope.function.is_module
            return True, None, 0 if main and self.scope.parent is None else max(depth, 1)
        return False, None, 0

    def _capture(self, variable: Variable) -> None:
        function: FunctionInfo | None = self.scope.function
        if function is variable.owner:
            return
        variable.captured = True
        if variable.assignments == 0 and not variable.is_param:
            variable.captured_early = True
        while function is not None and function is not variable.owner:
            function.captures[variable] = None
            function = function.parent

    # -- files ------------------------------

    def main(self, statements: list[Stmt], inputs: Iterable[str]) -> tuple[FunctionInfo, list[Any]]:
        """Resolve a main program with these predeclared names."""
        info = self._new_function(None, statements)
        self.scope = Scope(None, info)
        declared = []
        for name in inputs:
            variable = self._declare(name)
            variable.is_input = True
            variable.values.append(None)
            variable.assignments = 1
            declared.append(variable)
        self._statements(statements)
        return info, declared

    def module(self, statements: list[Stmt]) -> FunctionInfo:
        """Resolve the body of a source module: it is a function, outside everything."""
        info = self._new_function(None, statements)
        info.is_module = True
        self.scope = Scope(None, info)
        self._statements(statements)
        return info

    def _import(self, node: ImportExpr) -> None:
        shared = self.shared
        try:
            text = shared.modules.find(node.name, self.directory)
        except ImportFailed as error:
            self._fail(node, str(error))
        if text is None:
            node.target = LentModule(node.name)
            return
        if text.name in self.importers:
            self._fail(node, f"cyclic module import: {text.name}")
        module = shared.loaded.get(text.name)
        if module is None:
            file = SourceFile(text.name, text.source)
            resolver = Resolver(shared, file, text.directory, (*self.importers, text.name))
            body = resolver.module(parse(file, shared.level))
            module = SourceModule(text.name, len(shared.loaded), body)
            module.number = len(shared.loaded)
            shared.loaded[text.name] = module
        node.target = module

    # -- statements ------------------------------

    def _statements(self, statements: list[Stmt]) -> None:
        for statement in statements:
            self._STATEMENTS[type(statement)](self, statement)

    def _block(self, statements: list[Stmt]) -> None:
        outer = self.scope
        self.scope = Scope(outer, outer.function)
        self._statements(statements)
        self.scope = outer

    def _expr_stmt(self, node: ExprStmt) -> None:
        self._expr(node.expr)

    def _nothing(self, node: Any) -> None:
        pass

    def _incdec(self, node: IncDec) -> None:
        node.assign = Assign(node.pos, node.op, [node.expr], [Literal(-1, 1)])
        self._assign(node.assign)

    def _assign(self, node: Assign) -> None:
        if len(node.targets) > 1 or len(node.values) > 1:
            self._fail(node, "tuple assignment not allowed")
        name, selectors = _target(node.targets[0])
        value = node.values[0]
        define = node.op == ":="
        if define and selectors:
            self._fail(node, "operator ':=' not allowed with selector")
        known, variable, depth = self._find(name)
        literal = value if isinstance(value, FuncLit) else None
        if define:
            if known and depth == 0:
                self._fail(node, f"'{name}' redeclared in this block")
            if literal is not None:
                variable = self._declare(name)
        elif not known:
            self._fail(node, f"unresolved reference '{name}'")
        if node.op not in (":=", "="):
            self._expr(node.targets[0])
        self._expr(value)
        if define and literal is None:
            variable = self._declare(name)
        for selector in reversed(selectors):
            self._expr(selector)
        if variable is None:
            self._fail(node, "invalid assignment variable scope: BUILTIN")
        node.variable, node.selectors = variable, selectors
        self._capture(variable)
        function: FunctionInfo | None = self.scope.function
        while not selectors and function is not None and function is not variable.owner:
            function.assigns_outer = True
            function = function.parent
        if selectors:
            variable.references += 1
        else:
            variable.assignments += 1
            variable.values.append(node)
            self.scope.function.assigned.add(variable)
            if define and literal is not None:
                variable.function = literal.info
        self.shared.assigns.append(node)

    def _if(self, node: If) -> None:
        outer = self.scope
        self.scope = Scope(outer, outer.function)
        if node.init is not None:
            self._statements([node.init])
        self._expr(node.test)
        self._block(node.body)
        if isinstance(node.orelse, If):
            self._if(node.orelse)
        elif node.orelse is not None:
            self._block(node.orelse)
        self.scope = outer

    def _for(self, node: For) -> None:
        outer = self.scope
        self.scope = Scope(outer, outer.function)
        if node.init is not None:
            self._statements([node.init])
        self.loops += 1
        if node.test is not None:
            self._expr(node.test)
        self._block(node.body)
        if node.post is not None:
            # Native does not count the post statement as inside the loop, but nothing
            # in a simple statement can tell.
            self._statements([node.post])
        self.loops -= 1
        self.scope = outer

    def _for_in(self, node: ForIn) -> None:
        outer = self.scope
        self.scope = Scope(outer, outer.function)
        self._expr(node.iterable)
        self.loops += 1
        for name in (node.key, node.value):
            if name.name != "_":
                name.variable = self._declare(name.name)
                name.variable.values.append((node, name is node.key))
                name.variable.assignments = 1
        self._block(node.body)
        self.loops -= 1
        self.scope = outer

    def _branch(self, node: Branch) -> None:
        if not self.loops:
            self._fail(node, f"{node.kind} not allowed outside loop")

    def _return(self, node: Return) -> None:
        function = self.scope.function
        if function.literal is None and not function.is_module:
            self._fail(node, "return not allowed outside function")
        if node.value is not None:
            self._expr(node.value)
        function.returns.append(node.value)

    def _export(self, node: Export) -> None:
        function = self.scope.function
        if function.literal is not None:
            self._fail(node, "export not allowed inside function")
        if function.is_module:
            self._expr(node.value)

    # -- expressions ------------------------------

    def _expr(self, node: Expr) -> None:
        self._EXPRESSIONS[type(node)](self, node)

    def _ident(self, node: Ident) -> None:
        known, variable, _ = self._find(node.name)
        if not known:
            self._fail(node, f"unresolved reference '{node.name}'")
        node.variable = variable
        if variable is None:
            self.shared.used_builtins.add(node.name)
            return
        self._capture(variable)
        variable.references += 1

    def _literal(self, node: Literal) -> None:
        if isinstance(node.value, str) and byte_length(node.value) > self.shared.string_bytes:
            self._fail(node, "exceeding string size limit")

    def _array(self, node: ArrayLit) -> None:
        for element in node.elements:
            self._expr(element)

    def _map(self, node: MapLit) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if byte_length(key) > self.shared.string_bytes:
                self._fail(node, "exceeding string size limit")
            self._expr(value)

    def _inner(self, node: Any) -> None:
        self._expr(node.expr)

    def _binary(self, node: Binary) -> None:
        chain: list[Binary] = []
        left: Expr = node
        while type(left) is Binary:  # long sums nest to the left; do not recurse on them
            chain.append(left)
            left = left.left
        self._expr(left)
        for link in reversed(chain):
            self._expr(link.right)

    def _cond(self, node: Cond) -> None:
        self._expr(node.test)
        self._expr(node.yes)
        self._expr(node.no)

    def _index(self, node: Index) -> None:
        self._expr(node.expr)
        self._expr(node.index)

    def _slice(self, node: Slice) -> None:
        for part in (node.expr, node.low, node.high):
            if part is not None:
                self._expr(part)

    def _call(self, node: Call) -> None:
        self._expr(node.func)
        for arg in node.args:
            self._expr(arg)
        if isinstance(node.func, Ident) and node.func.variable is not None:
            node.func.variable.references -= 1
            node.func.variable.calls.append(node)

    def _func(self, node: FuncLit) -> None:
        info = self._new_function(node, node.body)
        node.info = info
        outer, loops = self.scope, self.loops
        self.scope = Scope(outer, info)
        self.loops = 0
        for param in node.params:
            variable = self._declare(param.name)
            variable.is_param = True
            variable.assignments = 1
            variable.values.append(None)
            info.params.append(variable)
        self._block(node.body)
        self.scope, self.loops = outer, loops

    def _bad(self, node: BadExpr) -> None:
        pass

    _STATEMENTS: ClassVar[dict[type, Any]] = {
        ExprStmt: _expr_stmt,
        Assign: _assign,
        IncDec: _incdec,
        If: _if,
        For: _for,
        ForIn: _for_in,
        Branch: _branch,
        Return: _return,
        Export: _export,
        Empty: _nothing,
    }
    _EXPRESSIONS: ClassVar[dict[type, Any]] = {
        Ident: _ident,
        Literal: _literal,
        ArrayLit: _array,
        MapLit: _map,
        Paren: _inner,
        Unary: _inner,
        Binary: _binary,
        Cond: _cond,
        Index: _index,
        Slice: _slice,
        Call: _call,
        ErrorExpr: _inner,
        ImmutableExpr: _inner,
        ImportExpr: _import,
        FuncLit: _func,
        BadExpr: _bad,
    }


def _target(expr: Expr) -> tuple[str, list[Expr]]:
    """The variable and the selectors of an assignment's left side; ``""`` where it has none."""
    selectors: list[Expr] = []
    while isinstance(expr, Index):
        selectors.append(expr.index)
        expr = expr.expr
    selectors.reverse()
    return (expr.name if isinstance(expr, Ident) else ""), selectors


def resolve(
    file: SourceFile,
    statements: list[Stmt],
    *,
    inputs: Iterable[str],
    modules: ModuleTable,
    builtins: Iterable[str],
    string_bytes: int,
    level: str,
    share_globals: bool = False,
) -> Resolved:
    """Resolve a program and every module it imports. Raises :class:`CompileError`.

    With ``share_globals`` inputs are given, and top-level variables returned, as boxes (lists of
    one), so that several programs can work on the same variables.
    """
    shared = _Shared(modules, builtins, string_bytes, level)
    shared.share_globals = share_globals
    resolver = Resolver(shared, file, modules.directory)
    main, declared = resolver.main(statements, inputs)
    return Resolved(
        main,
        declared,
        shared.functions,
        list(shared.loaded.values()),
        shared.assigns,
        "splice" in shared.used_builtins,
        shared.used_builtins,
    )
