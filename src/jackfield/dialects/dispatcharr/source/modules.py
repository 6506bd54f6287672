"""The plugin's own modules, parsed on demand, and what their names mean."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, Final

from jackfield.dialects.dispatcharr.layout import PACKAGE_ENTRY, Place
from jackfield.dialects.dispatcharr.literals import UNKNOWN, Budget, evaluate
from jackfield.dialects.dispatcharr.source.bindings import Binding, Import, bodies, bound
from jackfield.dialects.dispatcharr.source.classes import Class
from jackfield.dialects.dispatcharr.source.frames import Frame
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.syntax_trees import parsed

SOURCE_CAP: Final = 8 * 1024 * 1024
MAX_MODULES: Final = 64


class Modules:
    """The plugin's own modules, parsed on demand."""

    def __init__(self, files: PluginFiles, place: Place, plugin: str) -> None:
        self._files = files
        self._place = place
        self._plugin = plugin
        self._names = set(files.names())
        self._loaded: dict[str, Module] = {}
        self.budget = Budget()

    def has(self, path: str) -> bool:
        return self._place.file(path) in self._names

    def load(self, path: str) -> Module:
        """:raises ManifestError: it is no Python, or too large."""
        if path not in self._loaded:
            self._loaded[path] = Module(self, path, self._parse(path))
        return self._loaded[path]

    def _parse(self, path: str) -> ast.Module:
        file = self._place.file(path)
        data = self._files.read(file, cap=SOURCE_CAP)
        try:
            return parsed(data, path)
        except SyntaxError as error:
            text = (error.text or "").strip()
            shown = f": {text[:80]!r}" if text else ""
            line = f"line {error.lineno}: " if error.lineno else ""  # none for a file with NULs
            raise ManifestError(
                f"{line}{error.msg}{shown}", plugin=self._plugin, file=file
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ManifestError(
                f"is no Python source: {error}", plugin=self._plugin, file=file
            ) from None

    def find(self, base: str, parts: list[str]) -> Module | None:
        """A module below the folder *base* of the plugin; ``None`` where it is not the plugin's."""
        if len(self._loaded) >= MAX_MODULES:
            return None
        stem = "/".join([base, *parts] if base else parts)
        for path in (f"{stem}.py", f"{stem}/{PACKAGE_ENTRY}" if stem else PACKAGE_ENTRY):
            if self.has(path):
                try:
                    return self.load(path)
                except InvalidInput:
                    return None
        return None


class Module:
    """One file: what its names mean."""

    def __init__(self, modules: Modules, path: str, tree: ast.Module) -> None:
        self.modules = modules
        self.path = path
        self.bindings: dict[str, Binding] = {}
        self.stars: list[Import] = []
        self._values: dict[str, Any] = {}
        self._bind(tree.body, certain=True)

    def _bind(self, statements: Iterable[ast.stmt], *, certain: bool) -> None:
        for statement in statements:
            for name, binding in bound(statement):
                if name == "*" and isinstance(binding, Import):
                    self.stars.append(binding)
                elif certain or name not in self.bindings:
                    self.bindings[name] = binding
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                self._add_to(statement.target.id, statement)
            for body, sure in bodies(statement):
                self._bind(body, certain=certain and sure)

    def _add_to(self, name: str, statement: ast.AugAssign) -> None:
        before = self.bindings.get(name)
        if isinstance(before, ast.expr):
            self.bindings[name] = ast.BinOp(before, statement.op, statement.value)

    def may_define(self, name: str) -> bool:
        """Whether running the module may give it that name."""
        return name in self.bindings or bool(self.stars)

    # -- as a scope -------------------------------------------------------------------------------

    def name(self, name: str) -> Any:
        """See :class:`~.literals.Scope`."""
        if name not in self._values:
            self._values[name] = UNKNOWN  # while it is looked for: a circle
            self._values[name] = self._find(name)
        return self._values[name]

    def _find(self, name: str) -> Any:
        binding = self.bindings.get(name)
        if isinstance(binding, ast.expr):
            return evaluate(binding, self, self.modules.budget)
        if isinstance(binding, Import) and (module := self.source(binding)) is not None:
            return module.name(binding.name)
        if name not in self.bindings:
            for star in self.stars:
                module = self.source(star)
                if module is not None and module is not self and name in module.bindings:
                    return module.name(name)
        return UNKNOWN

    def attribute(self, owner: str, name: str) -> Any:
        """See :class:`~.literals.Scope`."""
        binding = self.bindings.get(owner)
        if isinstance(binding, Import):
            module = self.module_of(binding)
            return UNKNOWN if module is None else module.name(name)
        if isinstance(binding, ast.ClassDef) and self.modules.budget.spend():
            found = self.find_class(owner)
            return UNKNOWN if found is None else found.class_value(name)
        return UNKNOWN

    def call(self, owner: str, name: str) -> Any:
        """See :class:`~.literals.Scope`."""
        if owner:
            return UNKNOWN
        binding = self.bindings.get(name)
        if isinstance(binding, ast.FunctionDef):
            return Frame(self, self.modules.budget).returned(binding)
        if isinstance(binding, Import) and (module := self.source(binding)) is not None:
            return module.call("", binding.name)
        return UNKNOWN

    # -- imports ----------------------------------------------------------------------------------

    def _base(self, level: int) -> str | None:
        """The folder that a relative import of that level begins in."""
        parts = self.path.split("/")[:-1]
        up = level - 1
        return None if up > len(parts) else "/".join(parts[: len(parts) - up])

    def source(self, imported: Import) -> Module | None:
        """The module that holds the imported name."""
        parts = imported.module.split(".") if imported.module else []
        if imported.level:
            base = self._base(imported.level)
            return None if base is None else self.modules.find(base, parts)
        # Absolute: KEY.module, or a module beside this one.
        for inner in (parts[1:], parts):
            if inner and (found := self.modules.find("", inner)) is not None:
                return found
        return self.modules.find("", []) if len(parts) == 1 else None

    def module_of(self, imported: Import) -> Module | None:
        """The module that an imported name is."""
        parts = imported.module.split(".") if imported.module else []
        if imported.name:
            parts.append(imported.name)
        base = self._base(imported.level) if imported.level else ""
        return None if base is None or not parts else self.modules.find(base, parts)

    def find_class(self, name: str, depth: int = 0) -> Class | None:
        """The class that *name* means, wherever among the plugin's files it stands."""
        binding = self.bindings.get(name)
        if depth > 20:
            return None
        if isinstance(binding, ast.ClassDef):
            # Classes that inherit from each other in a circle cost what is left, and end.
            return Class(self, binding, depth) if self.modules.budget.spend(50) else None
        if isinstance(binding, ast.Name):
            return self.find_class(binding.id, depth + 1)
        if isinstance(binding, Import):
            module = self.source(binding)
            return None if module is None else module.find_class(binding.name, depth + 1)
        for star in self.stars if name not in self.bindings else ():
            module = self.source(star)
            if module is not None and (found := module.find_class(name, depth + 1)) is not None:
                return found
        return None
