"""The compiled interpreter that all plugins of a process share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import wasmtime
from wasmtime import component

from jackfield.sandbox import ffi
from jackfield.sandbox.compiler import make_config
from jackfield.sandbox.errors import EngineUnavailable
from jackfield.sandbox.limits import Limits
from jackfield.sandbox.wasi import define_wasi
from jackfield.sandbox.watchdog import Watchdog

if TYPE_CHECKING:
    from jackfield.sandbox.instance import Instance


class Engine:
    """Native code of ``engine.wasm`` mapped from a file, with everything it may import defined.

    Make it with `EngineCache.load`. Safe to share between threads.

    :param native: the file that `EngineCache.compile` wrote. Loading it is running it: it must
        come from a directory that only this user writes.
    :param stack_bytes: native stack of a call (`Limits.stack_bytes`).
    :ivar runtime_offset: see :func:`standing.find_runtime`; ``None`` until somebody has looked.
    :raises EngineUnavailable: the file does not fit this wasmtime, this machine, or is damaged.
    """

    def __init__(self, native: Path, *, stack_bytes: int = Limits().stack_bytes) -> None:
        self.stack_bytes = stack_bytes
        self.runtime_offset: int | None = None
        self._engine = wasmtime.Engine(make_config(stack_bytes))
        try:
            self._component = component.Component.deserialize_file(self._engine, str(native))
        except wasmtime.WasmtimeError as error:
            raise EngineUnavailable(f"the compiled engine does not load: {error}") from None
        self._linker = component.Linker(self._engine)
        self._callers: dict[int, Instance] = {}
        self.watchdog = Watchdog(ffi.address_of(self._engine.ptr()))
        self._epoch_callback = ffi.EpochCallback(self._epoch_passed)
        self.imports = self._define_imports()
        try:
            self._self_test()
        except (ffi.LayoutError, ffi.Trap) as error:
            version = wasmtime_version()
            raise EngineUnavailable(f"wasmtime {version} cannot be used: {error}") from None

    def _define_imports(self) -> frozenset[str]:
        interfaces = define_wasi(
            self._linker, self._engine, self._component, self._callers.__getitem__
        )
        with self._linker.root() as root:
            ffi.add_function(root, "host-call", self._host_call)
            ffi.add_function(root, "print", self._print)
        return frozenset({*interfaces, "host-call", "print"})

    def open_store(self, owner: Instance, memory_bytes: int) -> tuple[wasmtime.Store, int]:
        """A store for `owner` and the address by which callbacks know it."""
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=memory_bytes)
        context = ffi.address_of(store._context())  # noqa: SLF001
        self._callers[context] = owner
        ffi.watch_epoch(store, self._epoch_callback)
        return store, context

    def close_store(self, store: wasmtime.Store, context: int) -> None:
        """Free a store's memory."""
        # In this order: once it is free, another thread's new store may have the same address.
        self._callers.pop(context, None)
        store.close()

    def instantiate(self, store: wasmtime.Store) -> component.Instance:
        """A fresh copy of the interpreter's snapshot in `store`."""
        return self._linker.instantiate(store, self._component)

    # Callbacks from native code: they may not raise.

    def _host_call(
        self, _d: int, context: int, _t: int, arguments: int, _n: int, results: int, _r: int
    ) -> int:
        try:
            name, text = ffi.strings_of(arguments)
            ffi.return_string(results, self._callers[context].answer(name, text))
        except BaseException as error:  # noqa: BLE001 - answer() has noted what it means
            return ffi.new_error(f"{type(error).__name__}: {error}")
        return 0

    def _print(
        self, _d: int, context: int, _t: int, arguments: int, _n: int, _results: int, _r: int
    ) -> int:
        try:
            channel, line = ffi.strings_of(arguments)
            self._callers[context].printed(channel.decode(), line.decode())
        except BaseException as error:  # noqa: BLE001
            return ffi.new_error(f"{type(error).__name__}: {error}")
        return 0

    def _epoch_passed(self, context: int, _data: int, ticks: int, kind: int) -> int:
        try:
            refusal = self._callers[context].overdue()
        except BaseException as error:  # noqa: BLE001
            refusal = f"{type(error).__name__}: {error}"
        if refusal:
            return ffi.new_error(refusal)
        ffi.uint64_at(ticks).value = 1
        ffi.uint8_at(kind).value = 0  # continue
        return 0

    def _self_test(self) -> None:
        store = wasmtime.Store(self._engine)
        try:
            store.set_epoch_deadline(1 << 60)
            guest = self.instantiate(store)
            function = guest.get_func(store, "call")
            if function is None:
                raise ffi.LayoutError("the engine has no function 'call'")
            ffi.self_test(ffi.make_string_call(store, function, b"__echo__"))
        finally:
            store.close()


def wasmtime_version() -> str:
    """The installed wasmtime's version, ``"48.0.0"``."""
    from importlib.metadata import version

    return version("wasmtime")
