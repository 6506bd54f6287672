"""The worker's consumer: a task that nobody here knows is given back, never thrown away."""

from __future__ import annotations

import threading
from typing import Any

from celery.app.trace import build_tracer
from celery.utils.log import get_logger
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker.ledger import Message

logger = get_logger(__name__)

REGISTRY = threading.RLock()
"""Held by who changes, or goes through, the tasks that are registered while the worker runs."""


class DeferringConsumer(Consumer):
    """Hands unknown tasks back to the host, which keeps them until their plugin runs."""

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """Source: Celery's own would reject the message and with it lose the task."""
        if not here.role:
            super().on_unknown_task(body, message, exc)
            return
        raw: Message = message.serializable()
        name = raw["headers"].get("task", "")
        logger.info("%s[%s] waits for the plugin that offers it", name, raw["headers"].get("id"))
        here.call("task.defer", message=raw)
        message.ack_log_error(logger, self.connection_errors)

    def ensure_connected(self, conn: Any) -> Any:
        """Wait for the broker, however long it is away. That it is, the watch has said.

        Source: Celery's own, which waits up to half a minute between two tries and logs each.
        """
        made = conn.ensure_connection(
            lambda error, _interval: logger.debug("%s: %s", conn.as_uri(), error),
            None,
            interval_start=0.5,
            interval_step=0.5,
            interval_max=2.0,
            callback=maybe_shutdown,
        )
        self.first_connection_attempt = False
        return made

    def update_strategies(self) -> None:
        """Source: Celery's own, which does not expect that tasks are registered meanwhile."""
        with REGISTRY:
            super().update_strategies()

    def know(self, task: Any) -> None:
        """Take messages of *task*, which was registered after the start."""
        task.__trace__ = build_tracer(task.name, task, self.app.loader, self.hostname, app=self.app)
        self.strategies[task.name] = task.start_strategy(self.app, self)

    def forget(self, name: str) -> None:
        """Take messages of that task no more."""
        self.strategies.pop(name, None)
