"""Where the Python code of a plugin stands, read from its memory after it was stopped.

An interpreter that was stopped in mid-air cannot be asked any more. But CPython tells debuggers
where its structures lie (PEP 768), and its frames can be followed from there. All that is read is
the plugin's word: it may be anything, and at worst leads nowhere.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

COOKIE: Final = b"xdebugpy"
KNOWN_VERSION: Final = 0x030E  # 3.14: what the sandbox has
MAX_FRAMES: Final = 30
_MAX_WALK: Final = 5_000
_MAX_TEXT: Final = 400
_MAX_TABLE: Final = 1 << 16
_MAX_SHIFT: Final = 36
_OF_THE_INTERPRETER: Final = 3  # owner of a frame that is no Python code
_FIELDS: Final = (
    "free_threaded",
    "runtime.size", "runtime.finalizing", "runtime.interpreters_head",
    "interpreter.size", "interpreter.id", "interpreter.next", "interpreter.threads_head",
    "interpreter.threads_main", "interpreter.gc", "interpreter.imports_modules",
    "interpreter.sysdict", "interpreter.builtins", "interpreter.ceval_gil",
    "interpreter.gil_runtime_state", "interpreter.gil_runtime_state_enabled",
    "interpreter.gil_runtime_state_locked", "interpreter.gil_runtime_state_holder",
    "interpreter.code_object_generation", "interpreter.tlbc_generation",
    "thread.size", "thread.prev", "thread.next", "thread.interp", "thread.current_frame",
    "thread.thread_id", "thread.native_thread_id", "thread.datastack_chunk", "thread.status",
    "frame.size", "frame.previous", "frame.executable", "frame.instr_ptr", "frame.localsplus",
    "frame.owner", "frame.stackpointer", "frame.tlbc_index",
    "code.size", "code.filename", "code.name", "code.qualname", "code.linetable",
    "code.firstlineno", "code.argcount", "code.localsplusnames", "code.localspluskinds",
    "code.co_code_adaptive", "code.co_tlbc",
    "object.size", "object.ob_type",
    "type.size", "type.tp_name",
)  # fmt: skip
"""The beginning of CPython's ``_Py_DebugOffsets``, after its cookie and version."""

_BYTES_SIZE: Final = 8
_BYTES_DATA: Final = 16
_TEXT_LENGTH: Final = 8
_TEXT_STATE: Final = 16
_TEXT_DATA: Final = 20
_WIDE_TEXT_DATA: Final = 28
"""Members of objects on wasm32 that do not change within a version of Python."""

Read = Callable[[int, int], bytes]
"""``read(offset, length)`` in the plugin's memory; shorter, or empty, where there is none."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A line that was being executed."""

    file: str
    line: int
    function: str


class Unreadable(Exception):
    """What lies there is not what it should be."""


def find_runtime(read: Read, size: int) -> int | None:
    """The offset of the interpreter's own state; the same for all plugins of an engine."""
    step = 1 << 20
    for start in range(0, size, step):
        piece = read(start, step + len(COOKIE))
        at = piece.find(COOKIE)
        if at >= 0:
            return start + at
    return None


def frames(read: Read, runtime: int) -> list[Frame]:
    """What was being executed, innermost last; :data:`MAX_FRAMES` at most, empty where that
    cannot be found out.

    :param runtime: see :func:`find_runtime`.
    """
    memory = _Memory(read, runtime)
    found: list[Frame] = []
    try:
        for frame in memory.frames():
            found.append(frame)
            if len(found) >= MAX_FRAMES:
                break
    except (Unreadable, struct.error, IndexError, ValueError):
        pass
    return found[::-1]


def as_traceback(found: Sequence[Frame], own: Mapping[str, str]) -> str:
    """The text in the form of a traceback, from the plugin's first frame on; empty without one.

    :param own: the plugin's files, name → source.
    """
    first = next((at for at, one in enumerate(found) if one.file in own), None)
    if first is None:
        return ""
    lines = ["Stopped (most recent call last):"]
    for one in found[first:]:
        lines.append(f'  File "{one.file}", line {one.line}, in {one.function}')
        written = own.get(one.file, "").splitlines()[one.line - 1 : one.line]
        lines += [f"    {text.strip()}" for text in written]
    return "\n".join(lines) + "\n"


