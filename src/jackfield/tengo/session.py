"""One run of a compiled program: its namespace, its limits, its modules.

A session outlives the run: functions that the script leaves with the host are called through it.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import FunctionType
from typing import TYPE_CHECKING, Any

from jackfield.tengo import builtins as tengo_builtins
from jackfield.tengo import (
    display,
    equality,
    indexing,
    memory_watch,
    operators,
    recursion,
    trace,
    watchdog,
)
from jackfield.tengo.arrays import ArrayView, immutable
from jackfield.tengo.boundary import given
from jackfield.tengo.compiler.arithmetic import HELPERS
from jackfield.tengo.errors import (
    DeadlineExceeded,
    Fault,
    ScriptExit,
)
from jackfield.tengo.stdlib import ModuleContext
from jackfield.tengo.values import (
    Builtin,
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    Time,
    Undefined,
    UserFunction,
    type_name,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jackfield.tengo.compiler.program import CompiledUnit
    from jackfield.tengo.limits import Limits


def _measure_alone() -> int:
    """What ``getrefcount`` says, in compiled code, of a value that one local refers to."""
    scope: dict[str, Any] = {"getrefcount": sys.getrefcount}
    exec("def probe():\n x = []\n x = x\n return getrefcount(x)", scope)  # noqa: S102
    return int(scope["probe"]())


def _up_or_down(start: int, stop: int) -> range:
    """``range(start, stop)`` for a loop that keeps nothing."""
    return range(start, stop) if start <= stop else range(start, stop, -1)


def _immutable(value: Any) -> Any:
    kind = type(value)
    if kind is list or kind is ArrayView:
        return immutable(value)
    return ImmutableMap(value) if kind is dict else value


_NEVER = 1e9
"""Seconds of a run that no time bounds."""

_SHARED: dict[str, Any] = {
    "__builtins__": {},
    "type": type, "int": int, "float": float, "bool": bool, "str": str, "list": list,
    "dict": dict, "len": len, "range": range, "enumerate": enumerate,
    "getrefcount": sys.getrefcount, "ALONE": _measure_alone(),
    "Undefined": Undefined, "Char": Char, "Bytes": Bytes, "ErrorValue": ErrorValue, "Time": Time,
    "ImmutableArray": ImmutableArray, "ImmutableMap": ImmutableMap, "Function": FunctionType,
    "wrap": wrap, "neg": operators.neg, "inv": operators.inv,
    **{name: operators.BINARY[op] for op, name in HELPERS.items() if op != "+"},
    "index": indexing.index, "step": indexing.step, "assign": indexing.assign,
    "slice_of": indexing.slice_of, "values": indexing.values, "pairs": indexing.pairs,
    "keys": indexing.keys, "values_fixed": indexing.values_fixed,
    "pairs_fixed": indexing.pairs_fixed, "spread": indexing.spread, "immutable": _immutable,
    "up_or_down": _up_or_down,
}  # fmt: skip


class Session:
    """The state of one run.

    :param unit: the compiled program.
    :param lent: the host's modules by name: mappings of Python values.
    :param write: where ``fmt.print`` writes.
    """

    def __init__(
        self,
        unit: CompiledUnit,
        limits: Limits,
        level: str,
        lent: Mapping[str, Mapping[str, Any]],
        write: Callable[[str], Any],
    ) -> None:
        self.unit = unit
        self.limits = limits
        self.level = level
        self._lent = lent
        self._write = write
        self._modules: dict[str, ImmutableMap] = {}
        self._active = threading.local()
        self._left = limits.allocations + 1
        self.namespace = self._build()
        for code in unit.codes:
            exec(code, self.namespace)  # noqa: S102 - code of our own making, without builtins

    def _build(self) -> dict[str, Any]:
        limits = self.limits
        space = dict(_SHARED)
        space[trace.MARK] = self.unit
        space["add"] = operators.make_add(limits.string_bytes, limits.bytes_length)
        space["equal"] = equality.equal if self.level == "head" else equality.equal_strict
        space["lent_module"] = self._module
        table = tengo_builtins.build(limits.string_bytes, limits.bytes_length)
        space.update((f"builtin_{name}", builtin) for name, builtin in table.items())
        space["length"] = table["len"]
        if limits.allocations >= 0:
            space["counted"] = self._count
            space["call_counted"] = self._call_counted
            space["immutable_counted"] = self._immutable_counted
        space.update(self.unit.constants)
        return space

    # -- allocations ------------------------------

    def _count(self, value: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise Fault("object allocation limit exceeded")
        return value

    def _call_counted(self, function: Any, *args: Any) -> Any:
        if type(function) is FunctionType:
            try:
                return function(*args)
            except TypeError:
                # Raised in this frame if the arguments are too few or too many.
                trace.check_call(function, args)
                raise
        if type(function) is not Builtin and type(function) is not UserFunction:
            raise Fault(f"not callable: {type_name(function)}")
        return self._count(function(*args))

    def _immutable_counted(self, value: Any) -> Any:
        made = _immutable(value)
        return value if made is value else self._count(made)

    # -- modules ------------------------------

    def _module(self, name: str) -> ImmutableMap:
        module = self._modules.get(name)
        if module is None:
            if name in self._lent:
                members = {key: given(value, self, key) for key, value in self._lent[name].items()}
            else:
                library = importlib.import_module(f"jackfield.tengo.stdlib.{name}_module")
                members = dict(library.build(self._context()))
            members["__module_name__"] = name
            module = self._modules[name] = ImmutableMap(members)
        return module

    def _context(self) -> ModuleContext:
        limits = self.limits
        return ModuleContext(
            self.level, limits.string_bytes, limits.bytes_length, self.guarded(self._write)
        )

    # -- running ------------------------------

    def guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A host function that the watchdog leaves alone while it runs."""

        def call(*args: Any) -> Any:
            deadline = getattr(self._active, "deadline", None)
            if deadline is None:
                return function(*args)
            deadline.enter_host()
            try:
                return function(*args)
            finally:
                deadline.leave_host()

        return call

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:
        """Call a Tengo function with Tengo values, under the session's limits.

        Raises :class:`RunError`. Within a run (a host function calls back) the run's own limits go
        on, and errors pass through to the run.
        """
        deadline: watchdog.Deadline | None = getattr(self._active, "deadline", None)
        if getattr(self._active, "running", False):
            return self._call_back(deadline, function, args)
        self._active.running = True
        if self.limits.seconds is not None or self.limits.memory >= 0:
            deadline = self._active.deadline = watchdog.start(
                _NEVER if self.limits.seconds is None else self.limits.seconds
            )
            if self.limits.memory >= 0:
                memory_watch.start(deadline, self.limits.memory)
        try:
            try:
                with display.limited(self.limits.string_bytes):
                    frames = self.limits.depth * self.unit.frames
                    return recursion.call(frames, _invoke, (function, args))
            finally:
                if deadline is not None:
                    # The signal may arrive on the very way into end(), before it can catch it; the
                    # next one would come much later than the next line takes.
                    try:
                        deadline.end()
                    except DeadlineExceeded:
                        deadline.end()
                self._active.running = False
                self._active.deadline = None
        except ScriptExit:
            raise
        except (DeadlineExceeded, Exception) as error:  # noqa: BLE001 - every failure is the script's
            cause = None if isinstance(error, (Fault, DeadlineExceeded, RecursionError)) else error
            reason = "" if deadline is None else deadline.reason
            raise trace.translate(error, self.limits.depth, reason) from cause

    @staticmethod
    def _call_back(deadline: watchdog.Deadline | None, function: Any, args: tuple[Any, ...]) -> Any:
        trace.check_call(function, args)
        if deadline is None:
            return function(*args)
        deadline.leave_host()
        try:
            return function(*args)
        finally:
            deadline.enter_host()

    def prepare(self) -> None:
        """Convert the host's modules now, so that a value that cannot be is the host's error."""
        for name in self._lent:
            self._module(name)

    def main(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run the main program; gives the values of ``unit.outputs``."""
        return self.call(self.namespace["main"], inputs)  # type: ignore[no-any-return]


def _invoke(function: Any, args: tuple[Any, ...]) -> Any:
    trace.check_call(function, args)
    return function(*args)
