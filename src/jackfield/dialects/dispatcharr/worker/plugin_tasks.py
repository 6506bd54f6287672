"""A plugin's own tasks, in the plugin's process.

The worker does not import plugins. It holds a stand-in for each task (:mod:`proxies`) and has the
task itself called here, where the plugin's modules, settings and third-party packages are.

Source: dispatcharr spec 4.3 (seven of the known plugins bring tasks of their own).
"""

from __future__ import annotations

import threading
import traceback as tracebacks
from collections.abc import Iterable, Mapping
from typing import Any

from celery import current_app
from celery.app.task import Context, Task
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker import progress, values
from jackfield.dialects.dispatcharr.worker.celery_app import TASK_MODULES, is_internal
from jackfield.dialects.dispatcharr.worker.pool import Interrupted, Run

Outcome = dict[str, Any]
"""How a run ended: ``{"outcome": "done", "result": …}``, ``"failed"`` with ``type``, ``module``,
``message``, ``args`` and ``traceback``, ``"retry"`` with ``message`` and ``when``, ``"ignored"``,
``"rejected"`` with ``requeue``, or ``"interrupted"``."""

GRACE_S = 3.0
"""How long a cancelled task may go on before an exception is raised in its thread."""

OPTIONS = ("max_retries", "default_retry_delay", "ignore_result", "rate_limit", "acks_late",
           "time_limit", "soft_time_limit", "expires", "priority")  # fmt: skip
"""What the worker must know of a task to treat it as Celery does."""

_runs: dict[str, Run] = {}
_lock = threading.Lock()


def names_of(modules: Iterable[str]) -> list[str]:
    """Names of the tasks that modules of these names, or below them, have registered; sorted."""
    return sorted(described(modules))


def described(modules: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """The plugin's tasks: name → :data:`OPTIONS` that are set.

    :param modules: only those of these modules and what lies below them; every one that is not
        the application's own when empty.
    """
    wanted = tuple(modules)
    current_app.finalize(auto=True)
    return {
        name: _options(task)
        for name, task in sorted(current_app.tasks.items())
        if not is_internal(name) and not name.startswith("celery.") and _is_plugins(task, wanted)
    }


def _is_plugins(task: Task, modules: tuple[str, ...]) -> bool:
    module = str(getattr(task.run, "__module__", "") or type(task).__module__)
    if modules:
        return any(module == name or module.startswith(f"{name}.") for name in modules)
    return module not in TASK_MODULES and module.partition(".")[0] not in (
        "apps", "core", "dispatcharr", "celery", "jackfield", "django_celery_beat",
    )  # fmt: skip


def _options(task: Task) -> dict[str, Any]:
    found = {}
    for name in OPTIONS:
        value = getattr(task, name, None)
        if value is None or isinstance(value, bool | int | float | str):
            found[name] = value
    return found


def run(
    name: str,
    args: list[Any],
    kwargs: dict[str, Any],
    task_id: str,
    request: Mapping[str, Any] | None = None,
) -> Outcome:
    """Call the task and say how it ended. What it raises is an outcome, never an exception.

    :param args: as :func:`values.to_plain` gave them; *kwargs* too.
    :param request: what the task may read as ``self.request``; plain JSON.
    :raises LookupError: no task of that name is registered here.
    """
    task = current_app.tasks.get(name)
    if task is None:
        raise LookupError(f"no task named {name} is registered in this process")
    given, named = values.from_plain(args), values.from_plain(kwargs)
    one = Run(name, task_id)
    with _lock:
        _runs[task_id] = one
    one.begin()
    try:
        with progress.of_task(task_id):
            return _called(task, given, named, task_id, request or {})
    except Interrupted:
        return {"outcome": "interrupted"}
    finally:
        one.end()
        with _lock:
            _runs.pop(task_id, None)
        _close_connections()


def _called(
    task: Task,
    args: list[Any],
    kwargs: dict[str, Any],
    task_id: str,
    request: Mapping[str, Any],
) -> Outcome:
    context = {
        **request,
        "id": task_id,
        "task": task.name,
        "args": args,
        "kwargs": kwargs,
        "is_eager": False,
        "called_directly": False,
    }
    task.push_request(**{key: value for key, value in context.items() if _in_context(key)})
    status, result, info = "FAILURE", None, None
    try:
        try:
            task.before_start(task_id, args, kwargs)
            result = task.run(*args, **kwargs)
            outcome = {"outcome": "done", "result": values.to_plain(result)}
        except Retry as retry:
            task.on_retry(retry, task_id, args, kwargs, None)
            return {"outcome": "retry", "message": str(retry), "when": _when(retry.when)}
        except Reject as rejected:
            if isinstance(rejected.reason, Exception):  # Celery's own: it could not be sent again
                raised = rejected.reason
                return _failed(raised, "".join(tracebacks.format_exception(raised)))
            return {"outcome": "rejected", "requeue": bool(rejected.requeue)}
        except Interrupted:
            raise
        except Ignore:
            return {"outcome": "ignored"}
        except BaseException as error:  # noqa: BLE001 - SystemExit of a plugin is a failure, too
            result, info = error, "".join(tracebacks.format_exception(error))
            outcome = _failed(error, info)
            task.on_failure(error, task_id, args, kwargs, info)
        else:
            status = "SUCCESS"
            task.on_success(result, task_id, args, kwargs)
        task.after_return(status, result, task_id, args, kwargs, info)
        return outcome
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - one of its own handlers failed
        return _failed(error, "".join(tracebacks.format_exception(error)))
    finally:
        task.pop_request()


def _failed(error: BaseException, traceback: str) -> Outcome:
    return {
        "outcome": "failed",
        "type": type(error).__name__,
        "module": type(error).__module__,
        "message": str(error),
        "args": _arguments(error),
        "traceback": traceback,
    }


def _arguments(error: BaseException) -> list[Any]:
    try:
        plain: list[Any] = values.to_plain(list(error.args))
    except TypeError:
        return [str(error)]
    return plain


def _when(when: Any) -> Any:
    return when if isinstance(when, int | float) or when is None else str(when)


def _in_context(key: str) -> bool:
    return hasattr(Context, key) or key in ("parent_id", "task")


def interrupt(task_id: str, how: str) -> bool:
    """End a running task of this process.

    :param how: ``soft`` raises ``SoftTimeLimitExceeded`` in it; ``cancel`` lets
        :func:`progress.check_cancelled` raise, and interrupts it a while later.
    :returns: whether it was running.
    """
    with _lock:
        one = _runs.get(task_id)
    if one is None:
        return False
    if how == "soft":
        return one.interrupt(SoftTimeLimitExceeded)
    progress.cancel(task_id)
    timer = threading.Timer(GRACE_S, one.interrupt, (Interrupted,))
    timer.daemon = True
    timer.start()
    return True


def announce(modules: Iterable[str] = ()) -> list[str]:
    """Tell the host which tasks this plugin offers; their names. Call it whenever the plugin's code
    may have registered some: after it was loaded, and after each action.
    """
    global _announced
    known = described(modules)
    if known != _announced:
        _announced = known
        here.tell("tasks.offered", plugin=here.plugin, tasks=known)
    return sorted(known)


_announced: dict[str, dict[str, Any]] = {}


def _close_connections() -> None:
    from django.db import close_old_connections, connection

    if not connection.in_atomic_block:
        close_old_connections()
