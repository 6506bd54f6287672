"""Keeps a process, and whatever it starts, to some folders: Landlock, of Linux from 5.13 on.

It cannot be undone, needs no rights, and holds for every program started afterwards. A rule allows
a folder with all below it and nothing can be taken out of that again; so "all but this" is spelt
by allowing what lies beside it, on each level.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from jackfield.dialects.dispatcharr.processes import linux

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_VERSION_FLAG = 1
_SCOPE_SIGNAL = 2
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))

_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The version of Landlock's interface in this kernel; 0 where it has none."""
    return max(0, int(_libc.syscall(_CREATE, None, 0, _VERSION_FLAG)))


def confine(*, readable: Iterable[Path], writable: Iterable[Path], alone: bool = True) -> bool:
    """Let this thread, and what it starts from now on, reach nothing but these files and folders.

    Threads that run already stay free: call it before there are any.

    :param readable: to be read and executed; what does not exist is left out.
    :param writable: to be read, executed, written, made and removed.
    :param alone: whether it may send signals to nobody but itself and what it starts, where the
        kernel can see to that.
    :returns: whether the kernel could do it; ``False`` changes nothing.
    :raises OSError: the kernel refused.
    """
    abi = version()
    if not abi:
        return False
    handled = _READ | _WRITE_FILE | _MAKE_AND_REMOVE
    if abi >= 2:
        handled |= _REFER
    if abi >= 3:
        handled |= _TRUNCATE
    attributes = struct.pack("=QQQ", handled, 0, _SCOPE_SIGNAL if alone and abi >= 6 else 0)
    if abi < 6:
        attributes = attributes[: 8 if abi < 4 else 16]
    ruleset = _call(_CREATE, attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ & handled)
        for path in writable:
            _allow(ruleset, path, handled)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT, ruleset, 0)
        linux.drop_powers()  # root's would lead around it, to other processes' environment
    finally:
        os.close(ruleset)
    return True


def all_but(hidden: Iterable[Path], top: Path = Path("/")) -> list[Path]:
    """Files and folders that together are everything below *top* except *hidden* ones.

    What is made later beside a hidden one is not among them.
    """
    away = [path for path in hidden if path.is_relative_to(top)]
    if top in away:
        return []
    if not away:
        return [top]
    found: list[Path] = []
    try:
        inside = sorted(top.iterdir())
    except OSError:
        return []
    for path in inside:
        if path.is_symlink():
            continue  # leads to something that is listed where it lies
        found += all_but([one for one in away if one.is_relative_to(path)], path)
    return found


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _FOR_FILES
        rule = struct.pack("=Qi", rights, fd)
        _call(_ADD, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)


def _call(number: int, *arguments: int | bytes) -> int:
    given = [ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
