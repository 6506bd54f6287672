"""What a class and its instances have, as far as the source tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jackfield.dialects.dispatcharr.literals import UNKNOWN, evaluate
from jackfield.dialects.dispatcharr.source.bindings import Binding, Function, Import, bodies, bound
from jackfield.dialects.dispatcharr.source.frames import Frame

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.source.modules import Module


class Class:
    """One class, with what it inherits from classes of the plugin's own files."""

    def __init__(self, module: Module, node: ast.ClassDef, depth: int = 0) -> None:
        self.module = module
        self.node = node
        self.own: dict[str, Binding] = {}
        self._bind(node.body)
        self.bases: list[Class] = []
        self.complete = True
        for base in node.bases:
            found = self._base(base, depth)
            if found is not None:
                self.bases.append(found)
            elif not (isinstance(base, ast.Name) and base.id == "object"):
                self.complete = False
        if node.decorator_list or node.keywords:
            self.complete = False
        self._instance: dict[str, Any] | None = None
        self._busy: set[str] = set()

    def _bind(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.own.update(bound(statement))
            for body, _ in bodies(statement):
                self._bind(body)

    def _base(self, base: ast.expr, depth: int) -> Class | None:
        found = None
        if isinstance(base, ast.Name):
            found = self.module.find_class(base.id, depth + 1)
        elif isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
            binding = self.module.bindings.get(base.value.id)
            module = self.module.module_of(binding) if isinstance(binding, Import) else None
            found = None if module is None else module.find_class(base.attr, depth + 1)
        return None if found is None or found.node is self.node else found

    def look_up(self, name: str) -> tuple[Class, Binding] | None:
        if name in self.own:
            return self, self.own[name]
        for base in self.bases:
            if (found := base.look_up(name)) is not None:
                return found
        return None

    def has(self, name: str) -> bool:
        """Whether the class or ``__init__`` sets the attribute."""
        return name in self._instance_values() or self.look_up(name) is not None

    def is_property(self, name: str) -> bool:
        found = self.look_up(name)
        return found is not None and isinstance(found[1], Function)

    def has_method(self, name: str) -> bool | None:
        """Whether instances have that method; ``None`` where the source does not tell."""
        if self.look_up(name) is not None or name in self._instance_values():
            return True
        dynamic = self.look_up("__getattr__") or self.look_up("__getattribute__")
        return None if dynamic or not self.all_complete() else False

    def all_complete(self) -> bool:
        return self.complete and all(base.all_complete() for base in self.bases)

    # -- values -----------------------------------------------------------------------------------

    def value(self, name: str) -> Any:
        """The attribute of an instance."""
        values = self._instance_values()
        return values[name] if name in values else self.class_value(name)

    def class_value(self, name: str) -> Any:
        """The attribute of the class, or what its property returns."""
        found = self.look_up(name)
        if found is None or name in self._busy:
            return UNKNOWN
        owner, binding = found
        self._busy.add(name)
        try:
            if isinstance(binding, ast.expr):
                return evaluate(binding, _ClassScope(owner), self.module.modules.budget)
            if isinstance(binding, ast.FunctionDef) and _is_property(binding):
                return Frame(owner.module, self.module.modules.budget, self).returned(binding)
            if isinstance(binding, Import) and (module := owner.module.source(binding)):
                return module.name(binding.name)
            return UNKNOWN
        finally:
            self._busy.discard(name)

    def call(self, name: str) -> Any:
        """What a method without arguments returns."""
        found = self.look_up(name)
        if found is None or name in self._busy:
            return UNKNOWN
        owner, function = found
        if not isinstance(function, ast.FunctionDef):
            return UNKNOWN
        self._busy.add(name)
        try:
            return Frame(owner.module, self.module.modules.budget, self).returned(function)
        finally:
            self._busy.discard(name)

    def _instance_values(self) -> dict[str, Any]:
        if self._instance is None:
            self._instance = {}
            found = self.look_up("__init__")
            owner, function = found or (self, None)
            if isinstance(function, ast.FunctionDef):
                frame = Frame(owner.module, self.module.modules.budget, self, self._instance)
                frame.returned(function)
        return self._instance


def _is_property(function: ast.FunctionDef) -> bool:
    names = {d.attr if isinstance(d, ast.Attribute) else getattr(d, "id", "")
             for d in function.decorator_list}  # fmt: skip
    return bool(names & {"property", "cached_property"})


class _ClassScope:
    """The names inside a class body: its own, then the module's."""

    def __init__(self, owner: Class) -> None:
        self._owner = owner

    def name(self, name: str) -> Any:
        own = self._owner.own.get(name)
        if isinstance(own, ast.expr):
            return self._owner.class_value(name)
        return self._owner.module.name(name)

    def attribute(self, owner: str, name: str) -> Any:
        return self._owner.module.attribute(owner, name)

    def call(self, owner: str, name: str) -> Any:
        return self._owner.module.call(owner, name)
