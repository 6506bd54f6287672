"""Every way in which a Tengo program can fail.

Two of them are public: :class:`CompileError` (the text could not be read, or makes no sense) and
:class:`RunError` (the program ran and failed). Their ``str()`` is the native text, with one
position line a frame. The others are signals between the runtime, the standard library and the
host; none of them ever reaches a script, because Tengo has no way to catch anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jackfield.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Sequence


class TengoError(JackfieldError):
    """Base of what a Tengo program's author has to mend.

    :param message: the native message, without the kind and without positions.
    :param positions: ``file:line:col`` of every active frame, innermost first.
    """

    code = "tengo"
    kind = "Error"

    def __init__(self, message: str, positions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.positions = tuple(positions)

    def __str__(self) -> str:
        places = "".join(f"\n\tat {position}" for position in self.positions)
        return f"{self.kind}: {self.message}{places}"


class CompileError(TengoError):
    """The source cannot be compiled; a parse error is one too, of ``kind`` "Parse Error"."""

    code = "tengo_compile"
    kind = "Compile Error"


class ParseError(CompileError):
    """The source is not Tengo.

    :param more: how many further errors there were (native prints only the first).
    """

    code = "tengo_parse"
    kind = "Parse Error"

    def __init__(self, message: str, position: str, more: int = 0) -> None:
        super().__init__(message, [position])
        self.more = more

    def __str__(self) -> str:
        suffix = f" (and {self.more} more errors)" if self.more else ""
        return super().__str__() + suffix


class RunError(TengoError):
    """The program failed while it ran."""

    code = "tengo_run"
    kind = "Runtime Error"


class TimeLimitError(RunError):
    """The program used up :attr:`Limits.seconds`."""

    code = "tengo_time_limit"


class MemoryLimitError(RunError):
    """The program held more than :attr:`Limits.memory`."""

    code = "tengo_memory_limit"


class Fault(Exception):
    """Raise this in a host or standard library function to end the script with a runtime error.

    ``message`` is printed as it is; the runtime adds the positions.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class WrongArgumentCount(Fault):
    """A host function was called with too few or too many arguments.

    The runtime words the message, because only it knows under which name the function was called.
    """

    def __init__(self) -> None:
        super().__init__("wrong number of arguments")


class InvalidArgument(Fault):
    """A host function was called with an argument of the wrong type.

    :param argument: the argument's name as natively reported: ``first``, ``second``, ...
    :param expected: what it should have been, e.g. ``string(compatible)``.
    :param found: the Tengo type name of what it was (``values.type_name(value)``).
    """

    def __init__(self, argument: str, expected: str, found: str) -> None:
        super().__init__(f"invalid type for argument '{argument}': expected {expected}")
        self.argument = argument
        self.expected = expected
        self.found = found


class Panic(Fault):
    """Where the native program dies of a Go panic; here it is a runtime error with that text."""


class ScriptExit(BaseException):
    """Raised by a host function to end the script at once with ``value`` (any object).

    It is a ``BaseException`` so that no ``except Exception`` between the script and the host
    swallows it. :func:`jackfield.tengo.run` lets it pass to its caller unchanged.
    """

    def __init__(self, value: Any = None) -> None:
        super().__init__(value)
        self.value = value


class DeadlineExceeded(BaseException):
    """Sent into the running script by the watchdog when its time is up. Never leaves ``run``."""
