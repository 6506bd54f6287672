"""What the resolver learns about names: variables, functions, modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jackfield.tengo.values import MAX_INT, MIN_INT

if TYPE_CHECKING:
    from jackfield.tengo.nodes import Assign, Expr, FuncLit, Stmt
    from jackfield.tengo.source import SourceFile


@dataclass(slots=True, eq=False)
class Variable:
    """One declared name.

    :ivar owner: the function whose local it is.
    :ivar number: unique in the program.
    :ivar is_global: declared at the top level of the main program, blocks included.
    :ivar top: a retrievable global: declared at the top level itself, not in a block there.
    :ivar is_param: a parameter of ``owner``.
    :ivar is_input: predeclared by the host.
    :ivar in_loop: declared inside a loop of its function, so that every execution of the
        declaration makes a new instance (never so for globals).
    :ivar captured: used by a function nested in ``owner``.
    :ivar values: every expression that is assigned to it; ``None`` stands for a value that only
        the run knows (an element in a for-in, an operator assignment, an input).
    :ivar function: the function literal it always holds, if it is declared by one and never
        assigned again.
    :ivar references: how often it is read other than as ``name(...)``.
    :ivar calls: the calls ``name(...)``.
    :ivar element: what a growing array's elements can be.
    :ivar interval: what it can be if it is an integer, see ``intervals``.
    :ivar shared: lives in a box that other programs have too (the prompt's variables).
    :ivar kind: the types it may hold, see ``inference``.
    :ivar growing: an array that nothing else ever refers to, see ``inference``.
    """

    name: str
    owner: FunctionInfo
    number: int
    is_global: bool = False
    top: bool = False
    is_param: bool = False
    is_input: bool = False
    in_loop: bool = False
    captured: bool = False
    captured_early: bool = False
    assignments: int = 0
    values: list[Any] = field(default_factory=list)
    function: FunctionInfo | None = None
    references: int = 0
    calls: list[Any] = field(default_factory=list)
    kind: int = 0
    growing: bool = False
    element: int = 0
    interval: tuple[int, int] = (MIN_INT, MAX_INT)
    shared: bool = False

    @property
    def python_name(self) -> str:
        """The name in the compiled code."""
        return f"v{self.number}"

    @property
    def fresh(self) -> bool:
        """Whether closures must get the instance of their own iteration."""
        return self.captured and self.in_loop

    @property
    def boxed(self) -> bool:
        """Fresh, and assigned again after its declaration (or captured by its own value)."""
        return self.shared or (self.fresh and (self.assignments > 1 or self.captured_early))


@dataclass(slots=True, eq=False)
class FunctionInfo:
    """One function literal, the main program, or the body of a source module.

    :ivar literal: ``None`` for a main program or module.
    :ivar variable: the variable that always holds it, see ``Variable.function``.
    :ivar captures: variables of outer functions that it or its inner functions use.
    :ivar returns: every returned expression; ``None`` for a bare return.
    :ivar tail_calls: ``id`` of each call of itself in tail position; they become a loop.
    :ivar result: the types it may return, see ``inference``.
    :ivar typed: it gets a version of its own for the types of its direct calls.
    :ivar assigned: the variables that it assigns itself (not the functions in it).
    :ivar assigns_outer: it, or a function in it, assigns to variables of outer functions.
    """

    number: int
    parent: FunctionInfo | None
    file: SourceFile
    body: list[Stmt]
    literal: FuncLit | None = None
    params: list[Variable] = field(default_factory=list)
    locals: list[Variable] = field(default_factory=list)
    variable: Variable | None = None
    captures: dict[Variable, None] = field(default_factory=dict)
    returns: list[Expr | None] = field(default_factory=list)
    tail_calls: set[int] = field(default_factory=set)
    is_module: bool = False
    inner: list[FunctionInfo] = field(default_factory=list)
    result: int = 0
    typed: bool = False
    assigns_outer: bool = False
    assigned: set[Variable] = field(default_factory=set)

    @property
    def variadic(self) -> bool:
        """Whether the last parameter collects the rest."""
        return self.literal is not None and self.literal.variadic


@dataclass(slots=True, eq=False)
class SourceModule:
    """A module written in Tengo, resolved."""

    name: str
    number: int
    info: FunctionInfo


@dataclass(slots=True, eq=False)
class LentModule:
    """A module of the standard library or of the host; its members are known at run time."""

    name: str


@dataclass(slots=True, eq=False)
class Resolved:
    """A whole program, ready to be compiled.

    :ivar functions: every function of the program, modules' included, outermost first.
    :ivar modules: source modules in the order of their first import.
    :ivar assigns: every assignment, for inference.
    """

    main: FunctionInfo
    inputs: list[Variable]
    functions: list[FunctionInfo]
    modules: list[SourceModule]
    assigns: list[Assign]
    uses_splice: bool
    builtins: set[str]
