"""Build: an author's files → the one ``plugin.py`` that is shipped (owncast spec 7.2).

The result runs on the original host as well, where there is no module to import the SDK from: its
names are globals. So

- a single file keeps its lines, and each import of the SDK becomes a statement of as many lines
  that gives the same names;
- several files become a *bundle*: a list of modules as text, a loop that makes modules of them, an
  in-memory ``owncast_plugin``, and then the main file as it is.

Jackfield itself does not run that loop: it takes a bundle apart (:func:`code.unbundle`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jackfield.dialects.owncast.code import (
    ENTRIES,
    ENTRY_LINE,
    HOISTED,
    MODULES_NAME,
    find_entry,
    read_source,
)
from jackfield.dialects.owncast.imports import SDK, Module, local_modules, parse
from jackfield.errors import ManifestError
from jackfield.plugins.files import PluginFiles

GLOBALS = (
    "plugin",
    "owncast",
    "filter",
    "auth_check",
    "define_commands",
    "CommandContext",
    "ChatMessage",
)
"""The SDK's names that every host gives without an import (owncast spec 7.3)."""

_MODULE_LOOP = f"""
for _ocp_name, _ocp_package, _ocp_text in {MODULES_NAME}:
    _ocp_module = _ocp_types.ModuleType(_ocp_name)
    _ocp_module.__file__ = _ocp_name.replace(".", "/") + (_ocp_package and "/__init__.py" or ".py")
    _ocp_module.__package__ = _ocp_name if _ocp_package else _ocp_name.rpartition(".")[0]
    if _ocp_package:
        _ocp_module.__path__ = []
    _ocp_sys.modules[_ocp_name] = _ocp_module
for _ocp_name, _ocp_package, _ocp_text in {MODULES_NAME}:
    _ocp_above, _, _ocp_last = _ocp_name.rpartition(".")
    if _ocp_above:
        setattr(_ocp_sys.modules[_ocp_above], _ocp_last, _ocp_sys.modules[_ocp_name])
for _ocp_name, _ocp_package, _ocp_text in {MODULES_NAME}:
    _ocp_module = _ocp_sys.modules[_ocp_name]
    exec(compile(_ocp_text, _ocp_module.__file__, "exec"), vars(_ocp_module))
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a build made.

    :param source: the text of ``plugin.py``.
    :param modules: the author's other files in it, by dotted name.
    """

    source: str
    modules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def bundle(files: PluginFiles, slug: str) -> Bundle:
    """Build an author's folder.

    :raises ManifestError: there is no main file.
    :raises InvalidInput: a syntax error, a relative import in the main file, not UTF-8.
    """
    entry = find_entry(files.names(), slug, plugin=slug)
    if entry not in ENTRIES:
        raise ManifestError(
            "is missing; expected the main file here or in plugin.py", plugin=slug, file=ENTRIES[0]
        )
    source = read_source(files, entry, plugin=slug)
    graph = local_modules(files, entry, source, plugin=slug)
    tree = parse(source, entry, plugin=slug)
    warnings = [*graph.warnings, *_foreign_names(tree)]
    if graph.modules:
        modules = graph.in_order()
        for module in modules:
            warnings += _foreign_names(parse(module.source, module.path, plugin=slug))
        text = _bundled(source, tree, modules)
    else:
        modules = []
        text = _without_imports(source, tree)
    return Bundle(text, tuple(m.name for m in modules), tuple(dict.fromkeys(warnings)))


def _foreign_names(tree: ast.Module) -> list[str]:
    return [
        f"owncast_plugin.{alias.name} is not there on other hosts; for a type annotation, import "
        "it under `if TYPE_CHECKING:`"
        for node in _imports_to_run(tree)
        if isinstance(node, ast.ImportFrom) and node.module == SDK
        for alias in node.names
        if alias.name not in (*GLOBALS, "*")
    ]


def _imports_to_run(tree: ast.Module) -> list[ast.stmt]:
    """The imports of the SDK, except those that only a type checker sees."""
    unseen = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for child in ast.walk(statement)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and _of_the_sdk(node) and node not in unseen
    ]


def _of_the_sdk(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == SDK and not node.level
    return isinstance(node, ast.Import) and any(alias.name == SDK for alias in node.names)


def _without_imports(source: str, tree: ast.Module) -> str:
    """The single file with each import of the SDK replaced, line for line."""
    return _replaced(
        source,
        [
            (node, _stand_in(node))
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt) and _of_the_sdk(node)
        ],
    )


def _stand_in(node: ast.stmt) -> str:
    """A statement on one line that gives the names of an import of the SDK."""
    assert isinstance(node, ast.Import | ast.ImportFrom)
    parts = []
    if isinstance(node, ast.ImportFrom):
        foreign = []
        for alias in node.names:
            if alias.name not in (*GLOBALS, "*"):
                foreign.append(ast.unparse(ast.ImportFrom(SDK, [alias], 0)))
            elif alias.asname not in (None, alias.name):
                parts.append(f"{alias.asname} = {alias.name}")
        parts += foreign
    else:
        for alias in node.names:
            if alias.name == SDK:
                parts.append(f"{alias.asname or SDK} = {_SDK_OBJECT}")
            else:
                parts.append(ast.unparse(ast.Import([alias])))
    return "; ".join(parts) or "pass"


_SDK_OBJECT = (
    "__import__('types').SimpleNamespace(**{n: v for n, v in globals().items() "
    f"if n in {GLOBALS!r}}})"
)


def _bundled(source: str, tree: ast.Module, modules: list[Module]) -> str:
    futures = [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    entry = _replaced(source, [(node, HOISTED.format(ast.unparse(node))) for node in futures])
    listed = "".join(f"    ({m.name!r}, {m.is_package!r}, {m.source!r}),\n" for m in modules)
    return (
        "# Built from several files of the plugin's author: change those, not this one.\n"
        + "".join(f"{ast.unparse(node)}\n" for node in futures)
        + "import sys as _ocp_sys\n"
        "import types as _ocp_types\n"
        f"if {SDK!r} not in _ocp_sys.modules:\n"
        f"    _ocp_sdk = _ocp_types.ModuleType({SDK!r})\n"
        f"    vars(_ocp_sdk).update((n, v) for n, v in globals().items() if n in {GLOBALS!r})\n"
        f"    _ocp_sys.modules[{SDK!r}] = _ocp_sdk\n"
        f"{MODULES_NAME} = [\n{listed}]\n{_MODULE_LOOP}{ENTRY_LINE}\n{entry}"
    )


def _replaced(source: str, replacements: list[tuple[ast.stmt, str]]) -> str:
    """*source* with statements replaced by others, on as many lines as before."""
    lines = [line.encode() for line in source.split("\n")]  # ast counts columns in bytes
    for node, text in sorted(replacements, key=lambda pair: pair[0].lineno, reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before = lines[first][: node.col_offset]
        after = lines[last][node.end_col_offset :]
        if first == last:
            lines[first] = before + text.encode() + after
        else:
            # An empty pair of brackets is a statement of any number of lines.
            lines[first] = before + text.encode() + b"; ("
            lines[first + 1 : last] = [b""] * (last - first - 1)
            lines[last] = b")" + after
    return b"\n".join(lines).decode()
