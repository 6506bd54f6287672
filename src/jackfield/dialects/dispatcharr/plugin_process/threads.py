"""Remembers which line of a plugin started a thread.

A thread often runs the library's code alone, such as a server's loop or a timer's wait, so that
neither its stack nor its target says whose it is once it is left behind.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from pathlib import Path
from types import FrameType

from . import blame

_STARTED_AT = "_jackfield_started_at"
_HOST = str(Path(__file__).resolve().parents[3])


def install(root: Path) -> None:
    """From now on :func:`started_at` knows of threads that the plugin in *root* starts."""
    start = threading.Thread.start

    @functools.wraps(start)
    def starting(thread: threading.Thread) -> None:
        spot = _of_plugin(sys._getframe(1), str(root))  # noqa: SLF001 - there is no other way
        if spot is not None:
            setattr(thread, _STARTED_AT, spot)
        start(thread)

    threading.Thread.start = starting  # type: ignore[assignment,method-assign]


def started_at(thread: threading.Thread) -> blame.Spot | None:
    """Where in the plugin it was started."""
    spot = getattr(thread, _STARTED_AT, None)
    return spot if isinstance(spot, blame.Spot) else None


def _of_plugin(frame: FrameType | None, root: str) -> blame.Spot | None:
    """The plugin's innermost line; ``None`` where the host starts a thread on its behalf."""
    while frame is not None:
        file = _real(frame.f_code.co_filename)
        if file.startswith(root + os.sep):
            return blame.of_frame(frame, root)
        if file.startswith(_HOST + os.sep):
            return None
        frame = frame.f_back
    return None


@functools.lru_cache(maxsize=2048)
def _real(file: str) -> str:
    return os.path.realpath(file)
