"""A plugin's code as the sandbox takes it, whatever it was shipped as.

- A folder of an author: ``src/plugin.py`` (or ``plugin.py``) and the modules it imports.
- A package made of one file: ``plugin.py``.
- A package made of several: ``plugin.py`` is a *bundle*, one file that carries the others as text
  (see :mod:`~jackfield.dialects.owncast.bundle`). It is taken apart again, without running it, so
  that a traceback names the author's own file and line; bundles of the original tool too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.syntax_trees import parsed

ENTRIES = ("src/plugin.py", "plugin.py")
"""Where an author's main file is looked for, in this order (owncast spec 7.2)."""

CODE_CAP = 128 * 1024 * 1024
"""Bytes that a package's code may have (owncast spec 5.1)."""

MODULES_NAME = "_OCP_MODULES"
ENTRY_LINE = "# --- plugin entry ---"
HOISTED = '"hoisted: {}"'
"""What stands in the main file of a bundle where a future import was: it must be the first
statement of the file that runs, so it went to the top."""

_OTHER_LANGUAGES = {"plugin.js": "JavaScript", "plugin.wasm": "WebAssembly"}


@dataclass(frozen=True, slots=True)
class Code:
    """What to give to ``sandbox.Instance``.

    :param source: the main file.
    :param filename: what a traceback calls it: as the modules, from the folder of the sources on,
        so that a failure reads the same in an author's folder and in the package made of it.
    :param modules: the other files: path (``helpers.py``, ``pkg/__init__.py``) → source.
    """

    source: str
    filename: str = "plugin.py"
    modules: Mapping[str, str] = field(default_factory=dict)


def find_entry(names: list[str], slug: str, *, plugin: str) -> str:
    """The main file among *names*: an author's, else a package's, else a built ``<slug>.py``.

    :raises ManifestError: there is none, or only one in another language.
    """
    there = set(names)
    for name in (*ENTRIES, f"{slug}.py"):
        if name in there:
            return name
    for name, language in (*_OTHER_LANGUAGES.items(), (f"{slug}.js", "JavaScript")):
        if name in there or f"src/{name}" in there:
            raise ManifestError(
                f"is written in {language}; only plugins in Python can run here",
                plugin=plugin,
                file=name,
            )
    raise ManifestError(
        "is missing; a plugin's code is plugin.py in a package, src/plugin.py in its project",
        plugin=plugin,
        file="plugin.py",
    )


def load_code(files: PluginFiles, slug: str, entry: str | None = None) -> Code:
    """The code of a plugin's files.

    :param entry: the main file; looked for when not given.
    :raises InvalidInput: there is none, it is no UTF-8 text, or a file of an author's folder that
        it imports has a syntax error.
    """
    entry = entry or find_entry(files.names(), slug, plugin=slug)
    source = read_source(files, entry, plugin=slug)
    if (unbundled := unbundle(source)) is not None:
        return unbundled
    filename = entry.rpartition("/")[2]
    if entry not in ENTRIES or not _has_company(files, entry):
        return Code(source, filename)
    from jackfield.dialects.owncast.imports import local_modules

    graph = local_modules(files, entry, source, plugin=slug)
    modules = {module.path: module.source for module in graph.modules.values()}
    return Code(source, filename, modules)


def read_source(files: PluginFiles, name: str, *, plugin: str) -> str:
    """A source file's text, with ``\\n`` line ends.

    :raises InvalidInput: missing, too large, or not UTF-8.
    """
    data = files.read(name, cap=CODE_CAP)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidInput(f"is not UTF-8 text (line {line})", plugin=plugin, file=name) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unbundle(source: str) -> Code | None:
    """Take a bundle apart; ``None`` when *source* is none, or not a whole one."""
    head, found, entry = source.partition(f"\n{ENTRY_LINE}\n")
    if not found or MODULES_NAME not in head:
        return None
    try:
        listed = next(filter(None, map(_listed_modules, parsed(head).body)))
        modules = {_path(name, package): text for name, package, text in ast.literal_eval(listed)}
    except (StopIteration, ValueError, TypeError, SyntaxError, AttributeError, RecursionError):
        return None
    entry = re.sub(HOISTED.format(r"(from __future__ import [\w, ]+)"), r"\1", entry)
    return Code(entry, "plugin.py", modules)


def _has_company(files: PluginFiles, entry: str) -> bool:
    """Whether there are other Python files that the main file could import."""
    folder = entry.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    return any(n != entry and n.startswith(prefix) and n.endswith(".py") for n in files.names())


def _listed_modules(statement: ast.stmt) -> ast.expr | None:
    if not isinstance(statement, ast.Assign):
        return None
    target = statement.targets[0]
    found = isinstance(target, ast.Name) and target.id == MODULES_NAME
    return statement.value if found else None


def _path(name: str, package: bool) -> str:
    return name.replace(".", "/") + ("/__init__.py" if package else ".py")
