"""One plugin's private interpreter: calls into it, host calls out of it, its limits, its life."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import msgspec
import wasmtime

from jackfield.sandbox import ffi
from jackfield.sandbox.engine import Engine
from jackfield.sandbox.errors import (
    LOAD,
    CallAborted,
    LimitExceeded,
    PluginCrashed,
    PluginRaised,
    SandboxError,
)
from jackfield.sandbox.inspection import Inspection
from jackfield.sandbox.interruption import Interruption
from jackfield.sandbox.limits import Limits
from jackfield.sandbox.output import PrintGate
from jackfield.sandbox.sources import module_files
from jackfield.sandbox.watchdog import TICK_SECONDS

Host = Callable[[str, list[Any]], Any]
Output = Callable[[str, str], None]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_thread = threading.get_ident
_now = time.monotonic
_NO_RESULT = b""
_FAILURE = 0  # first byte of a report of failure, see guest/engine.wit


class Instance:
    """A plugin loaded into a sandbox of its own.

    Usable from any thread; one call at a time, others wait. Close it, or use it in a ``with``
    statement.

    :param engine: the shared engine.
    :param source: the plugin's main file.
    :param filename: its name in tracebacks.
    :param name: the plugin's slug, for error texts.
    :param host: answers the plugin's host calls: ``host(name, arguments)`` returns something that
        is JSON, or raises what the plugin sees as ``HostError``. Runs in the calling thread.
    :param output: takes each line the plugin prints: ``output("stdout" | "stderr", line)``.
    :param limits: caps on everything.
    :param sdk: the baked module that gives the plugin its author API; without one, the plugin's
        public top-level callables are its exports.
    :param config: handed to the SDK at start.
    :param modules: the plugin's other files, by path or dotted name.
    :raises PluginRaised: the source raised while loading.
    :raises LimitExceeded: the source took too long, or too much.
    """

    def __init__(
        self,
        engine: Engine,
        source: str,
        *,
        filename: str = "plugin.py",
        name: str,
        host: Host,
        output: Output,
        limits: Limits | None = None,
        sdk: str | None = None,
        config: Mapping[str, Any] | None = None,
        modules: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.limits = limits or Limits()
        self.generation = 0
        self.exports: frozenset[str] = frozenset()
        self.deadline = 0.0
        self.pollables: dict[int, int] = {}
        self.handles = 0
        self._engine = engine
        self._watchdog = engine.watchdog
        self._running = engine.watchdog.running
        self._host = host
        self._gate = PrintGate(output, self.limits)
        self._sdk = (sdk or "").encode()
        # What guest/app.py loads. "code" fills with what the guest compiled, for the next load.
        self._plan: dict[str, Any] = {
            "source": source,
            "filename": filename,
            "config": config or {},
            "modules": module_files(modules or {}, plugin=name),
            "code": {},
        }
        self._check_plan()
        self._lock = threading.Lock()
        self._owner = 0
        self._store: wasmtime.Store | None = None
        self._context = 0
        self._function: Any = None
        # Empty while there is nothing to call: the way to the slow path costs a fast call nothing.
        self._calls: dict[str, Callable[..., bytes]] = {}
        self._call_name = LOAD
        self._seconds = 0.0
        self._stop: BaseException | None = None
        self._interruption: Interruption | None = None
        self._woken = threading.Event()
        self._host_calls = 0
        self._host_seconds = 0.0
        self._broken: SandboxError | None = None
        self._closed = False
        self._memory_bytes = 0
        self._inspection = Inspection(engine)
        with self._lock:
            self._start()

    def _check_plan(self) -> None:
        """Refuse sources that cannot be handed over, before anything is started."""
        plan = self._plan
        size = len(plan["source"]) + sum(len(text) for _, text, _ in plan["modules"].values())
        if size > self.limits.source_bytes:
            raise LimitExceeded(
                self.name, LOAD, "source_bytes", self.limits.source_bytes, instance_lost=False
            )
        self._to_json(plan, "the source or the configuration")

    # Calls into the plugin

    def call(
        self,
        export: str,
        payload: Any = None,
        *,
        seconds: float,
        output_bytes: int | None = None,
        wait_included: bool = False,
        interruption: Interruption | None = None,
    ) -> Any:
        """Call an export with a JSON value; its JSON result.

        :param seconds: the plugin's own time for this call.
        :param output_bytes: cap on the result's JSON text; `Limits.output_bytes` when None.
        :param wait_included: the wait for a busy plugin counts as well (filters).
        :param interruption: by which another thread may end this call.
        :raises PluginRaised: the plugin raised; the instance stays.
        :raises LimitExceeded: it went over a limit; a new instance is being loaded.
        :raises CallAborted: a host function or the interruption ended the call; a new instance is
            being loaded.
        :raises SandboxError: the call could not be made.
        """
        try:
            text = _encode(payload)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise self._error(f"the payload of {export} is not JSON: {error}") from None
        text = self._run(export, text, seconds, output_bytes, wait_included, interruption)
        if not text:
            return None
        try:
            return _decode(text)
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise self._error(f"the result of {export} is not JSON: {error}") from None

    def call_json(
        self,
        export: str,
        payload: bytes = b"null",
        *,
        seconds: float,
        output_bytes: int | None = None,
        wait_included: bool = False,
    ) -> bytes:
        """As `call`, with JSON text in and out: what goes to many plugins is encoded once."""
        return self._run(export, payload, seconds, output_bytes, wait_included) or b"null"

    def _run(
        self,
        export: str,
        payload: bytes,
        seconds: float,
        output: int | None,
        wait_included: bool,
        interruption: Interruption | None = None,
    ) -> bytes:
        """The whole safe path. Straight-line on purpose: this is what every event pays."""
        if len(payload) > self.limits.payload_bytes:
            raise self._kept(export, "payload_bytes", self.limits.payload_bytes)
        given = seconds
        if not self._lock.acquire(False):
            seconds = self._wait(export, seconds, wait_included)
        self._owner = _thread()
        handed_over = False
        error: BaseException
        try:
            try:
                enter = self._calls[export]
            except KeyError:
                enter = self._prepare(export)
            self._call_name = export
            self._seconds = given
            self._host_calls = 0
            self._host_seconds = 0.0
            self.deadline = _now() + seconds
            if interruption is not None:
                self._begin(interruption)
            self._running.add(self)
            if not self._watchdog.awake:
                self._watchdog.wake()
            try:
                text = enter(payload, output or self.limits.output_bytes)
            finally:
                self._running.discard(self)
                if interruption is not None:
                    self._end(interruption)
            if text and text[0] == _FAILURE:
                error = self._failure(export, text)
                if isinstance(error, LimitExceeded):
                    handed_over = self._give_up()
                raise error
            return text
        except ffi.Trap as trap:
            error = self._told(self._reason(export, trap))
            handed_over = self._give_up()
            raise error from None
        except UnicodeError as wrong:
            raise self._error(f"{export} was called with text that is not UTF-8: {wrong}") from None
        except ffi.OutputTooLong as long:
            cap = output or self.limits.output_bytes
            raise self._kept(export, "output_bytes", cap, f"{long} bytes") from None
        finally:
            if not handed_over:
                if self._closed:
                    self._discard()
                self._owner = 0
                self._lock.release()

    def _begin(self, interruption: Interruption) -> None:
        """From now on it reaches the call.

        :raises CallAborted: it was used already.
        """
        if reason := interruption.enter(self):
            self._end(interruption)
            raise CallAborted(reason, plugin=self.name)
        self._interruption = interruption

    def _end(self, interruption: Interruption) -> None:
        """It reaches the call no more, and leaves nothing to the next one."""
        interruption.leave()
        self._interruption = None
        self._woken.clear()
        if self._closed:
            self._woken.set()

    def _wait(self, export: str, seconds: float, wait_included: bool) -> float:
        """Wait for the instance; what is left of `seconds` for the call itself."""
        if self._owner == _thread():
            raise self._error(f"{export} was called from within a call of the same plugin")
        if not wait_included:
            if not self._lock.acquire(timeout=self.limits.wait_seconds):
                raise self._kept(export, "wait_seconds", self.limits.wait_seconds, "it was busy")
            return seconds
        started = _now()
        if not self._lock.acquire(timeout=seconds):
            raise self._kept(export, self._time_limit(export, seconds), seconds, "it was busy")
        return max(seconds - (_now() - started), 0.001)

    def _prepare(self, export: str) -> Callable[..., bytes]:
        """The entry for an export that is called for the first time."""
        if self._store is None:
            if self._broken is not None:
                raise self._error(f"could not be loaded again: {self._broken.message}")
            raise self._error(f"{export} was called after the plugin was closed")
        if len(self._calls) > 256:
            self._calls.clear()
        entry = ffi.make_string_call(self._store, self._function, export.encode())
        self._calls[export] = entry
        return entry

    # Calls out of the plugin: the engine's callbacks come here, in the thread that runs the plugin

    def answer(self, name: bytes, arguments: bytes) -> bytes:
        """Answer one host call; the text goes back to the guest."""
        limits = self.limits
        self._host_calls += 1
        if self._host_calls > limits.host_calls:
            raise self._stopped("host_calls", limits.host_calls)
        if self._host_seconds > limits.host_seconds:
            raise self._stopped("host_seconds", limits.host_seconds)
        deadline, self.deadline = self.deadline, math.inf
        started = _now()
        try:
            result = self._host(name.decode(), _decode(arguments))
            reply = _NO_RESULT if result is None else _encode(result)
            if len(reply) > limits.host_result_bytes:
                reply = _refusal("ResultTooLong", f"the result of {name.decode()} is too long")
            elif not reply.isascii():
                reply.decode()  # a msgspec.Raw may hold anything
        except CallAborted as error:
            self._stop = error
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the plugin's call goes on
            reply = _refusal(type(error).__name__, str(error))
        except BaseException as error:
            self._stop = error
            raise
        spent = _now() - started
        self._host_seconds += spent
        # A slow host function is not the plugin's time; quick ones count, or a flood of them
        # would be free.
        self.deadline = deadline + spent if spent > TICK_SECONDS else deadline
        if self._closed or (self._interruption is not None and self._interruption.reason):
            self.deadline = 0.0
        return reply

    def printed(self, channel: str, line: str) -> None:
        """Take a line from `print`."""
        self._gate.line(channel, line)

    def write(self, channel: str, content: bytes) -> None:
        """Take what the interpreter itself writes (WASI)."""
        for line in content.decode("utf-8", "backslashreplace").splitlines():
            self._gate.line(channel, line)

    def sleep(self, seconds: float) -> str | None:
        """Sleep for the guest (WASI); the reason when it may not."""
        if seconds > self.limits.sleep_seconds:
            detail = f"sleeping {seconds:.3g} s"
            return str(self._stopped("sleep_seconds", self.limits.sleep_seconds, detail))
        left = self.deadline - _now()
        if left < seconds:
            seconds = max(left, 0.0)
        self._woken.wait(min(seconds, threading.TIMEOUT_MAX))
        return self.overdue()

    def interrupt(self) -> None:
        """End the call that runs, for an `Interruption` that says why."""
        self.deadline = 0.0
        self._woken.set()

    def refuse(self, message: str) -> str:
        """Note that the guest did what ends its call (WASI)."""
        self._stop = PluginCrashed(self.name, self._call_name, message)
        return message

    def overdue(self) -> str | None:
        """Asked when some plugin is over its time: the reason if it is this one."""
        if _now() < self.deadline:
            return None
        interruption = self._interruption
        if interruption is not None and interruption.reason:
            self._stop = CallAborted(interruption.reason, plugin=self.name)
            return str(self._stop)
        limit = self._time_limit(self._call_name, self._seconds)
        return str(self._stopped(limit, self._seconds))

    def _stopped(self, limit: str, value: float, detail: str = "") -> SandboxError:
        error = LimitExceeded(self.name, self._call_name, limit, value, detail=detail)
        self._stop = error
        return error

    # What a failure means

    def _failure(self, export: str, text: bytes) -> SandboxError:
        """The error for a report that the guest sent (see guest/failures.py)."""
        try:
            report = _decode(text[1:])
            kind, message = report["kind"], str(report["message"])
            error_type, trace = str(report["type"]), str(report["traceback"])
        except (msgspec.DecodeError, LookupError, TypeError):
            return PluginCrashed(self.name, export, "it sent something that is not a report")
        if kind == "payload":
            return self._error(f"the payload of {export} cannot be read: {message}")
        if kind == "missing":
            return self._error(message)
        if error_type == "MemoryError":
            return LimitExceeded(
                self.name, export, "memory_bytes", self.limits.memory_bytes, traceback=trace
            )
        return PluginRaised(error_type, message, trace, plugin=self.name, call=export)

    def _reason(self, export: str, trap: ffi.Trap) -> BaseException:
        """Why the guest was stopped."""
        stop, self._stop = self._stop, None
        if self._closed:
            return self._error(f"was closed during {export}")
        if stop is not None:
            return stop
        text = str(trap)
        if "call stack exhausted" in text:
            return LimitExceeded(
                self.name, export, "stack_bytes", self._engine.stack_bytes, detail="nested too deep"
            )
        return PluginCrashed(self.name, export, text.strip().splitlines()[-1].strip())

    def _time_limit(self, call: str, seconds: float) -> str:
        """The name of the limit that `seconds` is for that call."""
        if call == LOAD:
            return "load_seconds"
        limits = self.limits
        for name in ("filter_seconds", "event_seconds", "request_seconds"):
            if getattr(limits, name) == seconds:
                return name
        return "seconds"

    def _kept(self, export: str, limit: str, value: float, detail: str = "") -> LimitExceeded:
        return LimitExceeded(self.name, export, limit, value, detail=detail, instance_lost=False)

    def _error(self, message: str) -> SandboxError:
        return SandboxError(message, plugin=self.name)

    def _to_json(self, value: Any, what: str) -> bytes:
        try:
            return _encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise self._error(f"{what} is not JSON: {error}") from None

    # Life

    def _start(self) -> None:
        """Load the plugin into a fresh interpreter. The lock is held."""
        self._owner = _thread()
        self._call_name, self._seconds = LOAD, self.limits.load_seconds
        self._host_calls, self._host_seconds, self._stop = 0, 0.0, None
        self.deadline = _now() + self._seconds
        self.pollables, self.handles = {}, 0
        self._inspection = Inspection(self._engine)
        self._store, self._context = self._engine.open_store(self, self.limits.memory_bytes)
        self._running.add(self)
        if not self._watchdog.awake:
            self._watchdog.wake()
        try:
            guest = self._engine.instantiate(self._store)
            self._function = guest.get_func(self._store, "call")
            load_function = guest.get_func(self._store, "load")
            if self._function is None or load_function is None:
                raise self._error("the engine lacks its functions; compile it again")
            self._inspection.leave_mark(
                ffi.make_string_call(self._store, self._function, b"__mark__")
            )
            load = ffi.make_string_call(self._store, load_function, self._sdk)
            text = load(self._to_json(self._plan, "the source"))
            if text[0] == _FAILURE:
                raise self._failure(LOAD, text)
            loaded = _decode(text)
            self.exports = frozenset(loaded["exports"])
            self._plan["code"].update(loaded["code"])
        except (ffi.Trap, wasmtime.WasmtimeError) as trap:
            error = self._told(self._reason(LOAD, ffi.Trap(str(trap))))
            self._discard()
            raise error from None
        except BaseException:
            self._discard()
            raise
        finally:
            self._running.discard(self)
            self._owner = 0
        if self._closed:  # by one of its own host calls
            self._discard()
            raise self._error("was closed while it was loaded")
        self._broken = None
        self.generation += 1

    def _discard(self) -> None:
        """Free the interpreter's memory. The lock is held."""
        self._calls = {}
        self._function = None
        if self._store is not None:
            self._engine.close_store(self._store, self._context)
            self._store = None

    def _give_up(self) -> bool:
        """Throw the interpreter away and load a new one in the background, so that neither this
        call nor the next filter pays for it. The lock passes on to that thread: True when it did.
        """
        self._discard()
        if self._closed:
            return False
        # From here on the lock is not this thread's any more: its next call waits like any other.
        self._owner = 0
        reviver = threading.Thread(target=self._revive, name=f"reload-{self.name}", daemon=True)
        try:
            reviver.start()
        except RuntimeError:  # no more threads, or the process ends
            self._try_start()
            return False
        return True

    def _revive(self) -> None:
        try:
            self._try_start()
        finally:
            self._lock.release()

    def _try_start(self) -> None:
        if self._closed:
            return
        try:
            self._start()
        except SandboxError as error:
            self._broken = error  # told by the next call
        except Exception as error:  # noqa: BLE001 - no one is there to catch it
            self._broken = self._error(f"{type(error).__name__}: {error}")

    def restart(self) -> None:
        """Load the plugin anew from its source; its memory is lost.

        :raises PluginRaised, LimitExceeded: as when it was made.
        """
        if self._owner == _thread():
            raise self._error("restart was called from within a call of the same plugin")
        with self._lock:
            if self._closed:
                raise self._error("restart was called after the plugin was closed")
            self._discard()
            self._start()

    def close(self) -> None:
        """End the plugin: a call that runs is stopped, the memory is freed. May be repeated."""
        self._closed = True
        if self._owner == _thread():
            return  # from within a host call: the running call does it on its way out
        self.interrupt()
        with self._lock:
            self._discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def memory_bytes(self) -> int:
        """The plugin's memory as `Limits.memory_bytes` counts it: the interpreter's 30 MiB, most of
        which all plugins share, and what the plugin allocated. The last known figure while a call
        runs; 0 where it cannot be found out. Takes about a millisecond."""
        if self._lock.acquire(False):
            try:
                idle = self._store is not None
            finally:
                self._lock.release()
            if idle:
                self._memory_bytes = self._inspection.size() or self._memory_bytes
        return self._memory_bytes

    def _told(self, error: BaseException) -> BaseException:
        """The error, with where the plugin was when it was stopped."""
        if isinstance(error, LimitExceeded) and not error.traceback:
            plan = self._plan
            own = {name: source for name, source, _ in plan["modules"].values()}
            own[plan["filename"]] = plan["source"]
            error.traceback = self._inspection.standing(own)
        return error


def _refusal(error_type: str, message: str) -> bytes:
    """A host call's failure as the guest reads it."""
    message = message.encode("utf-8", "backslashreplace").decode()
    return b"\x00" + _encode([error_type, message[:4_000]])
