"""The short way into WebAssembly: cached C structures instead of wasmtime-py's conversions.

wasmtime-py asks the C library for a function's type at each call and converts every value through
fresh objects: 40 microseconds a call. Our world has functions of strings only, so the argument
structures are made once and a call sets a length and a pointer: 3 microseconds. Sizes and offsets
come from wasmtime-py's own ctypes classes; `self_test` shows at start that they still hold.
"""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Callable
from typing import Any

from wasmtime import StoreContext, WasmtimeError, component
from wasmtime import _ffi as _wasmtime

_dll: Any = _wasmtime.dll
_Value: Any = _wasmtime.wasmtime_component_val_t
_Error: Any = _wasmtime.wasmtime_error_t
_ValuePointer: Any = ctypes.POINTER(_Value)
_ContextPointer: Any = ctypes.POINTER(_wasmtime.wasmtime_context_t)

VALUE_SIZE = ctypes.sizeof(_Value)
VALUE_BODY = int(_Value.of.offset)
STRING = int(_wasmtime.WASMTIME_COMPONENT_STRING.value)
LIST = int(_wasmtime.WASMTIME_COMPONENT_LIST.value)
RECORD = int(_wasmtime.WASMTIME_COMPONENT_RECORD.value)
U64 = int(_wasmtime.WASMTIME_COMPONENT_U64.value)
U32 = int(_wasmtime.WASMTIME_COMPONENT_U32.value)
U8 = int(_wasmtime.WASMTIME_COMPONENT_U8.value)

_WORD = ctypes.c_size_t
_ADDRESS = ctypes.c_void_p
_read_memory: Any = ctypes.string_at
_make_bytes: Any = ctypes.PYFUNCTYPE(ctypes.py_object)(
    ("PyBytes_FromStringAndSize", ctypes.pythonapi)
)
uint8_at: Any = ctypes.c_uint8.from_address
uint64_at: Any = ctypes.c_uint64.from_address


def _native(name: str, result: Any, *arguments: Any, keeps_gil: bool = False) -> Any:
    """A C function that takes plain addresses. Short ones keep the GIL: letting it go costs more
    than they take."""
    kind = ctypes.PYFUNCTYPE if keeps_gil else ctypes.CFUNCTYPE
    return kind(result, *arguments)((name, _dll))


# No argument types: they are given as ctypes objects made once, which spares their conversion.
_call: Any = _native("wasmtime_component_func_call", _WORD)
_new_bytes = _native("wasm_byte_vec_new", None, _ADDRESS, _WORD, ctypes.c_char_p, keeps_gil=True)
_new_list = _native(
    "wasmtime_component_vallist_new", None, _ADDRESS, _WORD, _ADDRESS, keeps_gil=True
)
_free_bytes: Any = _native("wasm_byte_vec_delete", None, keeps_gil=True)
_copy_record = _native(
    "wasmtime_component_valrecord_copy", None, _ADDRESS, _ADDRESS, keeps_gil=True
)
_new_error = _native("wasmtime_error_new", _ADDRESS, ctypes.c_char_p, keeps_gil=True)
increment_epoch = _native("wasmtime_engine_increment_epoch", None, _ADDRESS, keeps_gil=True)
_set_epoch_callback = _native(
    "wasmtime_store_epoch_deadline_callback",
    None, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS, keeps_gil=True,
)  # fmt: skip
_set_epoch_deadline = _native(
    "wasmtime_context_set_epoch_deadline", None, _ADDRESS, ctypes.c_uint64, keeps_gil=True
)
# What a function that the guest imports looks like to C: data, context, type, arguments, their
# number, results, their number; returns an error or 0.
HostCallback: Any = ctypes.CFUNCTYPE(_WORD, *[_WORD] * 7)
# Called when the epoch passes: context, data, &ticks to add, &kind of update.
EpochCallback: Any = ctypes.CFUNCTYPE(_WORD, *[_WORD] * 4)
_add_function = _native(
    "wasmtime_component_linker_instance_add_func",
    _ADDRESS, _ADDRESS, ctypes.c_char_p, _WORD, HostCallback, _ADDRESS, _ADDRESS,
)  # fmt: skip

_SIZED = struct.Struct("=QQ")  # wasm_byte_vec_t: size, address
_TWO_STRINGS = struct.Struct(f"={VALUE_BODY}xQQ{VALUE_SIZE - 16}xQQ")


class LayoutError(RuntimeError):
    """The installed wasmtime does not have the C layout this module was written for."""


