"""Where results lie: in a file that every process of this host reads, or in Redis."""

from __future__ import annotations

from typing import Any

from celery.backends.database import DatabaseBackend
from celery.backends.redis import RedisBackend


class FileBackend(DatabaseBackend):
    """Celery's for databases, over an SQLite file, with a connection that is kept.

    Results go with the machine's power: nothing waits for the disk.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Celery keeps an engine only in processes that multiprocessing forked, and makes one for
        # each result in others.
        self.session_manager.forked = True


class PatientRedisBackend(RedisBackend):
    """Celery's, without listening for the result of each task that is sent.

    A task is sent while Redis is away, too: the host keeps it. And most are never asked for their
    result; who does ask listens then.
    """

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Source: Celery's own subscribes to the result's channel."""


def prepare(engine: Any) -> None:
    """Make a new engine's connections quick."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
