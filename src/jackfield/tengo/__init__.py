"""Tengo, a small scripting language, compiled to CPython code.

    >>> from jackfield.tengo import run
    >>> run("each := func(x) { return x * 2 }; out := each(21)")["out"]
    42

See ``docs/tengo.md``.
"""

from jackfield.tengo.boundary import Char, Raw, ScriptFunction
from jackfield.tengo.errors import (
    CompileError,
    Fault,
    InvalidArgument,
    MemoryLimitError,
    RunError,
    ScriptExit,
    TengoError,
    TimeLimitError,
    WrongArgumentCount,
)
from jackfield.tengo.limits import Limits
from jackfield.tengo.program import Globals, Program, call, compile, run  # noqa: A004
from jackfield.tengo.values import (
    Bytes,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Undefined,
)

__all__ = [
    "Bytes",
    "Char",
    "CompileError",
    "ErrorValue",
    "Fault",
    "Globals",
    "ImmutableArray",
    "ImmutableMap",
    "InvalidArgument",
    "Limits",
    "MemoryLimitError",
    "Program",
    "Raw",
    "RunError",
    "ScriptExit",
    "ScriptFunction",
    "TengoError",
    "TengoString",
    "TimeLimitError",
    "Undefined",
    "WrongArgumentCount",
    "call",
    "compile",
    "run",
]
