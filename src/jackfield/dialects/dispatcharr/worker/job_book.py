"""Tasks as jobs: what the processes say of their tasks, shown and cancelled like any job.

Whoever sends a task hears its id from Celery; the host shows a job with a number. This book knows
which is which.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from jackfield.plugins.jobs import Job, Jobs

DIALECT = "dispatcharr"

MAX_ARGUMENTS = 80
"""Characters of a task's arguments that a job's title shows."""


class JobBook:
    """The jobs of tasks that have not ended. Thread-safe.

    :param jobs: the host's jobs; ``None`` keeps no account at all.
    :param cancel: ends the task of an id, called when somebody cancels its job.
    """

    def __init__(self, jobs: Jobs | None, cancel: Callable[[str], None]) -> None:
        self._jobs = jobs
        self._cancel = cancel
        self._lock = threading.Lock()
        self._of: dict[str, Job] = {}

    # -- tasks ----------------------------------------------------------------------------------

    def sent(self, task_id: str, name: str, arguments: str = "", plugin: str = "") -> Job | None:
        """A task was sent: it has a job that waits. The same one for a task that is sent again."""
        if self._jobs is None:
            return None
        with self._lock:
            job = self._of.get(task_id)
            if job is None or job.ended:
                job = self._jobs.open(
                    titled(name, arguments),
                    plugin=plugin,
                    dialect=DIALECT,
                    queued=True,
                    on_cancel=lambda: self._cancel(task_id),
                )
                self._of[task_id] = job
            return job

    def started(self, task_id: str, name: str, arguments: str, plugin: str, retries: int) -> None:
        """A task has begun; one that nobody announced gets its job now."""
        job = self.sent(task_id, name, arguments, plugin)
        if job is not None:
            job.begin()
            if retries:  # or else there is nothing to say: the task itself may have spoken already
                job.report(message=f"try {retries + 1}")

    def ended(
        self, task_id: str, state: str, result: Any = None, error: str = "", traceback: str = ""
    ) -> None:
        """A task has ended, or is to be tried again.

        :param state: Celery's: ``SUCCESS``, ``FAILURE``, ``RETRY``, ``REVOKED``, ``IGNORED``.
        """
        job = self.of(task_id)
        if job is None:
            return
        if state == "RETRY":
            job.report(message=f"is tried again: {error}")
            return
        if traceback:
            job.log(traceback.rstrip(), "error")
        if state in ("SUCCESS", "IGNORED"):
            job.done(result)
        elif state == "REVOKED":
            job.stopped("" if error in ("revoked", "terminated") else error)
        else:
            job.fail(error or state)
        self._forget(task_id)

    def of(self, known: int | str) -> Job | None:
        """The job of a task's id, or of its own number; ``None`` when it has ended or is not
        known."""
        with self._lock:
            job = self._of.get(str(known))
        if job is None and self._jobs is not None and str(known).isdigit():
            job = self._jobs.get(int(known))
        return None if job is None or job.ended else job

    def _forget(self, task_id: str) -> None:
        with self._lock:
            self._of.pop(task_id, None)

    # -- what the processes ask -----------------------------------------------------------------

    def open(self, title: str, plugin: str = "", task_id: str = "") -> int:
        """A job for work that a child does by itself; its number, or 0 without an account."""
        if self._jobs is None:
            return 0
        job = self._jobs.open(title, plugin=plugin, dialect=DIALECT)
        with self._lock:
            self._of[task_id or str(job.id)] = job
        return job.id

    def report(
        self,
        id: int | str,  # noqa: A002 - the message's own name for it
        progress: float | None = None,
        message: str | None = None,
        log: str = "",
    ) -> None:
        """How far a job is. One that has ended, or that nobody knows, is passed over."""
        job = self.of(id)
        if job is None:
            return
        if progress is not None or message is not None:
            job.report(progress, message)
        if log:
            job.log(log)

    def end(
        self,
        id: int | str,  # noqa: A002
        state: str = "done",
        result: Any = None,
        error: str = "",
    ) -> None:
        """End a job that :meth:`open` made; *state* is ``done``, ``failed`` or ``cancelled``."""
        job = self.of(id)
        if job is None:
            return
        if state == "done":
            job.done(result)
        elif state == "cancelled":
            job.stopped(error)
        else:
            job.fail(error or "failed", result)
        self._forget(str(id))


def titled(name: str, arguments: str = "") -> str:
    """A task with its arguments, as short as a line allows."""
    if arguments in ("", "()", "[]"):
        return name
    inner = arguments[1:-1].rstrip(",") if arguments[0] in "([" else arguments
    if len(inner) > MAX_ARGUMENTS:
        inner = f"{inner[: MAX_ARGUMENTS - 1]}…"
    return f"{name}({inner})"
