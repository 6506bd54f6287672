"""The counterpart of :mod:`main` inside the sandbox: loads the plugin there and answers the host.

Never imported by the host, which sends this source and that of its plain neighbours into the
sandbox (``sandboxed/guest_files.py``).
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from . import exits, logs
from .aliases import Aliases, Same
from .instance import PluginFailed, PluginInstance, first_instance

_NAMED = 5
_THREADS = "can't start new thread"


class NotThere(ImportError):
    """The plugin imports what this interpreter has not."""


class Guest:
    """The plugin of this interpreter. What it answers with is ``{"answer": …}`` or ``{"failed":
    …}``; its failures are kept apart from those of the interpreter, to name file and line.

    :param host_call: calls the host: ``log(level, text)`` and ``exiting(status, spot)``.
    :param config: ``package`` and what else its code may call it (``names``); ``entries``, the
        modules to look for the class in; ``imports``, each with its file, line and module;
        ``require_run``, ``fields`` and ``actions`` as for a process; ``log_level``.
    """

    def __init__(self, host_call: Callable[..., Any], config: Mapping[str, Any]) -> None:
        self._root = Path("/") / str(config["package"])
        self._held: PluginInstance | None = None
        self._problem: dict[str, Any] | None = None
        logs.install(lambda level, text: host_call("log", level, text), str(config["log_level"]))
        exits.install(self._root, lambda status, spot: host_call("exiting", status, spot))
        try:
            _look_for(config["imports"])
            self._held = self._load(config)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit at import is its failure, too
            self._problem = self._failed(error)

    def _load(self, config: Mapping[str, Any]) -> PluginInstance:
        package = str(config["package"])
        sys.meta_path[:0] = [Aliases(package, config["names"]), OnPath(self._root, package)]
        _, instance = first_instance(config["entries"], require_run=bool(config["require_run"]))
        return PluginInstance(
            instance, self._root, fields=config["fields"], actions=config["actions"]
        )

    # -- what the host asks ---------------------------------------------------------------------

    def describe(self, _: Any = None) -> dict[str, Any]:
        """What it says of itself now; the first time, whether it is loaded."""
        return self._answered(lambda held: held.describe())

    def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Run an action: ``action``, ``params`` and the stored ``settings``."""
        return self._answered(
            lambda held: held.run(asked["action"], asked["params"], asked["settings"])
        )

    def stop(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Have it stop: ``reason`` and the stored ``settings``."""
        return self._answered(lambda held: held.stop(asked["reason"], asked["settings"]))

    def _answered(self, work: Callable[[PluginInstance], Any]) -> dict[str, Any]:
        if self._held is None:
            return {"failed": self._problem}
        try:
            return {"answer": work(self._held)}
        except PluginFailed as error:
            if error.link_details["memory"]:
                raise MemoryError from error  # which costs it this interpreter
            return {"failed": self._failed(error)}

    def _failed(self, error: BaseException) -> dict[str, Any]:
        told = error if isinstance(error, PluginFailed) else PluginFailed(error, self._root)
        return {
            "message": str(told),
            "lacks": _lacks(error),
            **told.link_details,
        }


def _lacks(error: BaseException | None) -> bool:
    """Whether it came of something that there is not in here: files, network, programs, threads,
    modules."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, (OSError, ImportError)) or _THREADS in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _look_for(imports: Sequence[Sequence[Any]]) -> None:
    """Whether what the plugin imports is here: the standard library is, or most of it.

    :raises NotThere: something is not.
    """
    first: dict[str, str] = {}
    for file, line, module in imports:
        first.setdefault(module, f"{module} ({file}:{line})")
    missing = [place for module, place in first.items() if not _is_here(module)]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise NotThere(
            f"imports what the sandbox does not have: {', '.join(missing[:_NAMED])}{more}"
        )


def _is_here(module: str) -> bool:
    return module in sys.modules or _spec(module) is not None


def _spec(module: str) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None


class OnPath:
    """Finds the plugin's modules where it puts its own folders on ``sys.path``, as under that name
    in the package."""

    def __init__(self, root: Path, package: str) -> None:
        self._root = str(root)
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See :class:`importlib.abc.MetaPathFinder`."""
        del path, target
        if fullname.partition(".")[0] == self._package:
            return None
        for entry in sys.path:
            place = os.path.normpath(os.path.join("/", entry))  # noqa: PTH118 - also of no file
            if place != self._root and not place.startswith(f"{self._root}/"):
                continue
            inside = PurePosixPath(place).relative_to(self._root).parts
            real = ".".join((self._package, *inside, fullname))
            if (found := _spec(real)) is not None:
                package = found.submodule_search_locations is not None
                return importlib.machinery.ModuleSpec(fullname, Same(real), is_package=package)
        return None
