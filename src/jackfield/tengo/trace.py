"""Python exceptions to Tengo's runtime errors, with a position for each active frame."""

from __future__ import annotations

import re
from inspect import CO_VARARGS
from types import FunctionType
from typing import TYPE_CHECKING, Any

from jackfield.tengo.compiler import emit
from jackfield.tengo.errors import (
    DeadlineExceeded,
    Fault,
    MemoryLimitError,
    RunError,
    TimeLimitError,
)
from jackfield.tengo.values import TYPE_NAMES, is_callable, type_name

if TYPE_CHECKING:
    from types import TracebackType

    from jackfield.tengo.compiler.program import CompiledUnit

MARK = "__tengo__"
"""The global of compiled code that holds its :class:`CompiledUnit`."""

_NOT_CALLABLE = re.compile(r"'(\w+)' object is not callable\Z")
_WRONG_COUNT = re.compile(
    r"(?:.*\.)?f(\d+)t?\(\) "
    r"(?:takes (\d+) positional arguments? but (\d+) (?:was|were) given"
    r"|missing (\d+) required positional arguments?)"
)
_NAMES = {kind.__name__: name for kind, name in TYPE_NAMES.items()}


def positions(traceback: TracebackType | None) -> list[str]:
    """``file:line:col`` of every frame of compiled code, innermost first."""
    found: list[str] = []
    while traceback is not None:
        frame = traceback.tb_frame
        unit: CompiledUnit | None = frame.f_globals.get(MARK)
        line = 0 if unit is None else _line(traceback)
        if unit is not None and line != emit.HIDDEN_LINE:
            number = int(frame.f_code.co_filename[7:-1])
            offset = emit.offset_of(line)
            found.append(unit.files[number].position(offset))
        traceback = traceback.tb_next
    found.reverse()
    return found


def _line(traceback: TracebackType) -> int:
    """The line of a frame; an instruction that CPython added has that of the one before it."""
    line: int | None = traceback.tb_lineno
    if line is not None:
        return line
    code = traceback.tb_frame.f_code
    before = [n for start, _, n in code.co_lines() if n is not None and start <= traceback.tb_lasti]
    return before[-1] if before else code.co_firstlineno


def translate(error: BaseException, depth: int, reason: str = "") -> RunError:
    """The runtime error for what ended a script that may nest ``depth`` calls.

    :param reason: why its deadline came before its time, if it did.
    """
    places = positions(error.__traceback__)
    if isinstance(error, Fault):
        return RunError(error.message, places)
    if isinstance(error, DeadlineExceeded):
        if reason:
            return MemoryLimitError(reason, places)
        return TimeLimitError("time limit exceeded", places)
    if isinstance(error, RecursionError):
        return RunError("stack overflow", places[-depth:])
    if isinstance(error, MemoryError):
        return RunError("out of memory", places)
    if isinstance(error, RunError):
        return RunError(error.message, (*error.positions, *places))
    message = _call_error(error) if isinstance(error, TypeError) else None
    return RunError(message or f"{type(error).__name__}: {error}", places)


def _call_error(error: TypeError) -> str | None:
    """The text for a call that Python itself refused: of no function, or with wrong arguments."""
    traceback: Any = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    unit: CompiledUnit | None = traceback.tb_frame.f_globals.get(MARK)
    text = str(error)
    match = _NOT_CALLABLE.search(text) if unit is not None else None
    if match:
        return f"not callable: {_NAMES.get(match.group(1), match.group(1))}"
    match = _WRONG_COUNT.match(text)
    if unit is None or not match:
        return None
    number, takes, given, missing = match.groups()
    want, variadic = unit.arities[int(number)]
    if variadic:
        want -= 1
    return _wrong_count(want, int(given) if takes else want - int(missing), variadic)


def _wrong_count(want: int, got: int, variadic: bool) -> str:
    return f"wrong number of arguments: want{'>=' if variadic else '='}{want}, got={got}"


def check_call(function: Any, args: tuple[Any, ...]) -> None:
    """Raise :class:`Fault` unless a host may call this Tengo value with so many arguments."""
    if type(function) is not FunctionType:
        if not is_callable(function):
            raise Fault(f"not callable: {type_name(function)}")
        return
    want = function.__code__.co_argcount
    variadic = bool(function.__code__.co_flags & CO_VARARGS)
    if len(args) < want or (len(args) > want and not variadic):
        raise Fault(_wrong_count(want, len(args), variadic))