def address_of(pointer: Any) -> int:
    """The address inside a ctypes pointer."""
    value = ctypes.cast(pointer, _ADDRESS).value
    if not value:
        raise LayoutError("wasmtime returned a null pointer")
    return int(value)


def new_error(message: str) -> int:
    """An error for a callback to return: it ends the guest's call as a trap."""
    return int(_new_error(message.replace("\x00", " ").encode("utf-8", "replace")))


def error_text(error: int) -> str:
    """The text of an error that C returned; frees it."""
    return str(WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(_Error))))  # noqa: SLF001


def make_string_call(store: Any, function: component.Func, first: bytes) -> Callable[..., bytes]:
    """``f(second, limit)``: call a guest function of two strings that returns a string.

    `first` is fixed, because it is the same in every call of one export. The returned function
    holds `store`; it must not be entered by two threads at once, nor by itself.

    The returned function raises `Trap`, `OutputTooLong`, and UnicodeDecodeError for a text that is
    not UTF-8.
    """
    first.decode()
    parameters = (_Value * 2)()
    start = ctypes.addressof(parameters)
    for index in range(2):
        parameters[index].kind = STRING
    # The C side copies parameters before use, so they may point straight at Python's bytes.
    fixed_size = _WORD.from_address(start + VALUE_BODY)
    fixed_data = ctypes.c_char_p.from_address(start + VALUE_BODY + 8)
    fixed_size.value, fixed_data.value = len(first), first
    size = _WORD.from_address(start + VALUE_SIZE + VALUE_BODY)
    data = ctypes.c_char_p.from_address(start + VALUE_SIZE + VALUE_BODY + 8)
    result = _Value()
    result_address = ctypes.addressof(result)
    result_vector = _ADDRESS(result_address + VALUE_BODY)
    result_size = _WORD.from_address(result_address + VALUE_BODY)
    result_data = _ADDRESS.from_address(result_address + VALUE_BODY + 8)
    raw = function._func  # noqa: SLF001 - the C structure behind the wrapper
    arguments = (
        _ADDRESS(ctypes.addressof(raw)),
        _ADDRESS(address_of(store._context())),  # noqa: SLF001
        _ADDRESS(start),
        _WORD(2),
        _ADDRESS(result_address),
        _WORD(1),
    )
    keep = (store, raw, parameters, result, fixed_data, first)

    def call(second: bytes, limit: int = 1 << 62, *, _keep: Any = keep) -> bytes:
        if not second.isascii():
            second.decode()  # the C side ends the process when a string is not UTF-8
        size.value = len(second)
        data.value = second
        error = _call(*arguments)
        if error:
            raise Trap(error_text(error))
        length = result_size.value
        text: bytes = b"" if length > limit else _make_bytes(result_data, result_size)
        _free_bytes(result_vector)
        if length > limit:
            raise OutputTooLong(length)
        return text

    return call


class Trap(Exception):
    """The guest was stopped; its store must not be entered again."""


class OutputTooLong(Exception):
    """The guest returned more than the caller takes. Its memory is sound."""


def strings_of(arguments: int) -> tuple[bytes, bytes]:
    """The two string arguments of a `HostCallback`."""
    size_1, data_1, size_2, data_2 = _TWO_STRINGS.unpack(_read_memory(arguments, _TWO_STRINGS.size))
    return (
        _read_memory(data_1, size_1) if size_1 else b"",
        _read_memory(data_2, size_2) if size_2 else b"",
    )


def return_string(results: int, text: bytes) -> None:
    """Store `text`, which must be UTF-8, as the result of a `HostCallback`."""
    if not text.isascii():
        text.decode()
    uint8_at(results).value = STRING
    _new_bytes(results + VALUE_BODY, len(text), text)


def return_u64(results: int, number: int) -> None:
    """Store a 64 bit number as the result of a `HostCallback`."""
    uint8_at(results).value = U64
    uint64_at(results + VALUE_BODY).value = number


def u64_of(arguments: int) -> int:
    """The first argument of a `HostCallback`, a 64 bit number."""
    return int(uint64_at(arguments + VALUE_BODY).value)


def _byte_value(number: int) -> bytes:
    value = _Value()
    value.kind = U8
    value.of.u8 = number
    return bytes(value)


_BYTE_VALUES = [_byte_value(number) for number in range(256)]


def return_bytes(results: int, content: bytes) -> None:
    """Store a ``list<u8>`` as the result of a `HostCallback`."""
    values = b"".join([_BYTE_VALUES[byte] for byte in content])
    buffer = ctypes.create_string_buffer(values, len(values) or 1)
    uint8_at(results).value = LIST
    _new_list(results + VALUE_BODY, len(content), ctypes.addressof(buffer))


