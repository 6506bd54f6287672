"""Raising an exception in another thread, and seeing to it that none arrives too late.

CPython delivers such an exception at the thread's next jump back or call. Whoever sends one must
be able to say "from here on, no more". Clearing what is pending (``PyThreadState_SetAsyncExc``
with ``NULL``) is no way to: CPython 3.11 would leave its flag for it set for good, every later
check of every thread would go the slow way, and a traced thread would never come out of it, with
the whole process held. So the exception is sent once more, and caught where it arrives.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import time

_set_async_exc = ctypes.pythonapi.PyThreadState_SetAsyncExc

_TRACERS = frozenset({"coverage", "bdb", "pydevd", "_pydevd_bundle"})
"""Packages whose code runs between two steps of a thread that is traced, and holds locks there."""

_LOOKS = 200
_PAUSE_S = 0.001


def raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise *error* in the thread with this identifier; nothing happens when there is none.

    Waits, for some tenths of a second at most, while the thread is inside a tracer: one that is
    left by an exception between taking its lock and giving it back stops every traced thread.
    """
    for _ in range(_LOOKS):
        if not _in_tracer(thread):
            break
        time.sleep(_PAUSE_S)
    _set_async_exc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _in_tracer(thread: int) -> bool:
    """Whether it is the code of a tracer that the thread is in."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - there is no other way to ask
    name = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] in _TRACERS


def catch_late(error: type[BaseException]) -> None:
    """Make sure that nothing sent to the calling thread is delivered later.

    Call it when nothing more can be sent. One that arrives before this begins is the caller's.

    :param error: what was sent, or a class that the caller handles like it.
    """
    with contextlib.suppress(error):
        raise_in(threading.get_ident(), error)
        for _ in range(2):  # a jump back, where it arrives at the latest
            pass
