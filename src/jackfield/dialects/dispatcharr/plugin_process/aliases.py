"""Further names of a plugin's package: its modules are there once, whatever its code calls them.

Plain Python, which also runs inside the sandbox.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
from collections.abc import Callable, Collection, Sequence
from types import ModuleType


class Aliases:
    """Finds ``other.helper`` as ``name.helper``.

    :param name: what the package is imported as.
    :param others: what its code may call it besides.
    """

    def __init__(self, name: str, others: Collection[str]) -> None:
        self._name = name
        self._others = frozenset(others)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See :class:`importlib.abc.MetaPathFinder`."""
        del path, target
        head, dot, rest = fullname.partition(".")
        if head not in self._others:
            return None
        loader = Same(f"{self._name}{dot}{rest}")
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=not dot)


class Same(importlib.abc.Loader):
    """Loads a module by giving the one that is there under its first name."""

    def __init__(self, real: str) -> None:
        self._real = real
        self._restore: Callable[[], None] = lambda: None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module of the first name."""
        del spec
        module = importlib.import_module(self._real)
        was = module.__spec__

        def restore() -> None:
            module.__spec__ = was

        self._restore = restore
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has run already; it keeps its own spec."""
        del module
        self._restore()
