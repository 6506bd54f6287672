"""Which of an author's own files a plugin imports (owncast spec 7.2)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from jackfield.dialects.owncast.code import read_source
from jackfield.errors import InvalidInput
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.syntax_trees import parsed

SDK = "owncast_plugin"
NEVER_LOCAL = frozenset(sys.stdlib_module_names) | frozenset(sys.builtin_module_names) | {SDK}
"""Names that always mean the standard library or the SDK, even with such a file beside them."""


@dataclass(frozen=True, slots=True)
class Module:
    """One of the author's files.

    :param name: dotted, as it is imported.
    :param path: relative to the main file's folder.
    """

    name: str
    path: str
    source: str
    is_package: bool


@dataclass
class Graph:
    """The files that a main file needs.

    :param needs: module → the modules that it imports.
    """

    modules: dict[str, Module] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def in_order(self) -> list[Module]:
        """Each module after those it imports; a circle is cut somewhere."""
        order: list[Module] = []
        seen: set[str] = set()

        def visit(name: str) -> None:
            if name not in seen:
                seen.add(name)
                for needed in sorted(self.needs[name]):
                    visit(needed)
                order.append(self.modules[name])

        for name in sorted(self.modules):
            visit(name)
        return order


def parse(source: str, file: str, *, plugin: str) -> ast.Module:
    """The syntax tree.

    :raises InvalidInput: a syntax error, with its line.
    """
    try:
        return parsed(source)
    except SyntaxError as error:
        shown = f": {error.text.strip()}" if error.text else ""
        raise InvalidInput(
            f"syntax error in line {error.lineno}: {error.msg}{shown}", plugin=plugin, file=file
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidInput(f"cannot be parsed: {error}", plugin=plugin, file=file) from None


def local_modules(files: PluginFiles, entry: str, source: str, *, plugin: str) -> Graph:
    """Follow the imports from *entry* to files in its own folder, wherever in the code they stand.

    :raises InvalidInput: a syntax error, or a relative import in the main file.
    """
    return _Walk(files, entry, plugin).run(source)


class _Walk:
    def __init__(self, files: PluginFiles, entry: str, plugin: str) -> None:
        self.files = files
        self.plugin = plugin
        self.entry = entry
        self.folder = entry.rpartition("/")[0]
        self.names = set(files.names())
        self.graph = Graph()

    def run(self, source: str) -> Graph:
        waiting: list[tuple[Module | None, str]] = [(None, source)]
        while waiting:
            module, text = waiting.pop()
            for name in self._imports(module, text):
                for found in self._find(name):
                    if module is not None:
                        self.graph.needs[module.name].add(found.name)
                    if found.name not in self.graph.modules:
                        self.graph.modules[found.name] = found
                        self.graph.needs[found.name] = set()
                        waiting.append((found, found.source))
        for name, needs in self.graph.needs.items():
            needs.discard(name)
        return self.graph

    def _imports(self, module: Module | None, source: str) -> Iterator[str]:
        file = self.entry if module is None else self._file(module.path)
        for node in ast.walk(parse(source, file, plugin=self.plugin)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(module, node, file)
                if base is not None:
                    yield base
                    yield from (f"{base}.{alias.name}" for alias in node.names)

    def _absolute(self, module: Module | None, node: ast.ImportFrom, file: str) -> str | None:
        if not node.level:
            return node.module
        if module is None:
            raise InvalidInput(
                f"relative import in line {node.lineno}: the main file is no package",
                plugin=self.plugin,
                file=file,
                hint=f"write `from {node.module or 'module'} import ...`, without the dots",
            )
        parts = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
        above = node.level - 1
        if above > len(parts):
            return None
        parts = parts[: len(parts) - above]
        return ".".join([*parts, node.module] if node.module else parts) or None

    def _find(self, dotted: str) -> list[Module]:
        """The module and the packages above it; none when it is not the author's."""
        parts = dotted.split(".")
        if self._locate(parts) is None:
            return []
        if parts[0] in NEVER_LOCAL:
            if parts[0] != SDK:
                self._warn(f"{parts[0]}.py is not used: the name means the standard library")
            return []
        found = []
        for length in range(1, len(parts) + 1):
            located = self._locate(parts[:length])
            if located is None:
                break
            found.append(self._module(".".join(parts[:length]), *located))
        return found

    def _locate(self, parts: list[str]) -> tuple[str, bool] | None:
        path = "/".join(parts)
        for candidate, is_package in ((f"{path}/__init__.py", True), (f"{path}.py", False)):
            name = self._file(candidate)
            if name in self.names and name != self.entry:
                return candidate, is_package
        return None

    def _module(self, name: str, path: str, is_package: bool) -> Module:
        if name in self.graph.modules:
            return self.graph.modules[name]
        source = read_source(self.files, self._file(path), plugin=self.plugin)
        return Module(name, path, source, is_package)

    def _file(self, path: str) -> str:
        return f"{self.folder}/{path}" if self.folder else path

    def _warn(self, text: str) -> None:
        if text not in self.graph.warnings:
            self.graph.warnings.append(text)
