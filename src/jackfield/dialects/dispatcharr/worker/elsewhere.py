"""A worker on another machine: what ``jackfield worker`` runs.

It has the same processes as a host, without plugins, pages and accounts: the nursery, and the
worker forked from it. Where a host would be told, Redis is: the host's own worker reads it there.
Tasks of plugins are given to the host, where the plugins run.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import redis

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.processes.child import Child
from jackfield.dialects.dispatcharr.processes.family import ROLES, Family
from jackfield.dialects.dispatcharr.processes.link import LinkClosed, RemoteError
from jackfield.dialects.dispatcharr.worker.ledger import HOST_QUEUE, Message
from jackfield.dialects.dispatcharr.worker.reports_stream import PASSED_ON, ReportsWriter
from jackfield.errors import SurroundingsError, Unavailable

logger = logging.getLogger(__name__)

Say = Callable[[str, str], None]

_PAUSE_S = 1.0
_STOP_S = 24 * 3600.0
_IMPORTS = ("dispatcharr.celery", "jackfield.dialects.dispatcharr.worker.main")


class WorkerElsewhere:
    """See the module. Thread-safe.

    :param environment: with a broker, and a database that this machine reaches.
    :param queues: which to take tasks from; every one that is used, when empty.
    :param say: called with level and text: what an operator should know.
    :raises SurroundingsError: its SQLite database is not there.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        queues: tuple[str, ...] = (),
        concurrency: int = 0,
        name: str = "",
        say: Say,
        roles: Mapping[str, str] | None = None,
    ) -> None:
        if not environment.database and not (environment.home / "dispatcharr.db").is_file():
            raise SurroundingsError(
                "there is no database of Dispatcharr here",
                file=str(environment.home / "dispatcharr.db"),
                hint="give the data directory that the host uses with --data, or its PostgreSQL "
                "with --database",
            )
        self.name = name or f"jackfield-{socket.gethostname()}-{os.getpid()}"
        self._environment = environment
        self._say = say
        self._stopping = threading.Event()
        self._reports = ReportsWriter(redis.Redis.from_url(environment.broker))
        self._family = Family(
            environment.to_dict,
            self._handlers(),
            on_output=say,
            imports=_IMPORTS,
            roles=roles or ROLES,
        )
        config = {
            "name": self.name,
            "queues": list(queues),
            "concurrency": concurrency,
            "elsewhere": True,
        }
        self._family.define("worker", lambda: config)

    @property
    def home(self) -> Path:
        """Dispatcharr's folder."""
        return self._environment.home

    # -- for the command ------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to take tasks; Redis may be away.

        :raises Unavailable: the processes cannot be started.
        """
        self._family.worker()

    def status(self) -> dict[str, Any]:
        """What it does now: ``ready``, ``running``, ``queues``, ``tasks``."""
        link = self._family.worker().link
        status: dict[str, Any] = link.call("status", timeout=30)
        names = link.call("tasks.names", timeout=30)
        return {**status, "tasks": [name for name in names if not name.startswith("celery.")]}

    def stop(self) -> None:
        """Take no more tasks, and wait for those that run. :meth:`close` cuts that short."""
        self._stopping.set()
        worker = self._family.running_helper("worker")
        if worker is not None:
            try:
                worker.link.call("stop", give=_STOP_S)
            except (LinkClosed, RemoteError) as error:
                logger.info("the worker did not end by itself: %s", error)

    def close(self) -> None:
        """End every process at once. What ran is given to another worker by Redis."""
        self._stopping.set()
        self._family.stop()
        left = self._reports.close()
        if left:
            self._say("warning", f"{left} reports did not reach the host: Redis does not answer")

    # -- what its processes ask -----------------------------------------------------------------

    def _handlers(self) -> dict[str, Callable[..., Any]]:
        handlers: dict[str, Callable[..., Any]] = {
            name: self._passing_on(name) for name in PASSED_ON
        }
        return handlers | {
            "task.publish": self._publish,
            "task.defer": self._defer,
            "task.control": self._control,
            "task.run": self._run,
            "task.interrupt": lambda **_: None,
            "tasks.offered": lambda **_: None,
            "broker.state": self._broker_state,
            "worker.start": lambda: True,
            "job.open": self._open_job,
            "log": lambda level, text: self._say(level, text),
        }

    def _passing_on(self, method: str) -> Callable[..., None]:
        def tell(**params: Any) -> None:
            self._reports.tell(method, params)

        return tell

    def _publish(self, message: Message, plugin: str = "") -> None:  # noqa: ARG002
        """Put a message into Redis; waits while that is away, as the task does that sends it.

        :raises Unavailable: this worker is being stopped.
        """
        while True:
            try:
                answer = self._worker().link.call("message.put", messages=[message], timeout=60)
                if answer["put"]:
                    return
            except TimeoutError:
                pass
            if self._stopping.wait(_PAUSE_S):
                raise Unavailable("this worker is being stopped, and Redis does not answer")

    def _worker(self) -> Child:
        worker = self._family.running_helper("worker")
        return worker if worker is not None else self._family.worker()

    def _defer(self, message: Message) -> None:
        """A task that is not known here is a plugin's: the host has it."""
        info = message["properties"].setdefault("delivery_info", {})
        info.update(exchange="", routing_key=HOST_QUEUE)
        self._publish(message)

    def _control(self, **asked: Any) -> Any:
        return self._worker().link.call("task.control", **asked)

    def _run(self, name: str = "", **_: Any) -> None:
        raise Unavailable(f"the task {name} runs on the host only")

    def _open_job(self, title: str, plugin: str = "", task_id: str = "") -> str:
        made = task_id or uuid.uuid4().hex
        self._reports.tell("job.open", {"title": title, "plugin": plugin, "task_id": made})
        return made

    def _broker_state(self, up: bool, text: str = "") -> None:
        if up:
            self._say("info", "Redis answers again")
        else:
            self._say("error", f"Redis does not answer; trying again until it does: {text}")


def wait_ready(worker: WorkerElsewhere, timeout: float) -> bool:
    """Wait until it takes tasks from Redis; ``False`` when that did not come in time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if worker.status()["ready"]:
            return True
        time.sleep(0.1)
    return False


def environment(data: Path, broker: str, database: str, home: Path | None = None) -> Environment:
    """What the processes of a worker for the host with that data directory work on."""
    from jackfield.dialects.dispatcharr.era import current_era

    return Environment(
        home=(home or data / "dispatcharr").absolute(),
        database=database,
        broker=broker,
        redis=broker,
        secret=uuid.uuid4().hex + uuid.uuid4().hex,
        era=current_era(),
    )
