"""What a plugin's ``Plugin`` class says of itself, read from its source without running it.

Understood are constants, lists and dictionaries of them, simple concatenation and f-strings,
names of the module or of the plugin's other modules, base classes among its own files, what
``__init__`` assigns to ``self``, and properties that build such values step by step. Everything
else is known only once the plugin runs (:attr:`ClassReading.unknown`).

Source: dispatcharr spec 2.2 (entry choice) and 2.3 (attributes).
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from jackfield.dialects.dispatcharr.layout import ENTRY, PACKAGE_ENTRY, Place
from jackfield.dialects.dispatcharr.literals import UNKNOWN, Budget, evaluate, unpacked
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import PluginFiles

CLASS: Final = "Plugin"
ATTRIBUTES: Final = ("name", "version", "description", "author", "help_url", "fields", "actions")
SOURCE_CAP: Final = 8 * 1024 * 1024

_MAX_MODULES = 64
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class ClassReading:
    """What the source says.

    :ivar file: where the class stands, relative to the plugin.
    :ivar values: attribute → value; an attribute that is not set is not there. A value may hold
        :data:`~.literals.UNKNOWN`.
    :ivar dynamic: attributes that are computed anew whenever they are read (properties).
    :ivar has_run: whether there is ``run``; ``None`` where the source does not tell.
    :ivar has_stop: the same of ``stop``.
    """

    file: str
    line: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    dynamic: tuple[str, ...] = ()
    has_run: bool | None = None
    has_stop: bool | None = None


def read_class(files: PluginFiles, place: Place, *, plugin: str) -> ClassReading:
    """Read the ``Plugin`` class: of ``plugin.py`` or, where that has none, of the package.

    :raises ManifestError: no such class, or a file that is no Python; naming file and line.
    """
    modules = _Modules(files, place, plugin)
    problem: ManifestError | None = None
    for entry in (ENTRY, PACKAGE_ENTRY):
        if not modules.has(entry):
            continue
        try:
            module = modules.load(entry)
            found = module.find_class(CLASS)
            if found is not None:
                return _reading(found)
            if module.may_define(CLASS):
                return ClassReading(entry)
            raise ManifestError(
                f"defines no class {CLASS!r}",
                plugin=plugin,
                file=place.file(entry),
                hint=f"expected 'class {CLASS}:' with a method run(self, action, params, context)",
            )
        except ManifestError as error:
            problem = problem or error
    if problem is None:
        raise ManifestError(
            f"has neither {ENTRY} nor {PACKAGE_ENTRY}", plugin=plugin, file=place.folder or None
        )
    raise problem


def defines_plugin(files: PluginFiles, place: Place) -> bool:
    """Whether an entry file binds the name ``Plugin``. Never raises."""
    modules = _Modules(files, place, files.source)
    for entry in (ENTRY, PACKAGE_ENTRY):
        try:
            if modules.has(entry) and CLASS in modules.load(entry).bindings:
                return True
        except InvalidInput:
            continue
    return False


def _reading(found: _Class) -> ClassReading:
    values: dict[str, Any] = {}
    for name in ATTRIBUTES:
        if found.has(name):
            values[name] = found.value(name)
    return ClassReading(
        file=found.module.path,
        line=found.node.lineno,
        values=values,
        dynamic=tuple(name for name in ATTRIBUTES if found.is_property(name)),
        has_run=found.has_method("run"),
        has_stop=found.has_method("stop"),
    )


# -- modules --------------------------------------------------------------------------------------


class _Modules:
    """The plugin's own modules, parsed on demand."""

    def __init__(self, files: PluginFiles, place: Place, plugin: str) -> None:
        self._files = files
        self._place = place
        self._plugin = plugin
        self._names = set(files.names())
        self._loaded: dict[str, _Module] = {}
        self.budget = Budget()

    def has(self, path: str) -> bool:
        return self._place.file(path) in self._names

    def load(self, path: str) -> _Module:
        """:raises ManifestError: it is no Python, or too large."""
        if path not in self._loaded:
            self._loaded[path] = _Module(self, path, self._parse(path))
        return self._loaded[path]

    def _parse(self, path: str) -> ast.Module:
        file = self._place.file(path)
        data = self._files.read(file, cap=SOURCE_CAP)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes that will be an error one day
                return ast.parse(data, path)
        except SyntaxError as error:
            text = (error.text or "").strip()
            shown = f": {text[:80]!r}" if text else ""
            raise ManifestError(
                f"line {error.lineno}: {error.msg}{shown}", plugin=self._plugin, file=file
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ManifestError(
                f"is no Python source: {error}", plugin=self._plugin, file=file
            ) from None

    def find(self, base: str, parts: list[str]) -> _Module | None:
        """A module below the folder *base* of the plugin; ``None`` where it is not the plugin's."""
        if len(self._loaded) >= _MAX_MODULES:
            return None
        stem = "/".join([base, *parts] if base else parts)
        for path in (f"{stem}.py", f"{stem}/{PACKAGE_ENTRY}" if stem else PACKAGE_ENTRY):
            if self.has(path):
                try:
                    return self.load(path)
                except InvalidInput:
                    return None
        return None


@dataclass(frozen=True, slots=True)
class _Import:
    """``from module import name``; without a name, ``import module``."""

    module: str
    level: int
    name: str


_Binding = ast.expr | ast.ClassDef | _Function | _Import | None


class _Module:
    """One file: what its names mean."""

    def __init__(self, modules: _Modules, path: str, tree: ast.Module) -> None:
        self.modules = modules
        self.path = path
        self.bindings: dict[str, _Binding] = {}
        self.stars: list[_Import] = []
        self._values: dict[str, Any] = {}
        self._bind(tree.body, certain=True)

    def _bind(self, statements: Iterable[ast.stmt], *, certain: bool) -> None:
        for statement in statements:
            for name, binding in _bound(statement):
                if name == "*" and isinstance(binding, _Import):
                    self.stars.append(binding)
                elif certain or name not in self.bindings:
                    self.bindings[name] = binding
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                self._add_to(statement.target.id, statement)
            for body, sure in _bodies(statement):
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
        if isinstance(binding, _Import) and (module := self.source(binding)) is not None:
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
        if isinstance(binding, _Import):
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
            return _Frame(self, self.modules.budget).returned(binding)
        if isinstance(binding, _Import) and (module := self.source(binding)) is not None:
            return module.call("", binding.name)
        return UNKNOWN

    # -- imports ----------------------------------------------------------------------------------

    def _base(self, level: int) -> str | None:
        """The folder that a relative import of that level begins in."""
        parts = self.path.split("/")[:-1]
        up = level - 1
        return None if up > len(parts) else "/".join(parts[: len(parts) - up])

    def source(self, imported: _Import) -> _Module | None:
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

    def module_of(self, imported: _Import) -> _Module | None:
        """The module that an imported name is."""
        parts = imported.module.split(".") if imported.module else []
        if imported.name:
            parts.append(imported.name)
        base = self._base(imported.level) if imported.level else ""
        return None if base is None or not parts else self.modules.find(base, parts)

    def find_class(self, name: str, depth: int = 0) -> _Class | None:
        """The class that *name* means, wherever among the plugin's files it stands."""
        binding = self.bindings.get(name)
        if depth > 20:
            return None
        if isinstance(binding, ast.ClassDef):
            # Classes that inherit from each other in a circle cost what is left, and end.
            return _Class(self, binding, depth) if self.modules.budget.spend(50) else None
        if isinstance(binding, ast.Name):
            return self.find_class(binding.id, depth + 1)
        if isinstance(binding, _Import):
            module = self.source(binding)
            return None if module is None else module.find_class(binding.name, depth + 1)
        for star in self.stars if name not in self.bindings else ():
            module = self.source(star)
            if module is not None and (found := module.find_class(name, depth + 1)) is not None:
                return found
        return None


def _bound(statement: ast.stmt) -> Iterator[tuple[str, _Binding]]:
    """The names that a statement binds; ``None`` for a value that cannot be told."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _assigned(target, value)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, statement
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                yield alias.asname or alias.name, _Import(module or "", level, alias.name)
        case ast.Import(names=names):
            for alias in names:
                shown = alias.asname or alias.name.partition(".")[0]
                yield shown, _Import(alias.name if alias.asname else shown, 0, "")
        case ast.For(target=ast.Name(id=name)):
            yield name, None


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, _Binding]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        inner: list[ast.expr] = []
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            inner = value.elts
        for at, one in enumerate(target.elts):
            if inner:
                yield from _assigned(one, inner[at])
            elif isinstance(one, ast.Name):
                yield one.id, None


def _bodies(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """The statements inside of one, and whether they certainly run."""
    match statement:
        case ast.Try() | ast.TryStar():
            yield statement.body, True
            for handler in statement.handlers:
                yield handler.body, False
            yield statement.orelse, True
            yield statement.finalbody, True
        case ast.If():
            main = isinstance(statement.test, ast.Compare) and "__name__" in ast.dump(
                statement.test
            )
            if not main:
                yield statement.body, False
                yield statement.orelse, False
        case ast.With():
            yield statement.body, True
        case ast.For() | ast.While():
            yield statement.body, False


# -- classes --------------------------------------------------------------------------------------


class _Class:
    """One class, with what it inherits from classes of the plugin's own files."""

    def __init__(self, module: _Module, node: ast.ClassDef, depth: int = 0) -> None:
        self.module = module
        self.node = node
        self.own: dict[str, _Binding] = {}
        self._bind(node.body)
        self.bases: list[_Class] = []
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
            self.own.update(_bound(statement))
            for body, _ in _bodies(statement):
                self._bind(body)

    def _base(self, base: ast.expr, depth: int) -> _Class | None:
        found = None
        if isinstance(base, ast.Name):
            found = self.module.find_class(base.id, depth + 1)
        elif isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
            binding = self.module.bindings.get(base.value.id)
            module = self.module.module_of(binding) if isinstance(binding, _Import) else None
            found = None if module is None else module.find_class(base.attr, depth + 1)
        return None if found is None or found.node is self.node else found

    def look_up(self, name: str) -> tuple[_Class, _Binding] | None:
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
        return found is not None and isinstance(found[1], _Function)

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
                return _Frame(owner.module, self.module.modules.budget, self).returned(binding)
            if isinstance(binding, _Import) and (module := owner.module.source(binding)):
                return module.name(binding.name)
            return UNKNOWN
        finally:
            self._busy.discard(name)

    def call(self, name: str) -> Any:
        """What a method without arguments returns."""
        found = self.look_up(name)
        if found is None or name in self._busy or not isinstance(found[1], ast.FunctionDef):
            return UNKNOWN
        self._busy.add(name)
        try:
            frame = _Frame(found[0].module, self.module.modules.budget, self)
            return frame.returned(found[1])
        finally:
            self._busy.discard(name)

    def _instance_values(self) -> dict[str, Any]:
        if self._instance is None:
            self._instance = {}
            found = self.look_up("__init__")
            if found is not None and isinstance(found[1], ast.FunctionDef):
                owner, function = found
                frame = _Frame(owner.module, self.module.modules.budget, self, self._instance)
                frame.returned(function)
        return self._instance


def _is_property(function: ast.FunctionDef) -> bool:
    names = {d.attr if isinstance(d, ast.Attribute) else getattr(d, "id", "")
             for d in function.decorator_list}  # fmt: skip
    return bool(names & {"property", "cached_property"})


class _ClassScope:
    """The names inside a class body: its own, then the module's."""

    def __init__(self, owner: _Class) -> None:
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


# -- straight code --------------------------------------------------------------------------------


class _Frame:
    """Follows a function that takes nothing but ``self``, as far as it runs straight on.

    :param klass: what ``self`` is an instance of.
    :param attributes: gets what is assigned to ``self``.
    """

    def __init__(
        self,
        module: _Module,
        budget: Budget,
        klass: _Class | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self._module = module
        self._budget = budget
        self._class = klass
        self._attributes = attributes
        self._self = ""
        self._locals: dict[str, Any] = {}
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
                case _:
                    for name, _ in _bound(statement):
                        self._locals[name] = UNKNOWN
                    for body, sure in _bodies(statement):
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
