"""How deep scripts may call, without counting calls.

A Tengo call is a Python call, and CPython counts those against its recursion limit anyway. So a run
is started just so far below that limit that ``depth`` calls fit. The limit itself is one for all
threads: it is only ever raised, never lowered.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SLACK = 40
"""Frames that operators and library functions may need at the deepest point."""
_MOST_PADDING = 20_000


def _current_depth() -> int:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - there is no other way to ask
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


def ensure(frames: int) -> int:
    """Make room for so many more frames; gives how many more than that there are."""
    needed = _current_depth() + frames + SLACK
    limit = sys.getrecursionlimit()
    if limit < needed:
        sys.setrecursionlimit(needed)
        return 0
    return limit - needed


def _padded(frames: int, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    return _padded(frames - 1, function, args) if frames > 0 else function(*args)


def call(depth: int, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Call a function that may nest ``depth`` calls and hardly more."""
    spare = ensure(depth)
    return _padded(min(spare, _MOST_PADDING), function, args)
