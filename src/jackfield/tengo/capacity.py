"""How Go's ``append`` grows a slice; observable in Tengo through shared storage.

Source: Go 1.19, ``runtime/slice.go`` and ``runtime/sizeclasses.go`` (facts: thresholds and sizes).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

ARRAY_ELEMENT: Final = 16
"""Bytes an element of a Tengo array takes in Go (an interface value)."""

# fmt: off
_SIZES: Final = (
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
    352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048,
    2304, 2688, 3072, 3200, 3456, 4096, 4864, 5120, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728,
    10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    32768,
)
# fmt: on
_PAGE: Final = 8192
_DOUBLING_BELOW: Final = 256


def rounded(size: int) -> int:
    """The size of the block that Go's allocator gives for ``size`` bytes."""
    if size <= _SIZES[-1]:
        return _SIZES[bisect_left(_SIZES, size)]
    return -(-size // _PAGE) * _PAGE


def grown(capacity: int, need: int, element: int = ARRAY_ELEMENT) -> int:
    """The new capacity when a slice of ``capacity`` must hold ``need`` elements."""
    if need > 2 * capacity:
        new = need
    elif capacity < _DOUBLING_BELOW:
        new = 2 * capacity
    else:
        new = capacity
        while new < need:
            new += (new + 3 * _DOUBLING_BELOW) // 4
    return rounded(new * element) // element


_steps: list[int] = [0, 1]


def of_literal(length: int) -> int:
    """The capacity of an array that grew one element at a time from nothing to ``length``."""
    while _steps[-1] < length:
        _steps.append(grown(_steps[-1], _steps[-1] + 1))
    return _steps[bisect_left(_steps, length)]
