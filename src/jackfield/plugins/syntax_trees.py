"""Syntax trees of plugins' files, for everybody in the process who reads Python without running it.

CPython 3.11 confuses the depths of trees that several threads make at once, and says so by
:class:`SystemError` (gh-106905). Plugins start in parallel, of several dialects, so all of them
come here.
"""

from __future__ import annotations

import ast
import threading
import warnings
from typing import Final

_parsing = threading.Lock()
_ATTEMPTS: Final = 5


def parsed(source: bytes | str, path: str = "<unknown>") -> ast.Module:
    """The syntax tree of a file. One is made at a time, and again where a tree that a library
    made came between.

    :param path: what errors call the file.
    :raises SyntaxError: it is no Python.
    :raises ValueError: it is no source at all.
    :raises RecursionError: it is nested too deeply; so is :class:`MemoryError`.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with _parsing, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes that will be an error one day
                return ast.parse(source, path)
        except SystemError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")
