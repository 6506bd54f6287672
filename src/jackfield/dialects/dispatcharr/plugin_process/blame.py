"""Which file and line of a plugin did something: from tracebacks, dumps and objects.

Used on both sides: the host reads dumps of processes that cannot say anything themselves any more.
"""

from __future__ import annotations

import inspect
import os
import re
import traceback as tracebacks
from collections.abc import Iterable
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

_DUMPED = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$')
_MAX_TRACE = 16_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a plugin's source.

    :ivar file: relative to the plugin's folder.
    """

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" in {self.function}" if self.function else "")


def inside(file: str, root: str) -> str | None:
    """*file* relative to the plugin's folder, if it lies there."""
    real = os.path.realpath(file)
    top = os.path.realpath(root)
    return os.path.relpath(real, top) if real.startswith(top + os.sep) else None


def of_exception(error: BaseException, root: str) -> Spot | None:
    """Where in the plugin an exception passed last on its way up; of a syntax error, where it is.

    An exception that only wraps another is asked for that one, too.
    """
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        if isinstance(one, SyntaxError) and one.filename:
            file = inside(one.filename, root)
            if file is not None:
                return Spot(file, one.lineno or 0)
        found = None
        for frame in tracebacks.extract_tb(one.__traceback__):
            file = inside(frame.filename, root)
            if file is not None:
                found = Spot(file, frame.lineno or 0, frame.name)
        if found is not None:
            return found
        one = one.__cause__ or one.__context__
    return None


def shown_traceback(error: BaseException, root: str) -> str:
    """The traceback from the plugin's first line on; without the frames of the host before it."""
    shown = tracebacks.TracebackException.from_exception(error)
    seen: set[int] = set()
    one: tracebacks.TracebackException | None = shown
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        frames = list(one.stack)
        first = next(
            (n for n, frame in enumerate(frames) if inside(frame.filename, root) is not None), None
        )
        if first is not None:
            del one.stack[:first]
        one = one.__cause__ or one.__context__
    text = "".join(shown.format())
    return text if len(text) <= _MAX_TRACE else "…" + text[-_MAX_TRACE:]


def of_frame(frame: FrameType | None, root: str) -> Spot | None:
    """The innermost line of the plugin below which this frame runs."""
    while frame is not None:
        file = inside(frame.f_code.co_filename, root)
        if file is not None:
            return Spot(file, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return None


_INNER = ("__func__", "func", "fget", "__wrapped__")
"""Where methods, partial functions, properties and wrappers have the function."""


def _plainly(thing: Any, name: str) -> Any:
    """An attribute that is really there, not one that an object makes up when asked."""
    if inspect.getattr_static(thing, name, None) is None:
        return None
    return getattr(thing, name, None)


def of_object(thing: Any, root: str) -> Spot | None:
    """Where in the plugin a function or class was defined."""
    for _ in range(10):
        code = getattr(thing, "__code__", None)
        if isinstance(code, CodeType):
            file = inside(code.co_filename, root)
            return Spot(file, code.co_firstlineno, code.co_name) if file is not None else None
        inner = next((one for name in _INNER if callable(one := _plainly(thing, name))), None)
        if inner is None:
            break
        thing = inner
    if isinstance(thing, type):
        for member in vars(thing).values():
            spot = (
                of_object(member, root)
                if callable(member) and not isinstance(member, type)
                else None
            )
            if spot is not None:
                return spot
    return None


def of_dump(dump: str, root: str) -> Spot | None:
    """Where the plugin was, from what ``faulthandler`` printed; the thread that crashed first."""
    threads: list[list[str]] = []
    for line in dump.splitlines():
        if line.startswith(("Thread ", "Current thread ")):
            threads.append([line])
        elif threads:
            threads[-1].append(line)
    threads.sort(key=lambda lines: not lines[0].startswith("Current"))
    for lines in threads:
        spot = _of_lines(lines, root)
        if spot is not None:
            return spot
    return None


def _of_lines(lines: Iterable[str], root: str) -> Spot | None:
    for line in lines:
        match = _DUMPED.match(line)
        if match is not None:
            file = inside(match["file"], root)
            if file is not None:
                return Spot(file, int(match["line"]), match["function"])
    return None


def plugin_threads(dump: str, root: str) -> str:
    """Those threads of a dump that run code of the plugin; the whole dump where none does."""
    parts = re.split(r"\n(?=(?:Current t|T)hread )", dump)
    mine = [part.rstrip() for part in parts if _of_lines(part.splitlines(), root) is not None]
    return "\n\n".join(mine) if mine else dump