class _Memory:
    def __init__(self, read: Read, runtime: int) -> None:
        self._read = read
        self._runtime = runtime
        self._at: dict[str, int] = {}

    def frames(self) -> Iterator[Frame]:
        """Innermost first."""
        self._at = self._offsets()
        interpreter = self._pointer(self._runtime + self._at["runtime.interpreters_head"])
        thread = self._pointer(interpreter + self._at["interpreter.threads_head"])
        frame = self._pointer(thread + self._at["thread.current_frame"])
        for _ in range(_MAX_WALK):
            if not frame:
                return
            owner = self._bytes(frame + self._at["frame.owner"], 1)[0]
            if owner != _OF_THE_INTERPRETER:
                yield self._frame(frame)
            frame = self._pointer(frame + self._at["frame.previous"])

    def _offsets(self) -> dict[str, int]:
        length = len(COOKIE) + 8 * (1 + len(_FIELDS))
        raw = self._bytes(self._runtime, length)
        version, *values = struct.unpack_from(f"<{1 + len(_FIELDS)}Q", raw, len(COOKIE))
        if raw[: len(COOKIE)] != COOKIE or version >> 16 != KNOWN_VERSION:
            raise Unreadable
        return dict(zip(_FIELDS, values, strict=True))

    def _frame(self, frame: int) -> Frame:
        code = self._pointer(frame + self._at["frame.executable"]) & ~3
        kind = self._pointer(code + self._at["object.ob_type"])
        name = self._pointer(kind + self._at["type.tp_name"])
        if self._bytes(name, 5) != b"code\0":
            raise Unreadable
        instruction = self._pointer(frame + self._at["frame.instr_ptr"])
        unit = (instruction - code - self._at["code.co_code_adaptive"]) // 2
        return Frame(
            self._text(self._pointer(code + self._at["code.filename"])),
            self._line(code, unit),
            self._text(self._pointer(code + self._at["code.name"])),
        )

    def _line(self, code: int, unit: int) -> int:
        first = self._pointer(code + self._at["code.firstlineno"])
        table = self._pointer(code + self._at["code.linetable"])
        size = self._pointer(table + _BYTES_SIZE)
        if size > _MAX_TABLE:
            return first
        return line_of(self._bytes(table + _BYTES_DATA, size), first, unit)

    def _text(self, address: int) -> str:
        length = min(self._pointer(address + _TEXT_LENGTH), _MAX_TEXT)
        state = self._pointer(address + _TEXT_STATE)
        width, compact, ascii_only = state >> 2 & 7, state >> 5 & 1, state >> 6 & 1
        if not compact or width not in (1, 2, 4):
            raise Unreadable
        data = self._bytes(
            address + (_TEXT_DATA if ascii_only else _WIDE_TEXT_DATA), length * width
        )
        encoding = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[width]
        text = data.decode(encoding, "replace")
        return "".join(char if char.isprintable() and char != '"' else "?" for char in text)

    def _pointer(self, address: int) -> int:
        return int(struct.unpack("<I", self._bytes(address, 4))[0])

    def _bytes(self, address: int, length: int) -> bytes:
        found = self._read(address, length) if address >= 0 else b""
        if len(found) != length:
            raise Unreadable
        return found


def line_of(table: bytes, first: int, unit: int) -> int:
    """The line of a code unit in a location table.

    Source: CPython's ``InternalDocs/code_objects.md``.

    :param first: the line on which the code begins.
    """
    line, at, start = first, 0, 0
    while at < len(table):
        head = table[at]
        at += 1
        kind, length = head >> 3 & 15, (head & 7) + 1
        if kind < 10:
            at += 1
        elif kind < 13:
            line += kind - 10
            at += 2
        elif kind < 15:
            delta, at = _varint(table, at)
            line += -(delta >> 1) if delta & 1 else delta >> 1
            for _ in range(3 if kind == 14 else 0):
                _, at = _varint(table, at)
        start += length
        if unit < start:
            break
    return line


def _varint(table: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = table[at]
        at += 1
        value |= (byte & 63) << shift
        shift += 6
        if not byte & 64:
            return value, at
        if shift > _MAX_SHIFT:
            raise Unreadable