class TimeRecord:
    """A prepared ``record { seconds: u64, nanoseconds: u32 }`` to return from a `HostCallback`."""

    def __init__(self) -> None:
        self._record = _wasmtime.wasmtime_component_valrecord_t()
        _wasmtime.wasmtime_component_valrecord_new_uninit(ctypes.byref(self._record), 2)
        kinds = {"seconds": U64, "nanoseconds": U32}
        for index, (name, kind) in enumerate(kinds.items()):
            self._record.data[index].name = _wasmtime.str_to_capi(name)
            self._record.data[index].val.kind = kind
        entry: Any = type(self._record.data[0])
        first = ctypes.addressof(self._record.data.contents) + entry.val.offset + VALUE_BODY
        self._seconds = uint64_at(first)
        self._nanoseconds = ctypes.c_uint32.from_address(first + ctypes.sizeof(entry))
        self._address = ctypes.addressof(self._record)
        self._lock = threading.Lock()

    def store(self, results: int, nanoseconds: int) -> None:
        """Store the time `nanoseconds` since 1970 as the result."""
        with self._lock:
            self._seconds.value, self._nanoseconds.value = divmod(nanoseconds, 1_000_000_000)
            uint8_at(results).value = RECORD
            _copy_record(results + VALUE_BODY, self._address)


_KEEP: list[Any] = []  # ctypes callbacks must outlive the native code that calls them


def add_function(place: component.LinkerInstance, name: str, callback: Callable[..., int]) -> None:
    """Define the import `name` by `callback(data, context, type, arguments, n, results, n)`.

    `callback` must not raise; it returns 0 or `new_error(...)`.
    """
    native = HostCallback(callback)
    _KEEP.append(native)
    encoded = name.encode()
    error = _add_function(address_of(place.ptr()), encoded, len(encoded), native, None, None)
    if error:
        raise WasmtimeError(error_text(error))


# wasmtime-py's conversions share a module-level set; two plugins at once would mix it up.
_conversion = threading.Lock()


def add_converted_function(
    place: component.LinkerInstance,
    name: str,
    kind: component.FuncType,
    function: Callable[..., Any],
    failed: Callable[[int, Exception], str],
) -> None:
    """Define the import `name` by ``function(context, store, *arguments)`` on Python values.

    Slower than `add_function`, for what is called rarely or has complicated types. Like
    wasmtime-py's ``add_func``, but what goes wrong stays with the plugin it went wrong for: there,
    an exception is kept in a global that another thread's call may raise.

    :param failed: gives the text of the error when `function` raised: ``failed(context, error)``.
    """
    parameters = [each for _, each in kind.params]
    result = kind.result

    def callback(_d: int, context: int, _t: int, values: int, count: int, out: int, _r: int) -> int:
        store = StoreContext(ctypes.cast(context, _ContextPointer))
        try:
            raw = (_Value * count).from_address(values) if count else ()
            with _conversion:
                arguments = [
                    each.convert_from_c(value) for each, value in zip(parameters, raw, strict=True)
                ]
            value = function(context, store, *arguments)
            if result is not None:
                with _conversion:
                    result.convert_to_c(store, value, ctypes.cast(out, _ValuePointer))
        except Exception as error:  # noqa: BLE001 - native code cannot take an exception
            return new_error(failed(context, error))
        finally:
            store._invalidate()  # noqa: SLF001
        return 0

    add_function(place, name, callback)


def watch_epoch(store: Any, callback: Any) -> None:
    """Let the `EpochCallback` decide whenever the engine's epoch advances while `store` runs."""
    _set_epoch_callback(address_of(store.ptr()), ctypes.cast(callback, _ADDRESS), None, None)
    _set_epoch_deadline(address_of(store._context()), 1)  # noqa: SLF001


def self_test(echo: Callable[[bytes], bytes]) -> None:
    """Send texts around through the guest; a layout that does not fit shows as another text.

    :raises LayoutError: naming the installed version.
    """
    if VALUE_SIZE < VALUE_BODY + 16 or ctypes.sizeof(_wasmtime.wasm_byte_vec_t) != _SIZED.size:
        raise LayoutError("wasmtime's component values have another size than expected")
    for text in (b'""', b'"x"', '"é€😀"'.encode(), b'"' + b"0123456789" * 7_000 + b'"'):
        if echo(text) != text:
            raise LayoutError("wasmtime's component values have another layout than expected")
