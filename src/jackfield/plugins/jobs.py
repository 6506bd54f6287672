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
from typing import Any, Final

from sqlalchemy import delete, func, select

from jackfield.errors import Conflict, InvalidInput, JackfieldError, NotFound
from jackfield.plugins.job import (
    STATES,
    Job,
    JobCancelled,
    JobState,
    _current,
    current_job,
)
from jackfield.store import Database
from jackfield.store.tables.jobs import JobRow

__all__ = ["KEPT", "Job", "JobCancelled", "JobState", "Jobs", "current_job"]

KEPT: Final = 500
"""How many jobs are kept after their end."""
HOST_STOPPED: Final = "the host stopped"
WRITE_EVERY_S: Final = 0.2
CLOSE_WAIT_S: Final = 3.0

RETRY_S: Final = 5.0

_WITHOUT_LOG = [column for column in JobRow.__table__.columns if column.name != "log"]
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
        self._writer: threading.Thread | None = None
        self._closed = False
        self._writing = threading.Lock()
        self._next = self._recover()

    def _recover(self) -> int:
        """Mark what a killed host left; return the first free id."""
        with self._db.begin() as session:
            left = select(JobRow).where(JobRow.state.in_(("queued", "running")))
            for row in session.scalars(left):
                row.state, row.error = "failed", HOST_STOPPED
                row.finished = row.started or row.created
            return (session.scalar(select(func.max(JobRow.id))) or 0) + 1

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
        with self._db.read() as session:
            row = session.get(JobRow, number) if 0 < number < 2**31 else None
        if row is None:
            raise NotFound(f"there is no job {str(job_id)!r}", hint="jackfield jobs shows all")
        return Job.from_row(row, row.log)

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
        asked = {key: value for key, value in asked.items() if value is not None}
        found = [j for j in live.values() if all(getattr(j, k) == v for k, v in asked.items())]
        query = select(*_WITHOUT_LOG).where(JobRow.id.not_in(live))
        query = query.where(*(getattr(JobRow, key) == value for key, value in asked.items()))
        query = query.order_by(JobRow.id.desc()).limit(limit)
        with self._db.read() as session:
            found += [Job.from_row(row) for row in session.execute(query)]
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
                if self._closed:
                    return
            pause = WRITE_EVERY_S if self.flush() else RETRY_S
            with self._lock:
                if self._lock.wait_for(lambda: self._closed, pause):
                    return

    def flush(self) -> bool:
        """Write what changed; ``False`` when the disk refuses, which loses nothing yet."""
        with self._writing:
            with self._lock:
                dirty, self._dirty = self._dirty, {}
            if not dirty:
                return True
            ended = [job.id for job in dirty.values() if job.ended]
            try:
                with self._db.begin() as session:
                    for job in dirty.values():
                        session.merge(JobRow(**job.row()))
                    if ended:
                        session.flush()
                        newest = select(JobRow.id).order_by(JobRow.id.desc())
                        oldest = session.scalar(newest.offset(self._kept).limit(1))
                        gone = delete(JobRow).where(JobRow.id <= (oldest or 0))
                        session.execute(gone.where(JobRow.finished.is_not(None)))
            except JackfieldError as error:
                _logger.error("the state of jobs was not stored: %s", error)
                with self._lock:
                    self._dirty = {**dirty, **self._dirty}
                return False
            with self._lock:
                for job_id in ended:
                    if job_id not in self._dirty:
                        self._live.pop(job_id, None)
            return True

    def close(self) -> None:
        """End what runs, as the host stops, and store how it ended."""
        with self._lock:
            live = [job for job in self._live.values() if not job.ended]
            threads = list(self._threads.values())
        for job in live:
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
