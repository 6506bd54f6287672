"""The last step before the snapshot: leave the heap so that running plugins write to few pages.

Every page of the shared image that a plugin writes becomes its own, 4 KiB at a time. After the
preload the heap is full of small holes, spread over all pages, and new objects would go there.
"""

import gc

_ALIGNMENT = 16
_LARGEST_SMALL = 512
_BYTES_HEADER = 17
_MOST = 100_000


def settle():
    """Drop garbage, fill the holes, and take everything out of the garbage collector's sight."""
    gc.collect()
    _fillers.append(_fill_holes())
    gc.freeze()


_fillers = []


def _fill_holes():
    """Objects of each size the small-object allocator knows, as many as fit between others."""
    fillers = []
    # As far as the heap reaches: what lies above went into fresh memory, the holes are used up.
    top = max(id(bytes(1 << power)) for power in range(21))
    for size in range(2 * _ALIGNMENT, _LARGEST_SMALL + 1, _ALIGNMENT):
        for _ in range(_MOST):
            filler = bytes(size - _BYTES_HEADER)
            fillers.append(filler)
            if id(filler) > top:
                break
    return fillers
