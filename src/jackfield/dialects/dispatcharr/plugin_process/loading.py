"""Imports a plugin as Dispatcharr does, wherever its folder lies and whatever that is called.

The plugin is a package of the name that its code expects, whose path is its folder; so relative
imports, absolute imports of itself and helper modules work, with one copy of each module.

Source: dispatcharr spec 2.2.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from jackfield.dialects.dispatcharr.plugin_process.aliases import Aliases
from jackfield.dialects.dispatcharr.plugin_process.instance import CannotLoad, first_instance

ENTRY = "plugin"

PROTECTED = frozenset(
    {"apps", "core", "dispatcharr", "version", "django", "celery", "kombu", "billiard",
     "django_celery_beat", "jackfield", "msgspec"}
)  # fmt: skip
"""Packages that this process stands on: a plugin's own versions of them do not take their place."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is loaded, and as what.

    :param root: the plugin's folder, in which its entry file lies.
    :param module: what its entry is imported as (``my_plugin.plugin``, or ``my_plugin``).
    :param names: further names that its code may know the package by.
    :param plugins: the folder that holds all plugins.
    :param site: the plugin's own third-party packages, if it has any.
    :param require_run: whether a class without ``run`` is refused.
    """

    root: Path
    module: str
    names: tuple[str, ...] = ()
    plugins: Path | None = None
    site: Path | None = None
    require_run: bool = True

    @property
    def package(self) -> str:
        """The name of the package that the plugin's folder is."""
        return self.module.removesuffix(f".{ENTRY}")


@dataclass(slots=True)
class Loaded:
    """A plugin whose code has run.

    :ivar module: the one that defines the class.
    """

    module: ModuleType
    instance: Any
    names: tuple[str, ...] = field(default=())


def load(source: Source) -> Loaded:
    """Import the plugin and make its instance.

    ``plugin.py`` comes first; where it fails or has no class, the package does.

    :raises CannotLoad: there is no class ``Plugin``, or one that cannot be used.
    :raises Exception: whatever the plugin's code raises.
    """
    _see(source)
    package = _package_name(source)
    names = tuple(dict.fromkeys((package, *(n for n in source.names if _is_free(n, source)))))
    sys.meta_path[:0] = [_Finder(source.root, package), Aliases(package, names[1:])]
    importlib.invalidate_caches()
    candidates = []
    if (source.root / f"{ENTRY}.py").is_file():
        candidates.append(f"{package}.{ENTRY}")
    if (source.root / "__init__.py").is_file():
        candidates.append(package)
    if not candidates:
        raise CannotLoad(f"its folder has neither {ENTRY}.py nor __init__.py any more")
    module, instance = first_instance(candidates, require_run=source.require_run)
    return Loaded(module, instance, names)


# -- what the plugin sees -------------------------------------------------------------------------


def _see(source: Source) -> None:
    """Its own packages first; the folder of all plugins last, as natively."""
    if source.site is not None and source.site.is_dir():
        sys.path.insert(0, str(source.site))
        _forget_older(source.site)
    if source.plugins is not None and str(source.plugins) not in sys.path:
        sys.path.append(str(source.plugins))


def _forget_older(site: Path) -> None:
    """Let what the plugin brings be imported anew, where another version is in memory already.

    Modules that hold the older one keep it.
    """
    brought = {path.name.removesuffix(".py").partition(".")[0] for path in site.iterdir()}
    brought -= PROTECTED
    for name in [n for n in sys.modules if n.partition(".")[0] in brought]:
        found = getattr(sys.modules[name], "__file__", None) or ""
        if not found.startswith(str(site)):
            del sys.modules[name]


def _package_name(source: Source) -> str:
    """The wanted name, unless it is that of something installed, which would be hidden."""
    name = source.package
    if _is_free(name, source):
        return name
    return f"_dispatcharr_plugin_{name}"


def _is_free(name: str, source: Source) -> bool:
    if not name.isidentifier() or name in sys.stdlib_module_names or name in PROTECTED:
        return False
    if name in sys.modules:
        return False
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return True
    if found is None:
        return True
    places = [found.origin] if found.origin else list(found.submodule_search_locations or [])
    mine = [source.root, *([source.plugins] if source.plugins is not None else [])]
    return all(any(Path(place).is_relative_to(one) for one in mine) for place in places if place)


class _Finder:
    """Answers for the plugin's package."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        entry = self._root / "__init__.py"
        if entry.is_file():
            return importlib.util.spec_from_file_location(
                self._name, entry, submodule_search_locations=[str(self._root)]
            )
        spec = importlib.machinery.ModuleSpec(self._name, None, is_package=True)
        spec.submodule_search_locations = [str(self._root)]
        return spec
