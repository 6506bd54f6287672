"""Results in Redis, for which nobody has to be connected before somebody asks for one."""

from __future__ import annotations

from typing import Any

from celery.backends.redis import RedisBackend


class PatientRedisBackend(RedisBackend):
    """Celery's, without listening for the result of each task that is sent.

    A task is sent while Redis is away, too: the host keeps it. And most are never asked for their
    result; who does ask listens then.
    """

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Source: Celery's own subscribes to the result's channel."""
