"""How much memory one plugin has.

WebAssembly memories are plain mappings of this process, but wasmtime does not tell where a
component's lies. So the guest puts a token into its memory and tells the token's address in there;
the mapping that has the token at that place is the plugin's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_MEMORY = Path("/proc/self/mem")
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S)(\S)")
_SMALLEST = 1 << 20  # the interpreter's own data alone is larger


def find(token: bytes, offset: int) -> int | None:
    """The address of the memory that holds `token` at `offset`; None when there is none.

    `offset` is the guest's word and may be anything.
    """
    if offset < 0:
        return None
    try:
        # Read through the file: another thread may unmap an area meanwhile, which is an error here
        # and the end of the process with a pointer.
        with _MEMORY.open("rb", buffering=0) as content:
            for start, end in _writable_areas():
                fits = end - start >= _SMALLEST and offset + len(token) <= end - start
                if fits and _read(content.fileno(), start + offset, len(token)) == token:
                    return start
    except OSError:
        pass
    return None


def _read(descriptor: int, address: int, length: int) -> bytes:
    try:
        return os.pread(descriptor, length, address)
    except (OSError, OverflowError):
        return b""


@contextmanager
def reading(start: int) -> Iterator[Callable[[int, int], bytes]]:
    """Lends what reads from the memory that begins at `start`: ``read(offset, length)``, which
    gives less, or nothing, beyond its end."""
    size = size_at(start)
    try:
        content = _MEMORY.open("rb", buffering=0)
    except OSError:
        yield lambda _offset, _length: b""
        return
    with content:

        def read(offset: int, length: int) -> bytes:
            length = min(length, size - offset)
            if offset < 0 or length <= 0:
                return b""
            return _read(content.fileno(), start + offset, length)

        yield read


def size_at(address: int) -> int:
    """The bytes mapped from `address` on, 0 when nothing is."""
    return next((end - start for start, end in _writable_areas() if start == address), 0)


def _writable_areas() -> list[tuple[int, int]]:
    """Readable and writable areas of this process: start and end, neighbours joined."""
    areas: list[tuple[int, int]] = []
    try:
        lines = _MAPS.read_text().splitlines()
    except OSError:
        return areas
    for line in lines:
        found = _MAPPING.match(line)
        if found is None or found[3] != "r" or found[4] != "w":
            continue
        start, end = int(found[1], 16), int(found[2], 16)
        if areas and areas[-1][1] == start:
            areas[-1] = (areas[-1][0], end)
        else:
            areas.append((start, end))
    return areas
