"""The host's side of background work: keeps what was sent, feeds the worker, shows jobs.

Imports neither Celery nor Django. See :mod:`the package <jackfield.dialects.dispatcharr.worker>`
for a task's whole way.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from jackfield.dialects.dispatcharr.processes.link import Link, LinkClosed, RemoteError
from jackfield.dialects.dispatcharr.worker.job_book import JobBook
from jackfield.dialects.dispatcharr.worker.ledger import Entry, Ledger, entry_of, queue_of
from jackfield.errors import Conflict, JackfieldError, Unavailable
from jackfield.plugins.jobs import Jobs

_logger = logging.getLogger(__name__)

FILE = "tasks.db"
"""In the home: what was sent and has not run."""

BATCH = 200
"""Messages that the worker is given in one go."""

RETRY_S = 1.0
"""How long to wait after the worker or the broker could not be reached."""

COMPARE_S = 60.0
"""How often it is looked whether Redis still has what it was given."""

LOST_S = 5.0
"""What Redis does not have twice, this long apart, is lost: a message on its way from it to a
worker is in neither place for a moment, and so is one whose end was not yet told."""

UNKNOWN_S = 24 * 3600.0
"""How long a task waits for a plugin that offers it."""

PUT_S = 60.0

METHODS = (
    "task.publish", "task.defer", "task.send", "task.revoke", "task.control", "task.started",
    "task.ended", "task.acked", "task.run", "task.interrupt", "tasks.offered", "broker.state",
    "worker.wanted", "job.open", "job.report", "job.end",
)  # fmt: skip
"""What the processes beside the host may ask of :class:`Tasks`."""

TaskOptions = Mapping[str, Mapping[str, Any]]

Say = Callable[[str, str], None]
"""Called with level and text."""


class WorkerProcess(Protocol):
    """What is needed of the worker's process (:class:`processes.child.Child` is one)."""

    @property
    def link(self) -> Link: ...

    @property
    def alive(self) -> bool: ...

    def on_exit(self, call: Callable[[Any], None]) -> None: ...


