"""``/data`` and ``/app/data``, where plugins expect Dispatcharr's files, on a host without them.

In this process, and for the arguments of programs that it starts, a path below them means the same
path below the home. Where the machine has such a folder, what it has in it beside Dispatcharr's own
is found there all the same. A home that lies there is left as it is, and so is a folder that the
operator lets plugins write.

What C libraries open on their own is not led there, except SQLite. Source: dispatcharr spec 4.3.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import sqlite3
import subprocess
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

from jackfield.dialects.dispatcharr.confinement import FOLDERS

PREFIXES: Final = ("/data", "/app/data")

_ONE_PATH: Final = (
    "access", "chdir", "chmod", "chown", "lchown", "listdir", "listxattr", "lstat", "mkdir",
    "mkfifo", "mknod", "open", "readlink", "remove", "rmdir", "scandir", "stat", "statvfs",
    "truncate", "unlink", "utime", "removexattr", "getxattr", "setxattr",
)  # fmt: skip
_TWO_PATHS: Final = ("link", "rename", "replace", "symlink")


class Mapping:
    """Leads paths below *prefixes* to *home*.

    :param looked_at: those of them that this machine has.
    """

    def __init__(
        self, home: Path, prefixes: Sequence[str], looked_at: Collection[str] = ()
    ) -> None:
        self._home = str(home)
        self._prefixes = tuple(prefixes)
        self._looked_at = frozenset(looked_at)

    def path(self, path: Any) -> Any:
        """Where a path leads; anything that is no such path comes back as it is."""
        if isinstance(path, os.PathLike):
            inner = os.fspath(path)
            mapped = self.path(inner)
            return path if mapped is inner else mapped
        if isinstance(path, bytes):
            text = os.fsdecode(path)
            mapped = self.path(text)
            return path if mapped is text else os.fsencode(mapped)
        if not isinstance(path, str) or not path.startswith(self._prefixes):
            return path
        for prefix in self._prefixes:
            if path == prefix:
                return self._home
            if path.startswith(f"{prefix}/"):
                if prefix in self._looked_at and self._is_the_machines(path, prefix):
                    return path
                return self._home + path[len(prefix) :]
        return path

    def _is_the_machines(self, path: str, prefix: str) -> bool:
        """Decided for everything below a folder at once."""
        first = path[len(prefix) + 1 :].partition("/")[0]
        return not _is_there(f"{self._home}/{first}") and _is_there(f"{prefix}/{first}")

    def argument(self, argument: Any) -> Any:
        """The same of a program's argument, which may have ``name=`` before the path."""
        if isinstance(argument, str) and "=/" in argument and not argument.startswith("/"):
            name, _, path = argument.partition("=")
            return f"{name}={self.path(path)}"
        return self.path(argument)


def install(home: Path) -> tuple[str, ...]:
    """Lead the paths of this process to *home*.

    :returns: the prefixes that are led there.
    """
    own = [home, *(Path(one) for one in os.environ.get(FOLDERS, "").split(os.pathsep) if one)]
    prefixes = [one for one in PREFIXES if not any(path.is_relative_to(one) for path in own)]
    if prefixes:
        _patch(Mapping(home, prefixes, [one for one in prefixes if _is_there(one)]))
    return tuple(prefixes)


_lstat = os.lstat


def _is_there(path: str) -> bool:
    try:
        _lstat(path)
    except (OSError, ValueError):
        return False
    return True


def _patch(mapping: Mapping) -> None:
    opening = _first(mapping, builtins.open)
    builtins.open = opening
    io.open = opening
    followed = {}
    for name in _ONE_PATH:
        followed[name] = _first(mapping, getattr(os, name))
    for name in _TWO_PATHS:
        followed[name] = _both(mapping, getattr(os, name))
    for name, function in followed.items():
        original = getattr(os, name)
        setattr(os, name, function)
        # Which functions take a descriptor or follow links is asked by comparing functions.
        for supported in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks,
                          os.supports_effective_ids):  # fmt: skip
            if original in supported:
                supported.add(function)
    sqlite3.connect = _first(mapping, sqlite3.connect)
    _patch_popen(mapping)


def _first(mapping: Mapping, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        if args:
            return function(mapping.path(args[0]), *args[1:], **kwargs)
        for name in ("path", "file", "database"):
            if name in kwargs:
                kwargs[name] = mapping.path(kwargs[name])
        return function(**kwargs)

    return mapped


def _both(mapping: Mapping, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        for name in ("src", "dst"):
            if name in kwargs:
                kwargs[name] = mapping.path(kwargs[name])
        return function(*[mapping.path(arg) for arg in args[:2]], *args[2:], **kwargs)

    return mapped


def _patch_popen(mapping: Mapping) -> None:
    start = subprocess.Popen.__init__

    @functools.wraps(start)
    def mapped(self: Any, args: Any, *more: Any, **kwargs: Any) -> None:
        if isinstance(args, list | tuple):
            args = [mapping.argument(one) for one in args]
        else:
            args = mapping.path(args)
        if "cwd" in kwargs:
            kwargs["cwd"] = mapping.path(kwargs["cwd"])
        start(self, args, *more, **kwargs)

    subprocess.Popen.__init__ = mapped  # type: ignore[method-assign]
