"""What a plugin keeps between requests: one value, shared by all its scripts and clients.

The value is kept by reference (D13): later changes through either name are seen by both. So its
size is judged when it is stored, and again after each run that had it in its hands.
"""

from __future__ import annotations

import threading
from types import FunctionType
from typing import Any

from jackfield.tengo import Bytes, ErrorValue, ImmutableArray, ImmutableMap, TengoString, Undefined
from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.values import raw_bytes

_ENTRY = 64
"""What a value costs apart from its text, about."""


class MemoryFull(Exception):
    """The value is larger than a plugin may keep."""


class Memory:
    """The slot of one plugin. Thread-safe.

    :param cap: most bytes, as :func:`measure` counts.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._lock = threading.Lock()
        self._value: Any = Undefined
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes, as they were last measured."""
        return self._size

    def read(self) -> Any:
        """The value itself; ``Undefined`` before the first write."""
        with self._lock:
            return self._value

    def write(self, value: Any) -> None:
        """Keep *value* instead.

        :raises MemoryFull: it is too large; what was kept before stays.
        """
        size = self._measured(value)
        with self._lock:
            self._value, self._size = value, size

    def check(self) -> None:
        """Measure again, after scripts could change what is kept.

        :raises MemoryFull: it has grown too large, and is gone.
        """
        value = self.read()
        try:
            size = self._measured(value)
        except MemoryFull:
            with self._lock:
                if self._value is value:
                    self._value, self._size = Undefined, 0
            raise
        with self._lock:
            if self._value is value:
                self._size = size

    def clear(self) -> None:
        """Forget the value."""
        with self._lock:
            self._value, self._size = Undefined, 0

    def _measured(self, value: Any) -> int:
        size = measure(value, self._cap)
        if size > self._cap:
            raise MemoryFull(f"server.memory keeps at most {self._cap:,} bytes")
        return size


def measure(value: Any, enough: int) -> int:
    """About how many bytes *value* holds; stops counting beyond *enough*."""
    size = 0
    seen: set[int] = set()
    waiting = [value]
    while waiting and size <= enough:
        one = waiting.pop()
        size += _ENTRY
        kind = type(one)
        if kind is str:
            size += len(one) if one.isascii() else len(raw_bytes(one))
        elif kind is TengoString:
            size += len(one)
        elif kind is Bytes:
            if id(one.buf) not in seen:
                seen.add(id(one.buf))
                size += len(one.buf)
        elif kind in _CONTAINERS and id(one) not in seen:
            seen.add(id(one))
            waiting += _inside(one)
    return size


_CONTAINERS = frozenset(
    {list, ArrayView, dict, ImmutableArray, ImmutableMap, ErrorValue, FunctionType}
)


def _inside(value: Any) -> list[Any]:
    kind = type(value)
    if kind is dict:
        return [*list(value.keys()), *list(value.values())]
    if kind is ImmutableMap:
        return [value.map]
    if kind is ErrorValue:
        return [value.value]
    if kind is FunctionType:
        return _held(value)
    return list(elements(value))


def _held(function: Any) -> list[Any]:
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not bound yet
            continue
    return found
