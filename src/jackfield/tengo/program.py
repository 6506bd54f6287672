"""The public surface: compile a script once, run it as often as needed."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.tengo import builtins as tengo_builtins
from jackfield.tengo import recursion
from jackfield.tengo.boundary import given as from_host
from jackfield.tengo.boundary import to_python
from jackfield.tengo.compiler.context import Options
from jackfield.tengo.compiler.program import CompiledUnit, generate
from jackfield.tengo.constants import check_constants
from jackfield.tengo.errors import CompileError
from jackfield.tengo.imports import ModuleTable, describe, require_mapping
from jackfield.tengo.limits import MAX_LENGTH, Limits
from jackfield.tengo.parser import parse
from jackfield.tengo.resolver import resolve
from jackfield.tengo.session import Session
from jackfield.tengo.source import SourceFile
from jackfield.tengo.stdlib import NAMES as STDLIB_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping

    from jackfield.tengo.nodes import Stmt

LEVELS = ("2.10", "head")
_COMPILE_FRAMES = 1500
_CACHE_SIZE = 256


class Globals:
    """The top-level variables after a run, as Python values: ``get``, ``in``, ``[]``.

    :ivar session: the run; keeps script functions alive.
    """

    def __init__(self, names: tuple[str, ...], values: tuple[Any, ...], session: Session) -> None:
        self._raw = dict(zip(names, values, strict=True))
        self.session = session

    def __getitem__(self, name: str) -> Any:
        return to_python(self._raw[name], self.session)

    def get(self, name: str, default: Any = None) -> Any:
        """The variable's value, or ``default`` if there is none of that name."""
        return self[name] if name in self._raw else default

    def raw(self, name: str) -> Any:
        """The Tengo value itself (see ``values.py``). Raises ``KeyError``."""
        return self._raw[name]

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def keys(self) -> KeysView[str]:
        """The variables' names, so that ``dict(result)`` gives all of them."""
        return self._raw.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __repr__(self) -> str:
        return f"Globals({list(self._raw)})"


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled script. It may be run in several threads at once.

    :ivar inputs: names of the predeclared variables; each run must give them.
    """

    unit: CompiledUnit
    inputs: tuple[str, ...]
    lent: Mapping[str, Mapping[str, Any]]
    limits: Limits
    level: str

    def run(
        self,
        inputs: Mapping[str, Any] | None = None,
        *,
        modules: Mapping[str, Mapping[str, Any]] | None = None,
        limits: Limits | None = None,
        write: Callable[[str], Any] | None = None,
    ) -> Globals:
        """Run the script from its beginning.

        :param inputs: values for the predeclared variables; missing ones are ``undefined``.
        :param modules: other members for modules lent at compile time, for this run.
        :param limits: instead of those given at compile time. Whether allocations are counted is
            settled when the script is compiled.
        :param write: gets what ``fmt.print`` and its kin print; standard output by default.
        :raises RunError: the script failed. ``ScriptExit`` passes through.
        """
        given = {} if inputs is None else inputs
        require_mapping("inputs", given, "a mapping of names to values")
        lent = {**self.lent, **modules} if modules else self.lent
        output = write or sys.stdout.write
        session = Session(self.unit, limits or self.limits, self.level, lent, output)
        session.prepare()
        values = tuple(from_host(given.get(name), session, name) for name in self.inputs)
        return Globals(self.unit.outputs, session.main(values), session)


def compile(  # noqa: A001 - the name of the public surface
    source: str | bytes,
    *,
    name: str = "(main)",
    inputs: Iterable[str] = (),
    modules: Mapping[str, Any] | None = None,
    stdlib: str | Iterable[str] = (),
    import_dir: str | Path | None = None,
    import_root: str | Path | None = None,
    limits: Limits | None = None,
    level: str = "2.10",
) -> Program:
    """Compile a script, or take it from the cache.

    :param source: the text.
    :param name: the file name in error texts.
    :param inputs: names of predeclared, assignable globals.
    :param modules: what ``import`` finds, by name: Tengo source, or a mapping of Python values and
        callables.
    :param stdlib: ``"all"`` or names of standard modules.
    :param import_dir: where files are imported from; none by default.
    :param import_root: files outside of this folder are not found, whatever path or link leads to
        them; by default a script may import from anywhere.
    :param limits: see :class:`Limits`.
    :param level: the language level, ``"2.10"`` or ``"head"``.
    :raises CompileError: the script, or a module it imports, cannot be compiled.
    """
    limits = limits or Limits()
    if not isinstance(source, (str, bytes)):
        raise TypeError(f"source: expected str or bytes, found {type(source).__name__}")
    if level not in LEVELS:
        raise ValueError(f"unknown language level {level!r}, expected one of {LEVELS}")
    sources, lent = describe({} if modules is None else modules)
    library = _library(stdlib)
    directory = None if import_dir is None else str(Path(import_dir).absolute())
    root = None if import_root is None else str(Path(import_root).absolute())
    names = tuple(inputs)
    key = (
        source, name, names, tuple(sorted(sources.items())), frozenset(lent), library, directory,
        root, level, limits.allocations >= 0, limits.string_bytes < MAX_LENGTH, limits.string_bytes,
        limits.constants,
    )  # fmt: skip
    unit = _cache.get(key)
    if unit is None:
        table = module_table(library, sources, lent, directory, root)
        file = SourceFile(name, source)
        unit = compile_statements(file, lambda: parse(file, level), names, table, limits, level)
        _cache.put(key, unit)
    return Program(unit, names, lent, limits, level)


def run(
    source: str | bytes,
    *,
    name: str = "(main)",
    inputs: Mapping[str, Any] | None = None,
    modules: Mapping[str, Any] | None = None,
    stdlib: str | Iterable[str] = (),
    import_dir: str | Path | None = None,
    import_root: str | Path | None = None,
    limits: Limits | None = None,
    level: str = "2.10",
    write: Callable[[str], Any] | None = None,
) -> Globals:
    """Compile and run a script; parameters as of :func:`compile` and :meth:`Program.run`."""
    program = compile(
        source,
        name=name,
        inputs=tuple(inputs or ()),
        modules=modules,
        stdlib=stdlib,
        import_dir=import_dir,
        import_root=import_root,
        limits=limits,
        level=level,
    )
    return program.run(inputs, write=write)


def call(function: Any, *args: Any, session: Session) -> Any:
    """Call a Tengo function with Tengo values, under the limits of ``session``."""
    return session.call(function, args)


def compile_statements(
    file: SourceFile,
    statements: Callable[[], list[Stmt]],
    inputs: tuple[str, ...],
    table: ModuleTable,
    limits: Limits,
    level: str,
    *,
    share_globals: bool = False,
) -> CompiledUnit:
    """Compile what ``statements()`` parses; see :func:`resolve`. Raises :class:`CompileError`."""
    recursion.ensure(_COMPILE_FRAMES)
    try:
        resolved = resolve(
            file,
            statements(),
            inputs=inputs,
            modules=table,
            builtins=tengo_builtins.names(level),
            string_bytes=limits.string_bytes,
            level=level,
            share_globals=share_globals,
        )
        check_constants(resolved, limits.constants)
        options = Options(
            level,
            count=limits.allocations >= 0,
            check_strings=limits.string_bytes < MAX_LENGTH,
            fixed_windows=resolved.uses_splice,
        )
        return generate(resolved, options)
    except (RecursionError, MemoryError):
        raise CompileError("nested too deeply", [file.position(0)]) from None
    except SyntaxError as error:  # more than 20 loops in one another, for CPython
        raise CompileError(str(error.msg), [file.position((error.lineno or 1) - 1)]) from None


def _library(stdlib: str | Iterable[str]) -> frozenset[str]:
    """The standard modules asked for."""
    if stdlib == "all":
        return frozenset(STDLIB_NAMES)
    names = frozenset((stdlib,) if isinstance(stdlib, str) else stdlib)
    unknown = sorted(names - set(STDLIB_NAMES))
    if unknown:
        raise ValueError(f"no standard module {unknown[0]!r}; there are {', '.join(STDLIB_NAMES)}")
    return names


def module_table(
    library: frozenset[str],
    sources: Mapping[str, str | bytes],
    lent: Iterable[str],
    directory: str | None,
    root: str | None = None,
) -> ModuleTable:
    """What may be imported; the host's modules go before the standard ones of the same name."""
    lent_names = frozenset(lent)
    own: dict[str, str | bytes] = {}
    if "enum" in library - lent_names:
        from jackfield.tengo.stdlib import enum_module

        own["enum"] = enum_module.SOURCE
    return ModuleTable({**own, **sources}, lent_names | library, directory, root)


class _Cache:
    """Compiled programs by everything that went into them, the least recently used go first.

    A program that imported files is only reused while the files are what they were.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Any, tuple[CompiledUnit, Any]] = OrderedDict()

    def get(self, key: Any) -> CompiledUnit | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
        unit, stamps = entry
        return unit if stamps == _stamps(unit) else None

    def put(self, key: Any, unit: CompiledUnit) -> None:
        with self._lock:
            self._entries[key] = unit, _stamps(unit)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)


def _stamps(unit: CompiledUnit) -> list[tuple[str, int, int] | None]:
    """What tells whether an imported file changed."""
    stamps: list[tuple[str, int, int] | None] = []
    for file in unit.files[1:]:
        if not file.name.startswith("/"):
            continue
        try:
            status = Path(file.name).stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((file.name, status.st_mtime_ns, status.st_size))
    return stamps


_cache = _Cache(_CACHE_SIZE)
