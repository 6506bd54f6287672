"""Work in the background, whoever started it: what runs, how far it is, and how it ended.

A job lives in memory while it runs; a thread of its own writes what changed to the database, a few
times a second, so that reporting costs its caller nothing. The newest ones are kept after their
end. What a killed host left running is marked as failed when the next one starts.
"""

from __future__ import annotations

import builtins
import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from itertools import islice
from typing import Any, Final

from jackfield.errors import Conflict, InvalidInput, JackfieldError, NotFound
from jackfield.plugins import job_records
from jackfield.plugins.job import (
    ENDED,
    STATES,
    Job,
    JobCancelled,
    JobState,
    _current,
    current_job,
)
from jackfield.store import Database

__all__ = ["KEPT", "Job", "JobCancelled", "JobState", "Jobs", "current_job"]

KEPT: Final = 500
"""How many jobs are kept after their end."""
HOST_STOPPED: Final = "the host stopped"
WRITE_EVERY_S: Final = 0.2
"""How soon a new state is written, and how often at most."""
REPORT_EVERY_S: Final = 2.0
"""How soon progress and the log of a job that goes on are."""
AT_ONCE: Final = 200
"""Jobs a transaction: others want to write, too."""
CLOSE_WAIT_S: Final = 3.0

RETRY_S: Final = 5.0

_logger = logging.getLogger(__name__)


