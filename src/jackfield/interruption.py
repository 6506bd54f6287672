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
import threading

_set_async_exc = ctypes.pythonapi.PyThreadState_SetAsyncExc


def raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise *error* in the thread with this identifier; nothing happens when there is none."""
    _set_async_exc(ctypes.c_ulong(thread), ctypes.py_object(error))


def catch_late(error: type[BaseException]) -> None:
    """Make sure that nothing sent to the calling thread is delivered later.

    Call it when nothing more can be sent. One that arrives before this begins is the caller's.

    :param error: what was sent, or a class that the caller handles like it.
    """
    with contextlib.suppress(error):
        raise_in(threading.get_ident(), error)
        for _ in range(2):  # a jump back, where it arrives at the latest
            pass
