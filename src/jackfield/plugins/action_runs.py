"""Runs of plugins' actions. Each is a job, so that whoever looks sees what was run and how it
ended, whichever face, site or event started it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jackfield.errors import Conflict
from jackfield.plugins.dialect import Running
from jackfield.plugins.job import Job
from jackfield.plugins.jobs import Jobs
from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.logs import LogLine
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.starting import Attaching

BAD_STATUSES = frozenset({"error", "failed", "fail", "failure"})


class ActionRuns:
    """Runs actions of running plugins. Thread-safe; holds no plugin while one runs."""

    def __init__(self, keeper: Keeper, services: ServiceTable, dispatcher: Attaching) -> None:
        self._keeper = keeper
        self._services = services
        self._dispatcher = dispatcher

    def run(self, slug: str, action: str, params: Mapping[str, Any]) -> Any:
        """Run it in this thread; see :meth:`Registry.run_action`."""
        entry, running = self._running(slug)
        jobs = self._services.find(Jobs)
        if jobs is None:  # a host that lends no jobs
            return self._call(running, action, params)
        job = self._open(jobs, running, action)
        return jobs.run(job, self._work(entry, running, action, params))

    def start(self, slug: str, action: str, params: Mapping[str, Any]) -> Job:
        """Run it in a thread of its own; see :meth:`Registry.start_action`."""
        entry, running = self._running(slug)
        jobs = self._services.get(Jobs)
        return jobs.start(
            self._title(running, action),
            self._work(entry, running, action, params),
            plugin=slug,
            dialect=running.spec.dialect,
        )

    def _running(self, slug: str) -> tuple[Entry, Running]:
        entry = self._keeper.get(slug)
        if (running := entry.running) is not None:
            return entry, running
        record = entry.record
        if not record.enabled:
            raise Conflict("is disabled", plugin=slug, hint="enable it first")
        if record.state == "starting":
            raise Conflict("is still being started", plugin=slug, hint="try again")
        if record.reason:
            raise Conflict(f"does not run, it is {record.state}: {record.reason}", plugin=slug)
        raise Conflict("does not run: it starts with the host", plugin=slug, hint="jackfield serve")

    def _open(self, jobs: Jobs, running: Running, action: str) -> Job:
        title = self._title(running, action)
        return jobs.open(title, plugin=running.spec.slug, dialect=running.spec.dialect)

    @staticmethod
    def _title(running: Running, action: str) -> str:
        declared = running.spec.action(action)
        return declared.label if declared is not None and declared.label else action

    def _work(
        self, entry: Entry, running: Running, action: str, params: Mapping[str, Any]
    ) -> Callable[[Job], Any]:
        def work(job: Job) -> Any:
            with _logged(entry, job):
                result = self._call(running, action, params)
            if (complaint := complaint_of(result)) is not None:
                job.fail(complaint, result)
            else:
                job.done(result, message_of(result) or None)
            return result

        return work

    def _call(self, running: Running, action: str, params: Mapping[str, Any]) -> Any:
        slug = running.spec.slug
        called = False

        def function() -> Any:
            nonlocal called
            called = True
            return running.runtime.run(action, params)

        result = self._dispatcher.call(slug, "action", function)
        if not called:
            raise Conflict("was stopped meanwhile", plugin=slug)
        return result


@contextmanager
def _logged(entry: Entry, job: Job) -> Iterator[None]:
    """What the plugin logs meanwhile stands in the job's log too."""

    def take(line: LogLine) -> None:
        job.log(line.text, line.level)

    forget = entry.log.watch(take)
    try:
        yield
    finally:
        forget()


def complaint_of(result: Any) -> str | None:
    """What went wrong, for a result that says so itself; ``None`` for a good one."""
    if not isinstance(result, Mapping):
        return None
    status = str(result.get("status", "")).lower()
    if status not in BAD_STATUSES and result.get("success") is not False:
        return None
    for key in ("error", "message", "detail"):
        if isinstance(text := result.get(key), str) and text.strip():
            return text.strip()
    return f"its result says {status}" if status else "its result says that it failed"


def message_of(result: Any) -> str:
    """The line for people in a result; empty when there is none."""
    text = result.get("message") if isinstance(result, Mapping) else None
    return text.strip() if isinstance(text, str) else ""
