"""Stopping a script when its time is up, without a check in every operation.

One thread waits for the next deadline and then raises :class:`DeadlineExceeded` *inside* the
script's thread (:mod:`jackfield.interruption`). CPython delivers that at the next jump back or
call, so the tightest loop stops; Tengo has no way to catch it.

The delivery must never hit the host. ``Deadline.lock`` sees to that: while a host function runs
(``enter_host`` to ``leave_host``) and after the run (``end``) nothing is sent, and both take back
what was sent but not delivered yet.
"""

from __future__ import annotations

import heapq
import itertools
import os
import sys
import threading
import time

from jackfield.interruption import catch_late, raise_in
from jackfield.tengo.errors import DeadlineExceeded
from jackfield.tengo.trace import MARK

_PACKAGE = __name__.rpartition(".")[0]
_RETRY_SECONDS = 0.005
_RESEND_SECONDS = 0.05
"""A signal can get lost where CPython ignores exceptions (a finalizer); then it is sent again."""

_HASTE_SECONDS = 0.02
"""So long before a deadline threads begin to take turns faster. Among busy threads the watchdog,
and then the script, would else wait for several turns of 5 ms."""
_HASTY_TURN_SECONDS = 0.0005
_CALM_SECONDS = 0.1


class Deadline:
    """When one run in one thread must end.

    :ivar reason: why it must end before its time; empty when it is only time.
    """

    __slots__ = ("at", "ended", "host", "lock", "reason", "sent", "thread")

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.thread = threading.get_ident()
        self.lock = threading.Lock()
        self.host = 0
        self.reason = ""
        self.ended = False
        self.sent = False

    def fire(self) -> float | None:
        """Send the signal if the thread is at a place for it.

        Gives in how many seconds to come back, ``None`` for never.
        """
        with self.lock:
            if self.ended:
                return None
            if not self._in_script():
                return _RETRY_SECONDS
            self.sent = True
            raise_in(self.thread, DeadlineExceeded)
            return _RESEND_SECONDS

    def expire(self, reason: str) -> None:
        """Let the time be up now, whatever it was. Called from any thread."""
        with self.lock:
            if self.ended or self.reason:
                return
            self.reason = reason
            self.at = time.monotonic()
        _watchdog.watch(self)

    def _in_script(self) -> bool:
        """Whether the thread runs the script's code, or the runtime's on its behalf.

        It may be elsewhere: in a host function, in an import, in a callback of the garbage
        collector. A host function that calls back into the script is in the script again.
        """
        frame = sys._current_frames().get(self.thread)  # noqa: SLF001 - made for such uses
        if frame is None:
            return False
        if MARK in frame.f_globals:
            return True
        return not self.host and str(frame.f_globals.get("__name__")).startswith(_PACKAGE)

    def enter_host(self) -> None:
        """A host function begins."""
        with self.lock:
            self.host += 1
            self._take_back()

    def _take_back(self) -> None:
        """Make sure, in the script's own thread, that nothing sent is delivered later."""
        if self.sent:
            self.sent = False
            catch_late(DeadlineExceeded)

    def leave_host(self) -> None:
        """A host function is over; if the time is up meanwhile, the script ends here."""
        with self.lock:
            self.host -= 1
        if not self.host and time.monotonic() >= self.at:
            raise DeadlineExceeded

    def end(self) -> None:
        """The run is over: from now on nothing is sent, and nothing sent is delivered."""
        while True:
            try:
                with self.lock:
                    self.ended = True
                    self._take_back()
                return
            except DeadlineExceeded:
                continue


class _Watchdog:
    """The thread that waits. It starts with the first deadline, and again in a forked child."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._wake = threading.Condition()
        self._queue: list[tuple[float, int, Deadline]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._usual_turn: float | None = None

    def _make_haste(self) -> None:
        self._usual_turn = sys.getswitchinterval()
        sys.setswitchinterval(min(_HASTY_TURN_SECONDS, self._usual_turn))

    def _calm_down(self) -> None:
        if self._usual_turn is not None:
            sys.setswitchinterval(self._usual_turn)
            self._usual_turn = None

    def watch(self, deadline: Deadline) -> None:
        """Fire the deadline when it is due."""
        if self._pid != os.getpid():
            self._calm_down()
            self._reset()
        with self._wake:
            entry = (deadline.at, next(self._numbers), deadline)
            heapq.heappush(self._queue, entry)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="tengo-watchdog", daemon=True
                )
                self._thread.start()
            elif self._queue[0] is entry:
                self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._queue and self._queue[0][2].ended:
                    heapq.heappop(self._queue)
                if not self._queue:
                    self._calm_down()
                    self._wake.wait()
                    continue
                wait = self._queue[0][0] - time.monotonic()
                if wait > _CALM_SECONDS:
                    self._calm_down()
                hasty = self._usual_turn is not None
                if wait > 0 and (hasty or wait > _HASTE_SECONDS):
                    self._wake.wait(wait if hasty else wait - _HASTE_SECONDS)
                    continue
                if not hasty:
                    self._make_haste()
                    continue
                _, number, deadline = heapq.heappop(self._queue)
            again = deadline.fire()
            if again is not None:
                with self._wake:
                    again += time.monotonic()
                    heapq.heappush(self._queue, (again, number, deadline))


_watchdog = _Watchdog()


def start(seconds: float) -> Deadline:
    """Watch the calling thread from now on; call ``end`` of the result when the run is over."""
    deadline = Deadline(seconds)
    _watchdog.watch(deadline)
    return deadline
