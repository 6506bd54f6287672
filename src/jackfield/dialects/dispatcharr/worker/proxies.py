"""Stand-ins for the plugins' tasks in the worker.

A stand-in has the name and the options of the plugin's task, so that chains, retries, limits and
results are Celery's own; its body asks the host to have the task called in the plugin's process.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from celery import Celery
from celery.app.task import Task
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from celery.utils.log import get_logger
from celery.utils.serialization import create_exception_cls

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import RemoteError
from jackfield.dialects.dispatcharr.worker import progress, values
from jackfield.dialects.dispatcharr.worker.consumer import REGISTRY
from jackfield.dialects.dispatcharr.worker.requests import ACKING

logger = get_logger(__name__)

_PASSED = (
    "retries", "eta", "expires", "timelimit", "root_id", "parent_id", "group", "group_index",
    "chain", "chord", "callbacks", "errbacks", "headers", "origin", "delivery_info",
    "correlation_id", "reply_to", "hostname", "ignore_result", "replaced_task_nesting",
    "stamps", "stamped_headers",
)  # fmt: skip
"""What of the request the plugin's ``self.request`` and ``self.retry`` read."""


class PluginGone(RuntimeError):
    """The plugin was stopped, or its process ended, while its task ran."""


class PluginTask(Task):
    """A task whose body runs in a plugin's process."""

    abstract = True
    plugin: str = ""
    Request = ACKING
    typing = False
    acks_late = True
    acks_on_failure_or_timeout = True
    throws = (PluginGone,)  # a line in the worker's log says it; a traceback would be of no use

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Have the plugin's task called; what it returned or raised."""
        request = self.request
        try:
            outcome = here.call(
                "task.run",
                plugin=self.plugin,
                name=self.name,
                args=values.to_plain(list(args)),
                kwargs=values.to_plain(kwargs),
                task_id=request.id,
                request=self._passed(request),
            )
        except RemoteError as error:
            raise PluginGone(error.message) from None
        return self._concluded(outcome)

    def interrupt(self, task_id: str, how: str) -> None:
        """End a run of this task; see :func:`plugin_tasks.interrupt`."""
        here.tell("task.interrupt", plugin=self.plugin, task_id=task_id, how=how)

    def _passed(self, request: Any) -> dict[str, Any]:
        passed = {}
        for name in _PASSED:
            value = getattr(request, name, None)
            if value:
                passed[name] = values.to_plain(value)
        return passed

    def _concluded(self, outcome: Mapping[str, Any]) -> Any:
        kind = outcome.get("outcome")
        if kind == "done":
            return values.from_plain(outcome.get("result"))
        if kind == "retry":
            # The plugin's process has sent the retry already; this only keeps its state.
            raise Retry(str(outcome.get("message", "")), when=outcome.get("when"))
        if kind == "rejected":
            raise Reject(requeue=bool(outcome.get("requeue")))
        if kind == "ignored":
            raise Ignore
        if kind == "interrupted":
            raise progress.TaskCancelled("interrupted")
        progress.log(str(outcome.get("traceback", "")))
        raise _exception(outcome)


def _exception(outcome: Mapping[str, Any]) -> BaseException:
    """The plugin's exception, or one that has its name."""
    name, module = str(outcome.get("type", "Exception")), str(outcome.get("module", ""))
    arguments = list(outcome.get("args") or [])
    if name == "SoftTimeLimitExceeded":
        return SoftTimeLimitExceeded(*arguments)
    known = getattr(builtins, name, None) if module == "builtins" else None
    if isinstance(known, type) and issubclass(known, Exception):
        try:
            return known(*arguments)
        except Exception:  # noqa: BLE001 - some take other arguments
            known = None
    made: BaseException = create_exception_cls(name, module or __name__)(*arguments)
    return made


def _stand_in(name: str, plugin: str, options: Mapping[str, Any]) -> PluginTask:
    attributes = {key: value for key, value in options.items() if value is not None}
    attributes |= {"name": name, "plugin": plugin, "abstract": False, "acks_late": True}
    made: PluginTask = type("PluginTask", (PluginTask,), {"__module__": __name__, **attributes})()
    return made


class PluginTasks:
    """The stand-ins of one worker. Thread-safe.

    :param app: where they are registered.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._of: dict[str, set[str]] = {}
        self.consumer: Any = None
        """The running consumer, told of each change; ``None`` before the worker started."""

    def know(self, plugin: str, tasks: Mapping[str, Mapping[str, Any]]) -> None:
        """From now on these are the tasks of *plugin*: name → options."""
        with REGISTRY:
            self._know(plugin, tasks)

    def _know(self, plugin: str, tasks: Mapping[str, Mapping[str, Any]]) -> None:
        for name in self._of.get(plugin, set()) - set(tasks):
            self._drop(name)
        mine = {name for name in tasks if self._is_free(name, plugin)}
        self._of[plugin] = mine
        for name in sorted(mine):
            self._app.tasks.pop(name, None)
            task = self._app.register_task(_stand_in(name, plugin, tasks[name]))
            if self.consumer is not None:
                self.consumer.know(task)

    def _is_free(self, name: str, plugin: str) -> bool:
        """Whether that plugin may have a task of that name; the first who has it keeps it."""
        task = self._app.tasks.get(name)
        if task is None or getattr(task, "plugin", "") == plugin:
            return True
        owner = getattr(task, "plugin", "") or "the application"
        logger.error("the task %s of %s is not run: %s has one of that name", name, plugin, owner)
        return False

    def forget(self, plugin: str) -> None:
        """The plugin runs no more."""
        with REGISTRY:
            for name in self._of.pop(plugin, set()):
                self._drop(name)

    def names(self) -> dict[str, list[str]]:
        """Plugin → names of its tasks."""
        with REGISTRY:
            return {plugin: sorted(names) for plugin, names in sorted(self._of.items())}

    def _drop(self, name: str) -> None:
        if getattr(self._app.tasks.get(name), "plugin", ""):
            self._app.tasks.pop(name, None)
            if self.consumer is not None:
                self.consumer.forget(name)
