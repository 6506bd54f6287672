"""Notices what a plugin replaces: built-in functions, the library, Django, the application's own.

It harms nobody but the plugin, whose process is its own; but whoever wonders about its behaviour
should be told, with file and line. Source: dispatcharr spec 2.2 (three known plugins do it).
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.plugin_process import blame
from jackfield.dialects.dispatcharr.plugin_process.blame import Spot
from jackfield.plugins.syntax_trees import parsed

_OURS = ("apps", "core", "dispatcharr", "jackfield")
_FOREIGN = ("django.db", "django.core", "django.http", "django.urls", "django.utils",
            "django_celery_beat", "celery", "redis", "requests")  # fmt: skip
_LIBRARY = ("asyncio", "collections", "concurrent.futures", "datetime", "functools", "hashlib",
            "http.client", "http.server", "importlib", "io", "json", "logging", "os", "os.path",
            "pathlib", "queue", "random", "re", "select", "shutil", "signal", "socket", "sqlite3",
            "ssl", "subprocess", "sys", "threading", "time", "urllib.parse", "urllib.request",
            "uuid")  # fmt: skip
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Patch:
    """Something of the host's that the plugin replaced.

    :ivar name: such as ``core.utils.send_websocket_update``.
    :ivar spot: where in the plugin the new one stands, or is put there.
    """

    name: str
    spot: Spot

    def __str__(self) -> str:
        return f"{self.name} was replaced by {self.spot}"


class Watch:
    """What was there before the plugin's code ran.

    :param root: the plugin's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._found: set[str] = set()
        self._before: dict[str, dict[str, Any]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._assigned: dict[str, Spot] | None = None
        for owner, namespace in _namespaces():
            self._before[owner] = {
                name: value for name, value in namespace.items() if _is_code(value)
            }
            self._names[owner] = frozenset(namespace)

    def news(self) -> list[Patch]:
        """What was replaced since the last time that somebody asked."""
        found = []
        for owner, namespace in list(_namespaces()):
            before = self._before.get(owner)
            if before is None:
                continue
            # What a class inherits is replaced by giving it one of its own.
            added = {n: _MISSING for n in namespace if n not in self._names[owner]}
            for name, value in {**before, **added}.items():
                now = namespace.get(name, _MISSING)
                full = f"{owner}.{name}"
                if now is value or full in self._found:
                    continue
                if value is _MISSING and (not _is_code(now) or owner in sys.modules):
                    continue  # a module may get names that it had not
                spot = self._spot(now, name)
                if spot is not None:
                    self._found.add(full)
                    found.append(Patch(full, spot))
        return found

    def _spot(self, thing: Any, name: str) -> Spot | None:
        """Where in the plugin; ``None`` where it was not the plugin."""
        spot = blame.of_object(thing, self._root) if thing is not _MISSING else None
        if spot is not None:
            return spot
        if self._assigned is None:
            self._assigned = _assignments(Path(self._root))
        return self._assigned.get(name)


def _is_code(value: Any) -> bool:
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


def _namespaces() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "builtins", vars(builtins)
    for name, module in list(sys.modules.items()):
        head = name.partition(".")[0]
        ours = head in _OURS
        if not (ours or name in _LIBRARY or name.startswith(_FOREIGN)):
            continue
        namespace = getattr(module, "__dict__", None)
        if not isinstance(namespace, dict):
            continue  # what somebody put in a module's place
        yield name, namespace
        if ours:
            for member, value in list(namespace.items()):
                if isinstance(value, type) and value.__module__ == name:
                    yield f"{name}.{member}", dict(vars(value))


def _assignments(root: Path) -> dict[str, Spot]:
    """Attribute → where the plugin's source assigns to one of that name on something else."""
    found: dict[str, Spot] = {}
    for file in sorted(root.rglob("*.py")):
        try:
            tree = parsed(file.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        shown = file.relative_to(root).as_posix()
        for node in ast.walk(tree):
            for name in _assigned_by(node):
                found.setdefault(name, Spot(shown, getattr(node, "lineno", 0)))
    return found


def _assigned_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute) and not _is_self(target.value):
                yield target.attr
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "setattr"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    ):
        yield node.args[1].value


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
