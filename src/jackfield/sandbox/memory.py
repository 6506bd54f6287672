"""How much memory one plugin has.

WebAssembly memories are plain mappings of this process, but wasmtime does not tell where a
component's lies. So the guest puts a token into its memory and tells the token's address in there;
the mapping that has the token at that place is the plugin's.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S)(\S)")
_SMALLEST = 1 << 20  # the interpreter's own data alone is larger


def find(token: bytes, offset: int) -> int | None:
    """The address of the memory that holds `token` at `offset`; None when there is none."""
    for start, end in _writable_areas():
        fits = end - start >= _SMALLEST and offset + len(token) <= end - start
        if fits and ctypes.string_at(start + offset, len(token)) == token:
            return start
    return None


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
