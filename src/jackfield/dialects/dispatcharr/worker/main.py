"""The process that runs the tasks: ``main`` is all that it does.

Forked from the nursery, which has configured Django. It ends when the host is gone.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import redis
from celery import Celery

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.processes import here, signal_relay
from jackfield.dialects.dispatcharr.processes.link import Link
from jackfield.dialects.dispatcharr.worker import control, reports
from jackfield.dialects.dispatcharr.worker.beat import Beat, FilePlace, RedisPlace
from jackfield.dialects.dispatcharr.worker.broker_watch import BrokerWatch
from jackfield.dialects.dispatcharr.worker.celery_app import broker_options, import_tasks
from jackfield.dialects.dispatcharr.worker.claims import Claims
from jackfield.dialects.dispatcharr.worker.consumer import REGISTRY
from jackfield.dialects.dispatcharr.worker.ledger import HOST_QUEUE, QUEUE, Message, queue_of
from jackfield.dialects.dispatcharr.worker.proxies import PluginTasks
from jackfield.dialects.dispatcharr.worker.reports_stream import ReportsReader
from jackfield.dialects.dispatcharr.worker.runner import CONCURRENCY, Runner
from jackfield.dialects.dispatcharr.worker.shared_keys import SharedKeys, path_for
from jackfield.dialects.dispatcharr.worker.transports import MEMORY, BrokerOutlet

logger = logging.getLogger(__name__)

READY_S = 30.0
"""How long the worker may take until it takes tasks from its memory."""

QUEUES_KEY = "jackfield:queues"
"""In Redis: the queues that were ever used, so that every worker takes from them."""

LOOK_S = 3.0
"""How often it is looked for new ones."""


def main(link_sock: socket.socket, config: Mapping[str, Any]) -> None:
    """Run tasks until the host hangs up.

    :param config: ``concurrency``, ``queues``, ``beat``, ``name`` and ``elsewhere`` (this is not
        the host's own worker), all optional.
    """
    _log_to_stderr()
    django_setup.migrate()
    keys = _serve_keys(django_setup.environment())
    process = WorkerProcess(config)
    gone = threading.Event()
    handlers = {**process.handlers(), **signal_relay.handlers()}
    link = Link(link_sock, handlers, gone.set, name="host")
    here.attach(link, "worker")
    process.start()
    gone.wait()
    if keys is not None:
        keys.stop()
    os._exit(0)


def _serve_keys(environment: django_setup.Environment) -> SharedKeys | None:
    """Hold the keys of all processes, where there is no Redis for that."""
    path = path_for(environment.home)
    if environment.redis != f"unix://{path}":
        return None
    keys = SharedKeys(path)
    return keys if keys.start() else None


class WorkerProcess:
    """What the host asks of the worker."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        from dispatcharr.celery import app

        environment = django_setup.environment()
        self._config = dict(config)
        self._app: Celery = app
        import_tasks()
        app.finalize(auto=True)
        self._broker = environment.broker
        name = str(config.get("name") or "jackfield@localhost")
        chosen = tuple(config.get("queues") or ())
        beside_host = bool(self._broker) and not config.get("elsewhere")
        queues = chosen or (QUEUE, *((HOST_QUEUE,) if beside_host else ()))
        self._runner = Runner(
            app,
            concurrency=int(config.get("concurrency") or CONCURRENCY),
            queues=queues,
            name=name,
            on_end=_ended,
        )
        self._plugins = PluginTasks(app)
        self._outlet = (
            BrokerOutlet(self._broker, broker_options(self._broker)) if self._broker else None
        )
        self._queues = set(queues)
        self._claims = Claims(lambda: self._runner.consumer) if self._broker else None
        self._redis = redis.Redis.from_url(self._broker) if self._broker else None
        self._beat = Beat(app, _place(environment, self._redis, name))
        self._watch = BrokerWatch(self._broker, _broker_changed) if self._broker else None
        self._reader = (
            ReportsReader(self._redis, "host", _pass_on)
            if self._redis is not None and beside_host
            else None
        )

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """What answers the host."""
        return {
            "ready": self.ready,
            "message.put": self.put,
            "message.missing": self.missing,
            "tasks.names": self.names,
            "tasks.know": self.know,
            "tasks.forget": self.forget,
            "task.send": self.send,
            "task.revoke": self.revoke,
            "task.control": self.control,
            "stop": self.stop,
            "status": self.status,
        }

    def start(self) -> None:
        """Begin to take tasks and to send the periodic ones."""
        reports.connect()
        self._runner.start()
        if self._claims is not None:
            self._claims.start()
        self._beat.start()
        if self._reader is not None:
            self._reader.start()
        if self._watch is not None:
            self._watch.start()
        if self._redis is not None and not self._config.get("queues"):
            threading.Thread(target=self._look_for_queues, name="queues", daemon=True).start()

    def _look_for_queues(self) -> None:
        """Take from the queues that others use, too."""
        assert self._redis is not None
        while True:
            try:
                for name in self._redis.smembers(QUEUES_KEY):
                    self._take_from(name if isinstance(name, str) else name.decode())
            except redis.RedisError as error:
                logger.debug("queues cannot be looked for: %s", error)
            time.sleep(LOOK_S)

    def ready(self) -> bool:
        """Wait until tasks are taken. With Redis nobody waits: it may be away for long.

        :raises TimeoutError: the worker did not begin in time.
        """
        if not self._broker and not self._runner.wait_ready(READY_S):
            raise TimeoutError(f"the worker did not begin within {READY_S:g} seconds")
        if self._runner.failed is not None:
            raise RuntimeError(f"the worker did not begin: {self._runner.failed}")
        return True

    def put(self, messages: list[Message]) -> dict[str, Any]:
        """Take messages; ``{"put": how many, "trouble": why not all}``."""
        for number, message in enumerate(messages):
            if self._outlet is None:
                MEMORY.put(QUEUE, message)  # one worker takes from every queue
                continue
            try:
                self._outlet(message)
            except Exception as error:  # noqa: BLE001 - whatever a broker that goes away raises
                return {"put": number, "trouble": str(error) or type(error).__name__}
            self._announce(queue_of(message))
        return {"put": len(messages)}

    def _announce(self, queue: str) -> None:
        """Have every worker, this one first, take from that queue."""
        if queue == HOST_QUEUE:
            return
        self._take_from(queue)
        if queue != QUEUE and self._redis is not None:
            try:
                self._redis.sadd(QUEUES_KEY, queue)
            except redis.RedisError as error:
                logger.debug("%s is not announced: %s", queue, error)

    def _take_from(self, queue: str) -> None:
        if queue not in self._queues and not self._config.get("queues") and self._runner.ready:
            self._queues.add(queue)
            self._runner.consume(queue)

    def missing(self, messages: dict[str, list[str]]) -> dict[str, list[str]]:
        """Messages that the broker has no more, as after it was started without its data.

        :param messages: key → task's id and queue.
        :returns: ``done``, whose task has a result, and ``lost``.
        """
        if self._outlet is None:
            return {"done": [], "lost": []}
        absent = self._outlet.absent({key: queue for key, (_, queue) in messages.items()})
        kept = {key: self._app.AsyncResult(messages[key][0]) for key in absent}
        done = {key: result for key, result in kept.items() if result.ready()}
        for result in done.values():
            reports.tell_again(result)
        return {"done": list(done), "lost": [key for key in absent if key not in done]}

    def names(self) -> list[str]:
        """Names of the tasks that this process itself runs."""
        with REGISTRY:
            tasks = dict(self._app.tasks)
        return sorted(name for name, task in tasks.items() if not getattr(task, "plugin", ""))

    def know(self, plugin: str, names: Any) -> None:
        """A plugin runs and offers these tasks."""
        tasks = names if isinstance(names, dict) else {str(name): {} for name in names}
        self._plugins.consumer = self._runner.consumer
        self._plugins.know(plugin, tasks)

    def forget(self, plugin: str) -> None:
        """A plugin runs no more."""
        self._plugins.forget(plugin)

    def send(
        self, name: str, args: list[Any], kwargs: dict[str, Any], options: dict[str, Any]
    ) -> str:
        """Send a task for somebody who has no Celery; its id."""
        return str(self._app.send_task(name, args=args, kwargs=kwargs, **options).id)

    def revoke(self, id: str, terminate: bool = False) -> None:  # noqa: A002
        """Have a task not run, or end it."""
        self._app.control.revoke(id, terminate=terminate)

    def control(
        self,
        command: str,
        arguments: dict[str, Any],
        destination: list[str] | None = None,
        reply: bool = False,
        wait: float | None = 1.0,
    ) -> list[Any]:
        """A control command of Celery's, for whoever asked the host."""
        if not self._broker:
            return control.call(self._app, command, arguments, destination)
        answers = self._app.control.broadcast(
            command, arguments, destination=destination, reply=reply, timeout=wait
        )
        return list(answers or [])

    def status(self) -> dict[str, Any]:
        """What this worker does now."""
        return {
            "ready": self._runner.ready,
            "running": self._runner.running(),
            "queues": sorted(self._queues),
            "plugins": self._plugins.names(),
        }

    def stop(self, give: float = 30.0) -> bool:
        """End after the tasks that run, within *give* seconds; whether they ended in time."""
        self._beat.stop()
        return self._runner.stop(give)


def _place(environment: django_setup.Environment, client: Any, name: str) -> Callable[[], bool]:
    """Who sends the periodic tasks: one of all workers that share the broker."""
    if client is not None:
        return RedisPlace(client, name)
    return FilePlace(environment.home / "beat.lock")


def _broker_changed(up: bool, why: str) -> None:
    here.tell("broker.state", up=up, text=why)


def _pass_on(method: str, params: dict[str, Any]) -> None:
    here.tell(method, **params)


def _ended(error: BaseException | None) -> None:
    """The worker took no more tasks: nothing that this process could still do."""
    logger.critical("the worker ended: %s", error or "it was told so by nobody")
    logging.shutdown()
    os._exit(1)


def _log_to_stderr() -> None:
    """The host reads what this process prints; a line for each task would be too much of it."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.worker", "celery.beat",
                 "django_celery_beat", "kombu"):  # fmt: skip
        logging.getLogger(name).setLevel(logging.WARNING)
    # They say at length what is said in one line already: that Redis is away.
    for name in ("celery.backends.base", "celery.worker.consumer.consumer"):
        logging.getLogger(name).setLevel(logging.ERROR)