class Tasks:
    """Background work of one host. Thread-safe.

    :param home: the dialect's home; the ledger lies in it.
    :param jobs: where tasks are shown.
    :param worker: starts the worker if need be, and returns it ready.
    :param run_in_plugin: plugin, method, parameters → what its process answers.
    :param broker: the broker's URL without its password, for messages; empty for the memory.
    :param say: what an operator should know; goes to the log without it.
    """

    def __init__(
        self,
        home: Path,
        jobs: Jobs | None,
        *,
        worker: Callable[[], object],
        run_in_plugin: Callable[..., Any],
        broker: str = "",
        say: Say | None = None,
    ) -> None:
        self._start_worker = worker
        self._run_in_plugin = run_in_plugin
        self._broker = broker
        self._say = say or _to_log
        self.book = JobBook(jobs, self._cancelled)
        self._ledger = Ledger(home / FILE)
        self._lock = threading.Condition()
        self._worker: WorkerProcess | None = None
        self._host_tasks: frozenset[str] = frozenset()
        self._plugin_tasks: dict[str, dict[str, dict[str, Any]]] = {}
        self._told_waiting: set[str] = set()
        self._broken = ""
        self._closed = False
        self._wanted = False
        self._pending = False
        self._away = False
        self._absent: set[str] = set()
        self._compare_at = 0.0
        self._recover()
        self._pending = bool(self._ledger.all("waiting"))
        self._thread = threading.Thread(target=self._feed, name="tasks", daemon=True)
        self._thread.start()

    def _recover(self) -> None:
        """What an earlier run of this host left: what waited goes on, what ran has failed."""
        for entry in self._ledger.all():
            if self._broker and entry.state != "waiting":
                self._announce(entry)  # Redis has it, or a worker elsewhere
            elif entry.state == "running":
                self._ledger.remove(entry.key)  # its job says so already
                self._say("warning", f"the task {entry.name} ran as the host ended; it has failed")
            else:
                self._ledger.mark([entry], "waiting")
                if (job := self._announce(entry)) is not None:
                    job.log("it was sent before the host was started again")

    # -- what the processes ask -----------------------------------------------------------------

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """What answers the messages of every process beside the host."""
        return {
            "task.publish": self.publish,
            "task.defer": self.publish,
            "task.send": self.send,
            "task.revoke": self.revoke,
            "task.control": self.control,
            "task.started": self._started,
            "task.ended": self._ended,
            "task.acked": self._acked,
            "task.run": self._run,
            "task.interrupt": self._interrupt,
            "tasks.offered": self.know,
            "broker.state": self._broker_state,
            "worker.wanted": self.want_worker,
            "job.open": self.book.open,
            "job.report": self.book.report,
            "job.end": self.book.end,
        }

    def publish(self, message: dict[str, Any], plugin: str = "") -> None:
        """Take a message that Celery made. It is safe when this returns.

        :raises ValueError: it is none of a task.
        :raises SurroundingsError: it could not be written down.
        """
        entry = entry_of(message, plugin)
        if self._waits_already(entry):
            return
        self._ledger.put(entry)
        self._announce(entry)
        with self._lock:
            self._pending = True
            self._lock.notify_all()

    def send(
        self,
        name: str,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> str:
        """Have a task run, as ``app.send_task`` does; its id.

        :param args: plain JSON; *kwargs* and *options* (``countdown``, ``queue``, …) too.
        :raises Unavailable: the worker does not start.
        """
        return str(
            self._ready_worker().link.call(
                "task.send",
                name=name,
                args=list(args),
                kwargs=dict(kwargs or {}),
                options=dict(options or {}),
            )
        )

    def revoke(self, id: str | list[str], terminate: bool = False) -> None:  # noqa: A002
        """Have these tasks not run; those that run are ended if *terminate*."""
        self.control("revoke", {"task_id": id, "terminate": terminate})

    def control(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        destination: list[str] | None = None,
        reply: bool = False,
        wait: float | None = 1.0,
    ) -> list[dict[str, Any]]:
        """Have the workers do something; see Celery's ``app.control``. Their answers, if *reply*.

        Without a worker nobody answers; none is started for it.
        """
        values = dict(arguments or {})
        if command == "revoke":
            self._withdraw(values.get("task_id"))
        worker = self._running_worker()
        if worker is None:
            return []
        try:
            answers = worker.link.call(
                "task.control",
                command=command,
                arguments=values,
                destination=destination,
                reply=reply,
                wait=wait,
                timeout=(wait or 1.0) + 30,
            )
        except LinkClosed:
            return []
        return list(answers or [])

    def _withdraw(self, wanted: Any) -> None:
        """Forget what has not begun of these tasks."""
        for task_id in [wanted] if isinstance(wanted, str) else list(wanted or []):
            for entry in self._ledger.of_task(str(task_id)):
                if entry.state != "running":
                    self._ledger.remove(entry.key)
                    self.book.ended(entry.id, "REVOKED")

    def _cancelled(self, task_id: str) -> None:
        if not self._closed:
            self.revoke(task_id, terminate=True)

    # -- the worker -----------------------------------------------------------------------------

    def worker_ready(self, worker: WorkerProcess) -> None:
        """The worker's process has started; tell it everything. Given to ``Family.define``."""
        names = worker.link.call("tasks.names")
        with self._lock:
            plugins = {key: dict(tasks) for key, tasks in self._plugin_tasks.items()}
        for plugin, tasks in plugins.items():
            worker.link.call("tasks.know", plugin=plugin, names=tasks)
        with self._lock:
            self._host_tasks = frozenset(names)
            self._worker = worker
            self._pending = True
            self._lock.notify_all()
        worker.on_exit(lambda end: self._worker_ended(worker, end))

    def _worker_ended(self, worker: WorkerProcess, end: Any) -> None:
        """What it held and had not begun waits again; what it ran has failed."""
        with self._lock:
            if self._worker is worker:
                self._worker = None
            if self._closed:
                return
        if self._broker:  # Redis gives to another what this one held: to the next one here
            if len(self._ledger):
                self._compare_at = 0.0
                self._wake()
            return
        for entry in self._ledger.all("running"):
            self._ledger.remove(entry.key)
            self.book.ended(
                entry.id, "FAILURE", error=f"the process that runs tasks {end} while this ran"
            )
        held = self._ledger.all("handed")
        self._ledger.mark(held, "waiting")
        if held:
            self._say("warning", f"{len(held)} tasks that the worker held are queued again")
        self._wake()

    def want_worker(self) -> None:
        """Have the worker run from now on, as for periodic tasks. Returns at once."""
        with self._lock:
            self._wanted = True
            self._pending = True
            self._lock.notify_all()

    def _running_worker(self) -> WorkerProcess | None:
        with self._lock:
            worker = self._worker
        return worker if worker is not None and worker.alive else None

    def _ready_worker(self) -> WorkerProcess:
        worker = self._running_worker()
        if worker is None:
            self._start_worker()
            worker = self._running_worker()
        if worker is None:
            raise Unavailable("the process that runs tasks has ended again")
        return worker

    # -- feeding it -----------------------------------------------------------------------------

    def _wake(self) -> None:
        with self._lock:
            self._pending = True
            self._lock.notify_all()

    def _feed(self) -> None:
        """Give the worker what waits, for as long as this host runs."""
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._pending or self._closed, self._pause())
                if self._closed:
                    return
                self._pending = False
            try:
                done = self._hand_over() and (not self._broker or self._compare())
            except Conflict:
                return  # the host is stopping
            except (JackfieldError, LinkClosed, TimeoutError, RemoteError) as error:
                done = False
                self._trouble(f"tasks wait: {error}")
            except Exception:
                done = False
                _logger.exception("tasks could not be given to the worker")
            if not done:
                with self._lock:
                    if self._lock.wait_for(lambda: self._closed, RETRY_S):
                        return
                    self._pending = True

    def _pause(self) -> float:
        if not self._broker:
            return COMPARE_S
        return min(max(self._compare_at - time.time(), 0.05), COMPARE_S)

    def _hand_over(self) -> bool:
        """Hand over what waits; ``False`` when that has to be tried again."""
        waiting = self._ledger.all("waiting")
        if not waiting and not self._wanted:
            return True
        worker = self._ready_worker()
        known = self._known()
        ready = [entry for entry in waiting if entry.name in known]
        self._keep_unknown([entry for entry in waiting if entry.name not in known])
        for start in range(0, len(ready), BATCH):
            batch = ready[start : start + BATCH]
            # Before it is told: it may have run them when it answers.
            self._ledger.mark(batch, "handed")
            try:
                answer = worker.link.call(
                    "message.put", messages=[e.message for e in batch], timeout=PUT_S
                )
            except BaseException:
                self._ledger.mark([e for e in batch if e.state == "handed"], "waiting")
                raise
            kept, trouble = int(answer["put"]), str(answer.get("trouble", ""))
            if kept < len(batch):
                self._ledger.mark([e for e in batch[kept:] if e.state == "handed"], "waiting")
                left = len(self._ledger.all("waiting"))
                if not self._away:  # or else that was said
                    self._trouble(f"{self._broker} does not take tasks; {left} wait ({trouble})")
                return False
        if self._broken:
            self._broken = ""
            self._say("info", "tasks are taken again")
        return True

    def _compare(self) -> bool:
        """Give Redis again what it has lost; ``False`` when that cannot be told now."""
        now = time.time()
        if now < self._compare_at:
            return True
        self._compare_at = now + COMPARE_S
        mine = self._ledger.all("handed", "running")
        if not mine:
            return True
        worker = self._ready_worker()
        asked = {e.key: [e.id, queue_of(e.message)] for e in mine}
        try:
            answer = worker.link.call("message.missing", messages=asked, timeout=PUT_S)
        except RemoteError as error:
            _logger.debug("what %s has cannot be told: %s", self._broker, error.message)
            return False
        for key in answer["done"]:
            self._acked(key)
        gone = set(answer["lost"])
        lost = [e for e in mine if e.key in gone and e.key in self._absent]
        self._absent = gone - {e.key for e in lost}
        if lost:
            self._ledger.mark(lost, "waiting")
            self._say("warning", f"{self._broker} has lost {len(lost)} tasks; they are sent again")
            self._wake()
        if self._absent:
            self._compare_at = time.time() + LOST_S
        return True

    def _broker_state(self, up: bool, text: str = "") -> None:
        """The worker lost or found the broker."""
        self._away = not up
        if up:
            self._compare_at = time.time() + 1.0
            self._say("info", f"{self._broker} answers again")
            self._wake()
        else:
            self._say("error", f"{self._broker} does not answer; tasks wait until it does: {text}")

    def _trouble(self, text: str) -> None:
        kind = text.partition(";")[0]
        if kind != self._broken:
            self._broken = kind
            self._say("error", text)

    def _known(self) -> set[str]:
        with self._lock:
            return set(self._host_tasks).union(*self._plugin_tasks.values())

    def _waits_already(self, entry: Entry) -> bool:
        """Whether it is one more turn of a schedule whose last one waits for its plugin: a plugin
        that is enabled again has missed those between, as after any pause, and not to run each."""
        schedule = _schedule_of(entry)
        if not schedule or entry.name in self._known():
            return False
        return any(_schedule_of(one) == schedule for one in self._ledger.all("waiting"))

    def _keep_unknown(self, entries: list[Entry]) -> None:
        """Tasks that no running plugin offers: kept, named, and given up after a day."""
        for entry in entries:
            if time.time() - entry.created > UNKNOWN_S:
                self._ledger.remove(entry.key)
                self.book.ended(
                    entry.id, "FAILURE", error=f"no running plugin offered {entry.name} for a day"
                )
            elif entry.key not in self._told_waiting:
                self._told_waiting.add(entry.key)
                text = f"the task {entry.name} waits: no running plugin offers it"
                self._say("warning", text)
                job = self.book.of(entry.id)
                if job is not None and job.state == "queued":
                    job.log(text, "warning")

    # -- what becomes of tasks ------------------------------------------------------------------

    def _announce(self, entry: Entry) -> Any:
        if entry.name.startswith("celery.") and entry.name not in ("celery.map", "celery.starmap"):
            return None  # Celery's own plumbing
        headers = entry.message.get("headers", {})
        plugin = entry.plugin or self._offering(entry.name)
        return self.book.sent(entry.id, entry.name, str(headers.get("argsrepr") or ""), plugin)

    def _offering(self, name: str) -> str:
        with self._lock:
            offering = [key for key, tasks in self._plugin_tasks.items() if name in tasks]
        return offering[0] if offering else ""

    def _started(
        self,
        id: str,  # noqa: A002
        name: str,
        plugin: str = "",
        arguments: str = "",
        retries: int = 0,
    ) -> None:
        begun = [e for e in self._ledger.of_task(id) if e.state != "running"]
        self._ledger.mark(begun[:1], "running")
        self.book.started(id, name, arguments, plugin, retries)

    def _ended(
        self,
        id: str,  # noqa: A002
        state: str,
        result: Any = None,
        error: str = "",
        traceback: str = "",
    ) -> None:
        self.book.ended(id, state, result, error, traceback)

    def _acked(self, key: str) -> None:
        entry = self._ledger.remove(key)
        if entry is not None:
            self._told_waiting.discard(key)

    # -- plugins' tasks -------------------------------------------------------------------------

    def know(self, plugin: str, tasks: TaskOptions | list[str] | None = None, **more: Any) -> None:
        """From now on *plugin* runs and offers these tasks: names, or names with their options.

        What waited for them is given to the worker.
        """
        given = tasks if tasks is not None else more.get("names", [])
        named = {str(name): {} for name in given} if isinstance(given, list) else {
            name: dict(options) for name, options in given.items()
        }  # fmt: skip
        with self._lock:
            if self._plugin_tasks.get(plugin, {}) == named:
                return
            self._plugin_tasks[plugin] = named
        worker = self._running_worker()
        if worker is not None:
            try:
                worker.link.call("tasks.know", plugin=plugin, names=named, timeout=PUT_S)
            except (LinkClosed, TimeoutError) as error:
                _logger.info("the worker did not hear of the tasks of %s: %s", plugin, error)
        self._wake()

    def forget(self, plugin: str) -> None:
        """The plugin runs no more; what is sent to its tasks waits from now on."""
        with self._lock:
            if self._plugin_tasks.pop(plugin, None) is None:
                return
        worker = self._running_worker()
        if worker is not None:
            try:
                worker.link.call("tasks.forget", plugin=plugin, timeout=PUT_S)
            except (LinkClosed, TimeoutError) as error:
                _logger.info("the worker did not hear that %s ended: %s", plugin, error)

    def offered(self) -> dict[str, list[str]]:
        """Plugin → names of the tasks that it offers now."""
        with self._lock:
            return {key: sorted(tasks) for key, tasks in sorted(self._plugin_tasks.items())}

    def _run(self, plugin: str, **params: Any) -> Any:
        """Have a plugin's task called in its process.

        :raises Unavailable: it does not run, or ended meanwhile.
        """
        try:
            return self._run_in_plugin(plugin, "task.run", **params)
        except LinkClosed:
            raise Unavailable(
                f"the plugin was stopped while its task {params.get('name')} ran", plugin=plugin
            ) from None

    def _interrupt(self, plugin: str, task_id: str, how: str) -> None:
        try:
            self._run_in_plugin(plugin, "task.interrupt", task_id=task_id, how=how)
        except (JackfieldError, LinkClosed, RemoteError, TimeoutError) as error:
            _logger.info("task %s of %s was not interrupted: %s", task_id, plugin, error)

    # -- the whole ------------------------------------------------------------------------------

    def waiting(self) -> int:
        """How many messages are not done."""
        return len(self._ledger)

    def close(self) -> None:
        """Feed the worker no more. What waits stays written down for the next start."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._lock.notify_all()
        self._thread.join(10)
        self._ledger.close()


def _to_log(level: str, text: str) -> None:
    _logger.log(logging.getLevelNamesMapping()[level.upper()], "%s", text)


def _schedule_of(entry: Entry) -> str:
    """The periodic task that the beat sent it for."""
    return str((entry.message.get("headers") or {}).get("periodic_task_name") or "")
