"""Follows functions that take nothing but ``self``, as far as they run straight on."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from jackfield.dialects.dispatcharr.literals import UNKNOWN, Budget, evaluate, unpacked
from jackfield.dialects.dispatcharr.source.bindings import bodies, bound

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.source.classes import Class
    from jackfield.dialects.dispatcharr.source.modules import Module


class Frame:
    """Follows a function that takes nothing but ``self``, as far as it runs straight on.

    :param klass: what ``self`` is an instance of.
    :param attributes: gets what is assigned to ``self``.
    """

    def __init__(
        self,
        module: Module,
        budget: Budget,
        klass: Class | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self._module = module
        self._budget = budget
        self._class = klass
        self._attributes = attributes
        self._self = ""
        self._locals: dict[str, Any] = {}
        self._elsewhere: set[str] = set()
        self._result: Any = None
        self._ended = False

    def returned(self, function: ast.FunctionDef) -> Any:
        """What the function returns."""
        if self._budget.depth > 60:
            return UNKNOWN
        arguments = [*function.args.posonlyargs, *function.args.args]
        names = [a.arg for a in [*arguments, *function.args.kwonlyargs]]
        self._locals = dict.fromkeys(names, UNKNOWN)
        if self._class is not None and arguments and not _is_static(function):
            self._self = arguments[0].arg
        self._budget.depth += 10
        try:
            self._run(function.body, certain=True)
        finally:
            self._budget.depth -= 10
        return self._result

    def _run(self, statements: Iterable[ast.stmt], *, certain: bool) -> None:
        for statement in statements:
            if self._ended or not self._budget.spend():
                return
            match statement:
                case ast.Return(value=value):
                    self._result = self._evaluate(value) if certain else UNKNOWN
                    self._ended = True
                case ast.Assign(targets=targets, value=value):
                    found = self._evaluate(value)
                    for target in targets:
                        self._assign(target, found, certain)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._assign(target, self._evaluate(value), certain)
                case ast.AugAssign(target=target, value=value):
                    added = ast.BinOp(_read(target), statement.op, value)
                    self._assign(target, self._evaluate(added), certain)
                case ast.Expr(value=ast.Call(func=ast.Attribute() as method, args=[argument])):
                    self._grow(method, argument, certain)
                case ast.Global(names=names) | ast.Nonlocal(names=names):
                    self._elsewhere.update(names)
                    self._locals.update(dict.fromkeys(names, UNKNOWN))
                case _:
                    for name, _ in bound(statement):
                        self._locals[name] = UNKNOWN
                    for body, sure in bodies(statement):
                        self._run(body, certain=certain and sure)

    def _evaluate(self, node: ast.expr | None) -> Any:
        return deepcopy(evaluate(node, self, self._budget))

    def _assign(self, target: ast.expr, value: Any, certain: bool) -> None:
        match target:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner == self._self:
                if self._attributes is not None and (certain or name not in self._attributes):
                    self._attributes[name] = value
            case ast.Name() | ast.Tuple() | ast.List():
                for name, one in (unpacked(target, value) or {}).items():
                    if name in self._elsewhere:
                        continue
                    self._locals[name] = one if certain or name not in self._locals else UNKNOWN

    def _grow(self, method: ast.Attribute, argument: ast.expr, certain: bool) -> None:
        """``items.append(x)`` and the like."""
        if method.attr not in ("append", "extend", "insert"):
            return
        owner = evaluate(method.value, self, self._budget)
        if not isinstance(owner, list) or not self._is_own(method.value):
            return
        found = self._evaluate(argument) if certain else UNKNOWN
        if method.attr == "append":
            owner.append(found)
        else:
            owner.extend(found if isinstance(found, list | tuple) else [UNKNOWN])

    def _is_own(self, node: ast.expr) -> bool:
        """Whether the list was made here, so that nobody else sees it grow."""
        match node:
            case ast.Name(id=name):
                return name in self._locals
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return owner == self._self and name in (self._attributes or {})
        return False

    # -- as a scope -------------------------------------------------------------------------------

    def name(self, name: str) -> Any:
        return self._locals[name] if name in self._locals else self._module.name(name)

    def attribute(self, owner: str, name: str) -> Any:
        own_name = self._class is not None and owner in (self._self, self._class.node.name)
        if self._class is not None and own_name and owner:
            if self._attributes is not None and name in self._attributes:
                return self._attributes[name]
            if self._attributes is None and owner == self._self:
                return self._class.value(name)
            return self._class.class_value(name)
        return UNKNOWN if owner in self._locals else self._module.attribute(owner, name)

    def call(self, owner: str, name: str) -> Any:
        if self._class is not None and owner and owner in (self._self, self._class.node.name):
            return self._class.call(name)
        return UNKNOWN if owner in self._locals else self._module.call(owner, name)


def _is_static(function: ast.FunctionDef) -> bool:
    return any(getattr(d, "id", "") == "staticmethod" for d in function.decorator_list)


def _read(target: ast.expr) -> ast.expr:
    """The same place, read instead of written."""
    match target:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=name):
            return ast.Attribute(value, name, ast.Load())
    return ast.Constant(...)
