"""Ending a script that holds too much memory, without counting what it allocates.

One thread looks now and then at how much this process has. Only when that has grown by what a run
may hold does it look at the run's own values; a run that holds too much ends as if its time were
up (see :mod:`~jackfield.tengo.watchdog`). So scripts pay nothing, and the bound is approximate: a
script may hold more for some hundredths of a second, and what the process had freed before but not
returned to the system may be used unnoticed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from jackfield.tengo.footprint import live_bytes, roots_of
from jackfield.tengo.watchdog import Deadline

LOOK_SECONDS = 0.02
WITHOUT_SIZE_SECONDS = 0.5
"""Between looks at each run's values, on systems that do not tell a process's size."""

REASON = "memory limit exceeded"
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def process_bytes() -> int | None:
    """Memory of this process that is in use; ``None`` where the system does not say."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return None


@dataclass(slots=True)
class _Run:
    deadline: Deadline
    limit: int
    look_at: int | None = field(default=None)
    """The size of the process at which its values are looked at."""


class _Watch:
    """The thread that looks. It starts with the first run, and again in a forked child."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._wake = threading.Condition()
        self._runs: list[_Run] = []
        self._thread: threading.Thread | None = None

    def add(self, run: _Run) -> None:
        """Watch a run until its deadline has ended."""
        if self._pid != os.getpid():
            self._reset()
        with self._wake:
            self._runs.append(run)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="tengo-memory", daemon=True)
                self._thread.start()
            elif len(self._runs) == 1:
                self._wake.notify()

    def _look(self) -> None:
        while True:
            with self._wake:
                self._runs = [run for run in self._runs if not run.deadline.ended]
                if not self._runs:
                    self._wake.wait()
                    continue
                runs = list(self._runs)
            size = process_bytes()
            for run in runs:
                self._judge(run, size)
            time.sleep(WITHOUT_SIZE_SECONDS if size is None else LOOK_SECONDS)

    @staticmethod
    def _judge(run: _Run, size: int | None) -> None:
        if size is not None:
            if run.look_at is None:
                run.look_at = size + run.limit // 2
            if size < run.look_at:
                return
        frame = sys._current_frames().get(run.deadline.thread)  # noqa: SLF001 - made for such uses
        held = live_bytes(roots_of(frame), run.limit)
        if held > run.limit:
            run.deadline.expire(REASON)
        elif size is not None:
            run.look_at = size + max(run.limit - held, run.limit // 4) // 2


_watch = _Watch()


def start(deadline: Deadline, limit: int) -> None:
    """Watch the run of *deadline*, which may hold *limit* bytes, until it ends."""
    _watch.add(_Run(deadline, limit))
