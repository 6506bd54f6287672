"""The operating system that a plugin sees: WASI 0.2, defined here, denied by default.

The interpreter inside the sandbox imports 25 WASI interfaces with about a hundred functions. The
few in `_Wasi` answer: clocks, random numbers, short sleeps, standard output, and the polite "no" to
a program that asks for files, arguments or sockets. Every other function ends the call. Nothing of
wasmtime's own WASI (file system, tokio, sockets) is ever linked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Protocol

from wasmtime import Engine
from wasmtime.component import (
    Component,
    ComponentInstanceType,
    FuncType,
    Linker,
    LinkerInstance,
    ResourceHost,
    ResourceType,
    Variant,
)

from jackfield.sandbox import ffi

MAX_RANDOM_BYTES = 65_536
MAX_POLLABLES = 64
MAX_HANDLES = 1_024
_STDIN, _STDOUT, _STDERR, _NETWORK = 1, 2, 3, 4
_FIRST_POLLABLE = 16
_WRITE_BYTES = 4096


class Caller(Protocol):
    """What WASI needs from the plugin instance that calls it."""

    pollables: dict[int, int]
    """Pollable handle -> the monotonic time in nanoseconds at which it is ready."""
    handles: int
    """Other handles that the guest holds."""

    def write(self, channel: str, content: bytes) -> None:
        """Take what the interpreter itself wrote to ``stdout`` or ``stderr``."""

    def sleep(self, seconds: float) -> str | None:
        """Sleep, or say why the call has to end."""

    def refuse(self, message: str) -> str:
        """Note why the call has to end; returns `message`."""


Callers = Callable[[int], Caller]


def define_wasi(linker: Linker, engine: Engine, part: Component, callers: Callers) -> list[str]:
    """Define every WASI import of `part`; returns the interface names.

    :param callers: gives the instance that owns a store, by the address of the store's context.
    """
    wasi = _Wasi(callers)
    names = []
    with linker.root() as root:
        for name, item in part.type.imports(engine).items():
            if not isinstance(item, ComponentInstanceType):
                continue
            names.append(name)
            with root.add_instance(name) as place:
                wasi.define(place, name, item.exports(engine))
    return names


class _Wasi:
    """The functions that do answer, and the resources they hand out."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._kinds: dict[str, int] = {}
        self._clock = ffi.TimeRecord()
        # Called often: written against the C structures directly.
        self._short: dict[str, Callable[..., int]] = {
            "wasi:clocks/wall-clock#now": self._wall_now,
            "wasi:clocks/monotonic-clock#now": self._monotonic_now,
            "wasi:clocks/monotonic-clock#resolution": self._monotonic_resolution,
            "wasi:random/random#get-random-bytes": self._random_bytes,
        }
        self._plain: dict[str, Callable[..., Any]] = {
            "wasi:clocks/monotonic-clock#subscribe-instant": self._subscribe_instant,
            "wasi:clocks/monotonic-clock#subscribe-duration": self._subscribe_duration,
            "wasi:io/poll#[method]pollable.block": self._block,
            "wasi:io/poll#poll": self._poll,
            "wasi:sockets/instance-network#instance-network": self._handle("network", _NETWORK),
            "wasi:sockets/ip-name-lookup#resolve-addresses": self._resolve,
            "wasi:sockets/tcp-create-socket#create-tcp-socket": lambda *_: "access-denied",
            "wasi:sockets/udp-create-socket#create-udp-socket": lambda *_: "access-denied",
            "wasi:cli/environment#get-environment": lambda *_: [],
            "wasi:cli/environment#get-arguments": lambda *_: [],
            "wasi:filesystem/preopens#get-directories": lambda *_: [],
            "wasi:cli/stdin#get-stdin": self._handle("input-stream", _STDIN),
            "wasi:cli/stdout#get-stdout": self._handle("output-stream", _STDOUT),
            "wasi:cli/stderr#get-stderr": self._handle("output-stream", _STDERR),
            "wasi:cli/terminal-stdin#get-terminal-stdin": lambda *_: None,
            "wasi:cli/terminal-stdout#get-terminal-stdout": lambda *_: None,
            "wasi:cli/terminal-stderr#get-terminal-stderr": lambda *_: None,
            "wasi:io/streams#[method]input-stream.read": self._end_of_input,
            "wasi:io/streams#[method]input-stream.blocking-read": self._end_of_input,
            "wasi:io/streams#[method]output-stream.check-write": self._check_write,
            "wasi:io/streams#[method]output-stream.write": self._write,
            "wasi:io/streams#[method]output-stream.blocking-write-and-flush": self._write,
            "wasi:io/streams#[method]output-stream.blocking-flush": self._flush,
        }

    def define(self, place: LinkerInstance, interface: str, exports: dict[str, Any]) -> None:
        """Define all functions and resources of one interface."""
        for name, item in exports.items():
            key = f"{interface.partition('@')[0]}#{name}"
            if isinstance(item, ResourceType):
                place.add_resource(name, ResourceType.host(self._kind(name)), self._dropped(name))
            elif not isinstance(item, FuncType):
                continue
            elif key in self._short:
                ffi.add_function(place, name, self._short[key])
            elif key in self._plain:
                ffi.add_converted_function(place, name, item, self._plain[key], self._failed(key))
            else:
                ffi.add_function(place, name, self._denied(key))

    def _kind(self, resource: str) -> int:
        return self._kinds.setdefault(resource, len(self._kinds) + 1)

    def _denied(self, key: str) -> Callable[..., int]:
        def deny(_data: int, context: int, *_: int) -> int:
            message = f"{key} is not available in the sandbox"
            return ffi.new_error(self._callers(context).refuse(message))

        return deny

    def _failed(self, key: str) -> Callable[[int, Exception], str]:
        def describe(context: int, error: Exception) -> str:
            if isinstance(error, _Ended):
                return str(error)
            return self._callers(context).refuse(f"{key}: {error}")

        return describe

    # Clocks and random numbers

    def _wall_now(self, _d: int, _c: int, _t: int, _a: int, _n: int, results: int, _r: int) -> int:
        self._clock.store(results, time.time_ns())
        return 0

    def _monotonic_now(
        self, _d: int, _c: int, _t: int, _a: int, _n: int, results: int, _r: int
    ) -> int:
        ffi.return_u64(results, time.monotonic_ns())
        return 0

    def _monotonic_resolution(
        self, _d: int, _c: int, _t: int, _a: int, _n: int, results: int, _r: int
    ) -> int:
        ffi.return_u64(results, 1)
        return 0

    def _random_bytes(
        self, _d: int, context: int, _t: int, arguments: int, _n: int, results: int, _r: int
    ) -> int:
        count = ffi.u64_of(arguments)
        if count > MAX_RANDOM_BYTES:
            message = f"{count} random bytes at once (at most {MAX_RANDOM_BYTES})"
            return ffi.new_error(self._callers(context).refuse(message))
        ffi.return_bytes(results, os.urandom(count))
        return 0

    # Sleeping

    def _subscribe_instant(self, context: int, store: Any, when: int) -> Any:
        pollables = self._callers(context).pollables
        if len(pollables) >= MAX_POLLABLES:
            raise RuntimeError(f"more than {MAX_POLLABLES} timers at once")
        number = max(pollables, default=_FIRST_POLLABLE) + 1
        pollables[number] = when
        return ResourceHost.own(number, self._kind("pollable")).to_any(store)

    def _subscribe_duration(self, context: int, store: Any, nanoseconds: int) -> Any:
        return self._subscribe_instant(context, store, time.monotonic_ns() + nanoseconds)

    def _wait(self, caller: Caller, when: int) -> None:
        seconds = (when - time.monotonic_ns()) / 1e9
        if seconds > 0 and (refusal := caller.sleep(seconds)):
            raise _Ended(refusal)

    def _block(self, context: int, store: Any, pollable: Any) -> None:
        caller = self._callers(context)
        self._wait(caller, caller.pollables.get(pollable.to_host(store).rep, 0))

    def _poll(self, context: int, store: Any, pollables: list[Any]) -> list[int]:
        caller = self._callers(context)
        times = [caller.pollables.get(p.to_host(store).rep, 0) for p in pollables]
        self._wait(caller, min(times))
        now = time.monotonic_ns()
        return [index for index, when in enumerate(times) if when <= now]

    # Streams and other handles. A borrowed handle must be given back (`drop`, `to_host`) before the
    # function returns. How a WASI result looks in Python depends on its cases: with a plain value
    # where each case has another type, as a `Variant` where not.

    def _handle(self, kind: str, number: int) -> Callable[..., Any]:
        def give(context: int, store: Any) -> Any:
            caller = self._callers(context)
            if caller.handles >= MAX_HANDLES:
                raise RuntimeError(f"more than {MAX_HANDLES} handles at once")
            caller.handles += 1
            return ResourceHost.own(number, self._kind(kind)).to_any(store)

        return give

    def _dropped(self, resource: str) -> Callable[..., None]:
        def forget(store: Any, number: int) -> None:
            caller = self._callers(ffi.address_of(store._context()))  # noqa: SLF001
            if resource == "pollable":
                caller.pollables.pop(number, None)
            else:
                caller.handles -= 1

        return forget

    def _end_of_input(self, _context: int, store: Any, stream: Any, _length: int) -> None:
        stream.drop(store)  # None: the stream is closed

    def _check_write(self, _context: int, store: Any, stream: Any) -> int:
        stream.drop(store)
        return _WRITE_BYTES

    def _write(self, context: int, store: Any, stream: Any, content: bytes) -> Any:
        number = stream.to_host(store).rep
        channel = "stderr" if number == _STDERR else "stdout"
        self._callers(context).write(channel, bytes(content))
        return Variant("ok", None)

    def _flush(self, _context: int, store: Any, stream: Any) -> Any:
        stream.drop(store)
        return Variant("ok", None)

    def _resolve(self, _context: int, store: Any, network: Any, _name: str) -> str:
        network.drop(store)
        return "access-denied"


class _Ended(Exception):
    """The call has to end, and the caller has noted why."""
