"""The worker's consumer: a task that nobody here knows is given back, never thrown away."""

from __future__ import annotations

from typing import Any

from celery.utils.log import get_logger
from celery.worker.consumer import Consumer

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.worker.transports import Message

logger = get_logger(__name__)


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

    def know(self, task: Any) -> None:
        """Take messages of *task*, which was registered after the start."""
        from celery.app.trace import build_tracer

        task.__trace__ = build_tracer(task.name, task, self.app.loader, self.hostname, app=self.app)
        self.strategies[task.name] = task.start_strategy(self.app, self)

    def forget(self, name: str) -> None:
        """Take messages of that task no more."""
        self.strategies.pop(name, None)
