"""What a running task says of itself, and whether it shall go on.

Tasks call :func:`report`, :func:`log` and :func:`check_cancelled`; the host shows them as the job
(``jackfield jobs``). Outside a task they do nothing, so that the same function can be called
directly.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from celery import current_task
from celery.exceptions import Ignore

from jackfield.dialects.dispatcharr.processes import here

_lock = threading.Lock()
_cancelled: set[str] = set()
_task: contextvars.ContextVar[str] = contextvars.ContextVar("task", default="")


class TaskCancelled(Ignore):
    """Raised by :func:`check_cancelled`: somebody cancelled this task."""


def task_id() -> str:
    """The task that this thread runs; empty outside one."""
    if known := _task.get():
        return known
    request = getattr(current_task, "request", None) if current_task else None
    if request is None or request.called_directly:
        return ""
    return str(request.root_id if request.is_eager else request.id or "")


def report(progress: float | None = None, message: str | None = None) -> None:
    """Say how far this task is.

    :param progress: 0 to 1; ``None`` leaves it as it was.
    :param message: what is being done, for people; ``None`` leaves it as it was.
    """
    if known := task_id():
        here.tell("job.report", id=known, progress=progress, message=message)


def log(text: str) -> None:
    """Add lines to this task's log."""
    if known := task_id():
        here.tell("job.report", id=known, log=text)


def cancelled() -> bool:
    """Whether somebody cancelled this task."""
    known = task_id()
    with _lock:
        return bool(known) and known in _cancelled


def check_cancelled() -> None:
    """Call it now and then in a loop.

    :raises TaskCancelled: somebody cancelled this task. Let it through.
    """
    if cancelled():
        raise TaskCancelled("cancelled")


def cancel(task: str) -> None:
    """Make :func:`check_cancelled` raise in that task."""
    with _lock:
        _cancelled.add(task)


def forget(task: str) -> None:
    """That task has ended."""
    with _lock:
        _cancelled.discard(task)


@contextmanager
def of_task(task: str) -> Iterator[None]:
    """What this thread does inside the block belongs to that task."""
    token = _task.set(task)
    try:
        yield
    finally:
        _task.reset(token)
        forget(task)
