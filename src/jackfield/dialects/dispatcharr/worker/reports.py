"""Tells the host what becomes of each task, from Celery's own signals."""

from __future__ import annotations

import traceback as tracebacks
from typing import Any

from celery import signals, states
from celery.result import AsyncResult

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker import progress, values
from jackfield.dialects.dispatcharr.worker.celery_app import is_internal

MAX_RESULT = 64 * 1024
"""Characters of a result that the host is told; a longer one stays in the result backend."""


def connect() -> None:
    """Report from now on. Once a process."""
    signals.task_prerun.connect(_started)
    signals.task_success.connect(_succeeded)
    signals.task_failure.connect(_failed)
    signals.task_retry.connect(_retried)
    signals.task_revoked.connect(_revoked)
    signals.task_postrun.connect(_after)


def disconnect() -> None:
    """Report no more; for tests."""
    signals.task_prerun.disconnect(_started)
    signals.task_success.disconnect(_succeeded)
    signals.task_failure.disconnect(_failed)
    signals.task_retry.disconnect(_retried)
    signals.task_revoked.disconnect(_revoked)
    signals.task_postrun.disconnect(_after)


def tell_again(kept: AsyncResult[Any]) -> None:
    """Tell the host how a task ended whose result is kept. The worker that ran it may have died
    between keeping the result and telling. What the host knows already does no harm."""
    if kept.state == states.SUCCESS:
        _ended(kept.id, "", states.SUCCESS, result=kept.result)
    elif kept.state in (states.FAILURE, states.REVOKED):
        error = kept.result
        said = _said(error) if isinstance(error, BaseException) else str(error)
        _ended(kept.id, "", kept.state, error=said, traceback=str(kept.traceback or ""))


def _started(task_id: str, task: Any, **_: Any) -> None:
    request = task.request
    if is_internal(task.name):
        return
    here.tell(
        "task.started",
        id=task_id,
        name=task.name,
        plugin=getattr(task, "plugin", ""),
        arguments=str(getattr(request, "argsrepr", "") or ""),
        retries=int(request.retries or 0),
    )


def _succeeded(sender: Any, result: Any, **_: Any) -> None:
    _ended(sender.request.id, sender.name, states.SUCCESS, result=result)


def _failed(sender: Any, task_id: str, exception: BaseException, **fields: Any) -> None:
    where = fields.get("traceback")
    if where is not None and not isinstance(where, str):
        where = "".join(tracebacks.format_exception(type(exception), exception, where))
    _ended(task_id, sender.name, states.FAILURE, error=_said(exception), traceback=where or "")


def _retried(sender: Any, request: Any, reason: Any, **_: Any) -> None:
    _ended(request.id, sender.name, states.RETRY, error=str(reason))


def _revoked(sender: Any, request: Any, terminated: bool, expired: bool, **_: Any) -> None:
    why = "expired" if expired else "terminated" if terminated else "revoked"
    _ended(request.id, sender.name, states.REVOKED, error=why)


def _after(task_id: str, task: Any, state: str, retval: Any, **_: Any) -> None:
    if state == states.IGNORED:
        stopped = isinstance(retval, progress.TaskCancelled)
        _ended(task_id, task.name, states.REVOKED if stopped else states.IGNORED)


def _ended(
    task_id: str,
    name: str,
    state: str,
    *,
    result: Any = None,
    error: str = "",
    traceback: str = "",
) -> None:
    if not is_internal(name):
        here.tell(
            "task.ended",
            id=task_id,
            state=state,
            result=_shown(result),
            error=error,
            traceback=traceback,
        )


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _shown(result: Any) -> Any:
    """The result as the host may keep it."""
    try:
        plain = values.to_plain(result)
    except TypeError:
        return str(result)[:MAX_RESULT]
    text = str(plain)
    return plain if len(text) <= MAX_RESULT else f"{text[:MAX_RESULT]}…"