class Jobs:
    """The jobs of a host; a service. Thread-safe.

    :param kept: how many are kept after their end, newest first.
    """

    def __init__(self, db: Database, *, kept: int = KEPT) -> None:
        self._db = db
        self._kept = kept
        self._lock = threading.Condition()
        self._live: dict[int, Job] = {}
        self._dirty: dict[int, Job] = {}
        self._observers: tuple[Callable[[Job], None], ...] = ()
        self._threads: dict[int, threading.Thread] = {}
        self._stored: dict[int, JobState] = {}
        self._urgent = False
        self._writer: threading.Thread | None = None
        self._closed = False
        self._writing = threading.Lock()
        self._next = job_records.recover(db, HOST_STOPPED)

    # -- making -------------------------------------------------------------------------------

    def open(
        self,
        title: str,
        *,
        plugin: str = "",
        dialect: str = "",
        queued: bool = False,
        on_cancel: Callable[[], None] | None = None,
    ) -> Job:
        """A job whose work is done elsewhere; the caller reports, and says when it ends.

        :param queued: nobody works on it yet; :meth:`Job.begin` or a report says when.
        :param on_cancel: what makes the work end; without it one can only ask the work.
        """
        with self._lock:
            job = Job(
                self._next,
                title,
                plugin=plugin,
                dialect=dialect,
                state="queued" if queued else "running",
                on_cancel=on_cancel,
                changed=self._changed,
            )
            self._next += 1
            self._live[job.id] = job
        self._changed(job)
        return job

    def start(
        self,
        title: str,
        work: Callable[[Job], Any],
        *,
        plugin: str = "",
        dialect: str = "",
        on_cancel: Callable[[], None] | None = None,
    ) -> Job:
        """A job whose work runs in a thread of its own, from now on.

        What *work* returns is the result; what it raises is why it failed.
        """
        job = self.open(title, plugin=plugin, dialect=dialect, on_cancel=on_cancel)
        thread = threading.Thread(
            target=copy_context().run, args=(self._work, job, work),
            name=f"job-{job.id}", daemon=True,
        )  # fmt: skip
        with self._lock:
            self._threads[job.id] = thread
        thread.start()
        return job

    def _work(self, job: Job, work: Callable[[Job], Any]) -> None:
        try:
            self.run(job, work)
        except JackfieldError:
            pass  # the job says so
        except Exception as error:
            _logger.exception("job %s (%s) failed", job.id, job.title, exc_info=error)
        finally:
            with self._lock:
                self._threads.pop(job.id, None)

    def run(self, job: Job, work: Callable[[Job], Any]) -> Any:
        """Do a job's work in this thread: its end is the job's. Returns what *work* returns.

        :raises JobCancelled: it was cancelled, and *work* ended because of it.
        :raises Exception: what *work* raises.
        """
        token = _current.set(job)
        try:
            job.check()
            result = work(job)
        except BaseException as error:
            if job.cancelled:
                job.stopped("" if isinstance(error, JobCancelled) else str(error))
                raise JobCancelled(
                    f"job {job.id} was cancelled", plugin=job.plugin or None
                ) from error
            job.fail(error)
            raise
        finally:
            _current.reset(token)
        job.done(result)
        return result

    # -- looking ------------------------------------------------------------------------------

    def get(self, job_id: int | str) -> Job:
        """One job, running or kept.

        :raises NotFound: none of that id, or not any more.
        """
        try:
            number = int(job_id)
        except (TypeError, ValueError):
            number = 0
        if (job := self._live.get(number)) is not None:
            return job
        job = job_records.get(self._db, number)
        if job is None:
            raise NotFound(f"there is no job {str(job_id)!r}", hint="jackfield jobs shows all")
        return job

    def list(
        self,
        plugin: str | None = None,
        dialect: str | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> builtins.list[Job]:
        """The newest jobs first, of that plugin, dialect or state. Of those that have ended,
        the log is left out.

        :raises InvalidInput: no such state.
        """
        if state is not None and state not in STATES:
            expected = ", ".join(STATES)
            raise InvalidInput(f"expected one of {expected}, found {state!r}", field="state")
        with self._lock:
            live = dict(self._live)
        asked = {"plugin": plugin, "dialect": dialect, "state": state}
        given = {key: value for key, value in asked.items() if value is not None}
        found = [j for j in live.values() if all(getattr(j, k) == v for k, v in given.items())]
        found += job_records.search(self._db, given, limit, besides=live.keys())
        return sorted(found, key=lambda job: job.id, reverse=True)[:limit]

    def cancel(self, job_id: int | str) -> Job:
        """Ask a job to end. It may still be running afterwards, until its work notices.

        :raises NotFound: no such job.
        :raises Conflict: it has ended already.
        """
        job = self.get(job_id)
        if job.ended:
            raise Conflict(f"job {job.id} has ended already: {job.state}")
        job.cancel()
        return job

    def observe(self, observer: Callable[[Job], None]) -> Callable[[], None]:
        """Call *observer* after each change of any job, in the thread that made it.

        Returns what ends that. It must be quick; its failures are logged and harm nobody.
        """
        with self._lock:
            self._observers = (*self._observers, observer)

        def forget() -> None:
            with self._lock:
                self._observers = tuple(o for o in self._observers if o is not observer)

        return forget

    def _changed(self, job: Job) -> None:
        with self._lock:
            if not self._closed:
                self._dirty[job.id] = job
                self._urgent |= self._stored.get(job.id) != job.state
                if self._writer is None:
                    self._writer = threading.Thread(
                        target=self._keep_writing, name="jobs-writer", daemon=True
                    )
                    self._writer.start()
                self._lock.notify_all()
        for observer in self._observers:
            try:
                observer(job)
            except Exception:
                _logger.exception("an observer of the jobs failed")

    # -- keeping ------------------------------------------------------------------------------

    def _keep_writing(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._dirty or self._closed)
                self._lock.wait_for(lambda: self._urgent or self._closed, REPORT_EVERY_S)
                if self._closed:
                    return
            pause = WRITE_EVERY_S if self.flush() else RETRY_S
            with self._lock:
                if self._lock.wait_for(lambda: self._closed, pause):
                    return

    def flush(self) -> bool:
        """Write what changed; ``False`` when the disk refuses, which loses nothing yet."""
        with self._writing:
            while True:
                with self._lock:
                    chunk = dict(islice(self._dirty.items(), AT_ONCE))
                    for job_id in chunk:
                        del self._dirty[job_id]
                    self._urgent = bool(self._dirty) and self._urgent
                if not chunk:
                    return True
                try:
                    stored = self._write(list(chunk.values()))
                except Exception as error:
                    _logger.error(
                        "the state of jobs was not stored: %s", error,
                        exc_info=None if isinstance(error, JackfieldError) else error,
                    )  # fmt: skip
                    with self._lock:
                        self._dirty = {**chunk, **self._dirty}
                        self._urgent = True
                    return False
                self._forget(stored)

    def _write(self, jobs: builtins.list[Job]) -> dict[int, JobState]:
        rows = [job.row() for job in jobs]
        job_records.write(self._db, rows, kept=self._kept)
        return {row["id"]: row["state"] for row in rows}

    def _forget(self, stored: dict[int, JobState]) -> None:
        """Those that have ended and are stored as such need no memory."""
        with self._lock:
            for job_id, state in stored.items():
                if state not in ENDED:
                    self._stored[job_id] = state
                elif job_id not in self._dirty:
                    self._live.pop(job_id, None)
                    self._stored.pop(job_id, None)

    def close(self) -> None:
        """End what runs, as the host stops, and store how it ended."""
        with self._lock:
            live = [job for job in self._live.values() if not job.ended]
            threads = list(self._threads.values())
        for job in live:
            if job.state == "queued":  # nobody has begun; whoever keeps the work may go on later
                continue
            try:
                job.cancel()
            except Exception:
                _logger.exception("job %s did not let itself be cancelled", job.id)
        for thread in threads:
            thread.join(CLOSE_WAIT_S / max(1, len(threads)))
        for job in live:
            job.fail(HOST_STOPPED)
        self.flush()
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        if self._writer is not None:
            self._writer.join()
