"""The worker's pool: threads that can be interrupted.

Celery's own thread pool knows neither time limits nor the end of a running task. Here a task that
is to end is told so in three ways: :func:`progress.check_cancelled` raises in it, then, when it
does not listen, an exception is raised in its thread, and a task of a plugin is interrupted in the
plugin's process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from celery.concurrency.base import apply_target
from celery.concurrency.thread import ApplyResult, TaskPool
from celery.exceptions import Ignore, SoftTimeLimitExceeded
from celery.utils.log import get_logger

from jackfield.dialects.dispatcharr.worker import progress
from jackfield.interruption import catch_late, raise_in

logger = get_logger(__name__)

GRACE_S = 3.0
"""How long a task may go on after it was asked to end, before it is interrupted."""


class Interrupted(Ignore):
    """Raised in the thread of a task that was ended from outside; its result is known already."""


class Run:
    """One task in one thread."""

    def __init__(self, name: str, task_id: str) -> None:
        self.name = name
        self.task_id = task_id
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._interrupted = False

    def begin(self) -> None:
        """The thread that calls this is the one that runs the task."""
        with self._lock:
            self._thread = threading.get_ident()

    def end(self) -> None:
        """From now on nothing is raised in this thread any more."""
        while True:
            try:
                with self._lock:
                    self._thread = None
                    if self._interrupted:
                        self._interrupted = False
                        catch_late(Interrupted)
                return
            except (Interrupted, SoftTimeLimitExceeded):
                continue  # it was on its way already

    def interrupt(self, error: type[BaseException]) -> bool:
        """Raise *error* in the thread; ``False`` when the task has ended."""
        with self._lock:
            if self._thread is None:
                return False
            self._interrupted = True
            raise_in(self._thread, error)
            return True

    @property
    def ident(self) -> int | None:
        """The thread's identifier while the task runs."""
        return self._thread


class InterruptiblePool(TaskPool):
    """Threads, with time limits and :meth:`terminate_job`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._runs: dict[int, Run] = {}
        self._runs_lock = threading.Lock()

    def on_apply(
        self,
        target: Callable[..., Any],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
        callback: Callable[..., Any] | None = None,
        accept_callback: Callable[..., Any] | None = None,
        soft_timeout: float | None = None,
        timeout: float | None = None,
        timeout_callback: Callable[[bool, float], None] | None = None,
        **_: Any,
    ) -> ApplyResult:
        """Run *target* (Celery's tracer of one task) in a thread."""
        name, task_id = (str(args[0]), str(args[1])) if args else ("", "")
        run = Run(name, task_id)

        def work() -> None:
            run.begin()
            ident = threading.get_ident()
            with self._runs_lock:
                self._runs[ident] = run
            limits = self._limits(run, soft_timeout, timeout, timeout_callback)
            try:
                apply_target(
                    target, args or (), kwargs, callback, accept_callback, getpid=lambda: ident
                )
            except Interrupted:
                logger.info("%s[%s] was interrupted", name, task_id)
            finally:
                run.end()
                for limit in limits:
                    limit.cancel()
                with self._runs_lock:
                    self._runs.pop(ident, None)
                progress.forget(task_id)

        return ApplyResult(self.executor.submit(work))

    def terminate_job(self, pid: int, signal: Any = None) -> None:  # noqa: ARG002
        """End the task that runs in the thread *pid*: ask first, then interrupt."""
        with self._runs_lock:
            run = self._runs.get(pid)
        if run is not None:
            self._stop(run, GRACE_S)

    def _stop(self, run: Run, grace: float) -> None:
        progress.cancel(run.task_id)
        if self._is_plugins(run.name):
            self._interrupt_in_plugin(run, "cancel")
            return
        timer = threading.Timer(grace, run.interrupt, (Interrupted,))
        timer.daemon = True
        timer.start()

    def _limits(
        self,
        run: Run,
        soft: float | None,
        hard: float | None,
        reached: Callable[[bool, float], None] | None,
    ) -> list[threading.Timer]:
        """Timers for the limits of one run."""

        def at_soft(seconds: float) -> None:
            if reached is not None:
                reached(True, seconds)
            if self._is_plugins(run.name):
                self._interrupt_in_plugin(run, "soft")
            else:
                run.interrupt(SoftTimeLimitExceeded)

        def at_hard(seconds: float) -> None:
            if run.ident is None:
                return
            if reached is not None:
                reached(False, seconds)
            self._stop(run, 0)

        timers = []
        for seconds, act in ((soft, at_soft), (hard, at_hard)):
            if seconds:
                timer = threading.Timer(seconds, act, (seconds,))
                timer.daemon = True
                timer.start()
                timers.append(timer)
        return timers

    def _is_plugins(self, name: str) -> bool:
        return bool(getattr(self.app.tasks.get(name), "plugin", ""))

    def _interrupt_in_plugin(self, run: Run, how: str) -> None:
        task = self.app.tasks.get(run.name)
        if task is not None:
            task.interrupt(run.task_id, how)
