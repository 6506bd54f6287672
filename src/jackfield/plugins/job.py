"""One job: work in the background, as whoever does it and whoever watches it see it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from jackfield.errors import JackfieldError, JobCancelled
from jackfield.plugins.logs import LEVELS, LogLine, clean
from jackfield.plugins.view import timestamp

__all__ = ["ENDED", "STATES", "Job", "JobCancelled", "JobState", "current_job"]

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: Final = ("queued", "running", "done", "failed", "cancelled")
ENDED: Final = frozenset({"done", "failed", "cancelled"})

MAX_LINES = 1000
MAX_LOG_BYTES = 256 * 1024
"""What is kept of a job's log: the newest entries within both bounds."""
MAX_RESULT_BYTES = 1024 * 1024
"""A larger result still reaches whoever waits for it, but is not kept."""

_current: ContextVar[Job | None] = ContextVar("jackfield_job", default=None)


def current_job() -> Job | None:
    """The job whose work runs in this thread. A runtime reports through it during an action."""
    return _current.get()


class Job:
    """Work with a title, a state, progress and a log. Thread-safe; made by :class:`Jobs`.

    Reports after the end are left out, as is a second end: whoever is first says how it ended.

    :ivar id: grows by one a job.
    :ivar plugin: slug of the plugin it is done for; empty for the host's own.
    :ivar progress: from 0 to 1; ``None`` while nobody can tell.
    :ivar message: what it does now, or how it ended, in one line.
    :ivar result: what :meth:`done` was given: plain JSON.
    :ivar error: why it failed.
    :ivar failure: the exception that made it fail, in the process that ran it.
    :ivar on_cancel: called once when somebody cancels it, in that caller's thread.
    """

    def __init__(
        self,
        job_id: int,
        title: str,
        *,
        plugin: str = "",
        dialect: str = "",
        state: JobState = "queued",
        on_cancel: Callable[[], None] | None = None,
        changed: Callable[[Job], None] = lambda _job: None,
    ) -> None:
        self.id = job_id
        self.title = clean(title)
        self.plugin = plugin
        self.dialect = dialect
        self.state: JobState = state
        self.progress: float | None = None
        self.message = ""
        self.created = datetime.now(UTC)
        self.started = None if state == "queued" else self.created
        self.finished: datetime | None = None
        self.result: Any = None
        self.error = ""
        self.failure: BaseException | None = None
        self.on_cancel = on_cancel
        self._changed = changed
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._log: deque[LogLine] = deque()
        self._log_bytes = 0
        self._number = 0

    # -- for who does the work ----------------------------------------------------------------

    def begin(self) -> None:
        """It waited and is being worked on now."""
        with self._lock:
            if self.state != "queued":
                return
            self._begin()
        self._changed(self)

    def _begin(self) -> None:
        if self.state == "queued":
            self.state, self.started = "running", datetime.now(UTC)

    def report(self, progress: float | None = None, message: str | None = None) -> None:
        """Say how far it is (0 to 1, ``None`` leaves it) and what it does."""
        with self._lock:
            if self.state in ENDED:
                return
            self._begin()
            if progress is not None:
                self.progress = min(1.0, max(0.0, float(progress)))
            if message is not None:
                self.message = clean(str(message))
        self._changed(self)

    def log(self, text: str, level: str = "info") -> None:
        """Add an entry to its log."""
        with self._lock:
            if self.state in ENDED:
                return
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._number += 1
            known = level if level in LEVELS else "info"
            self._add(LogLine(self._number, now, known, clean(str(text))))
        self._changed(self)

    def _add(self, line: LogLine) -> None:
        self._log.append(line)
        self._log_bytes += len(line.text)
        while len(self._log) > MAX_LINES or self._log_bytes > MAX_LOG_BYTES:
            self._log_bytes -= len(self._log.popleft().text)

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it; the work should end then."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Call this now and then during the work.

        :raises JobCancelled: somebody cancelled it.
        """
        if self.cancelled:
            raise JobCancelled(f"job {self.id} was cancelled", plugin=self.plugin or None)

    def done(self, result: Any = None, message: str | None = None) -> None:
        """It ended well. *result* is plain JSON."""
        self._end("done", result=_plain(result), message=message)

    def fail(self, error: str | BaseException, result: Any = None) -> None:
        """It ended badly. *result* is what there is of one all the same."""
        failure = error if isinstance(error, BaseException) else None
        if isinstance(error, JackfieldError):
            text = error.message
        elif isinstance(error, BaseException):
            text = f"{type(error).__name__}: {error}".rstrip(": ")
        else:
            text = str(error)
        self._end("failed", result=_plain(result), error=clean(text), failure=failure)

    def stopped(self, error: str = "") -> None:
        """It ended because it was cancelled."""
        self._end("cancelled", error=clean(error))

    def _end(
        self,
        state: JobState,
        *,
        result: Any = None,
        error: str = "",
        message: str | None = None,
        failure: BaseException | None = None,
    ) -> None:
        with self._lock:
            if self.state in ENDED:
                return
            self.state, self.finished = state, datetime.now(UTC)
            self.result, self.error, self.failure = result, error, failure
            if message is not None:
                self.message = clean(message)
            if state == "done":
                self.progress = 1.0
        self._changed(self)
        self._ended.set()

    # -- for who watches ----------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether it is over, in whatever way."""
        return self.state in ENDED

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for its end; ``False`` after *timeout* seconds."""
        return self._ended.wait(timeout)

    def cancel(self) -> None:
        """Ask it to end; the work, or who does it elsewhere, says when it has. One that nobody
        works on yet ends at once. See :meth:`Jobs.cancel`."""
        with self._lock:
            if self.ended or self.cancelled:
                return
            self._cancelled.set()
            waits = self.state == "queued"
        if not waits:
            self.log("it is being cancelled", "warning")
        # The work takes it back as it ends, which may be now.
        if (on_cancel := self.on_cancel) is not None:
            on_cancel()
        if waits and self.state == "queued":
            self.stopped()

    def lines(self, after: int = 0) -> list[LogLine]:
        """The kept entries of its log whose number is above *after*, oldest first."""
        with self._lock:
            return [line for line in self._log if line.number > after]

    def to_dict(self) -> dict[str, Any]:
        """The job as plain JSON, without its log."""
        with self._lock:
            return {
                "id": self.id,
                "plugin": self.plugin,
                "dialect": self.dialect,
                "title": self.title,
                "state": self.state,
                "progress": self.progress,
                "message": self.message,
                "created": timestamp(self.created),
                "started": self.started and timestamp(self.started),
                "finished": self.finished and timestamp(self.finished),
                "result": self.result,
                "error": self.error,
                "cancelled": self.cancelled,
            }

    # -- for the table ------------------------------------------------------------------------

    def row(self) -> dict[str, Any]:
        """Its columns."""
        with self._lock:
            kept = self.result if _size(self.result) <= MAX_RESULT_BYTES else None
            return {
                "id": self.id,
                "plugin": self.plugin,
                "dialect": self.dialect,
                "title": self.title,
                "state": self.state,
                "progress": self.progress,
                "message": self.message,
                "created": self.created,
                "started": self.started,
                "finished": self.finished,
                "result": kept,
                "error": self.error,
                "log": [line.to_dict() for line in self._log],
            }

    @classmethod
    def from_row(cls, row: Any, log: Iterable[Mapping[str, Any]] = ()) -> Job:
        """A job of the past."""
        job = cls(row.id, row.title, plugin=row.plugin, dialect=row.dialect, state=row.state)
        job.progress, job.message, job.error = row.progress, row.message, row.error
        job.created, job.started, job.finished = row.created, row.started, row.finished
        job.result = row.result
        for line in log:
            job._add(LogLine(**line))
        if job.state == "cancelled":
            job._cancelled.set()
        if job.state in ENDED:
            job._ended.set()
        return job


def _plain(result: Any) -> Any:
    """*result* as JSON would have it, so that all who see it see the same.

    What JSON does not know is written as its text; that concerns the plugin's own habit only.
    """
    try:
        return msgspec.json.decode(msgspec.json.encode(result, enc_hook=str))
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError, OverflowError):
        return clean(repr(result))


def _size(result: Any) -> int:
    return 0 if result is None else len(msgspec.json.encode(result))
