"""Keeps Redis from giving a message to a second worker while the first is still at it.

Redis hands a message out again some minutes after it was taken, since it cannot see whether the
worker lives. So a worker that lives says every now and then which messages it still holds: those
of tasks that run long, and of tasks that wait for their time. What a dead worker held is given to
another soon.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from celery.utils.log import get_logger

from jackfield.dialects.dispatcharr.worker.celery_app import REDELIVER_S

logger = get_logger(__name__)

EVERY_S = REDELIVER_S / 6


class Claims:
    """Renews the claims of one worker in a thread.

    :param consumer: gives Celery's consumer, or ``None`` while there is none.
    """

    def __init__(self, consumer: Any, every: float = EVERY_S) -> None:
        self._consumer = consumer
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="claims", daemon=True)

    def start(self) -> None:
        """Begin; at most once."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                self.renew()
            except Exception as error:  # noqa: BLE001 - Redis is away; the consumer says so
                logger.debug("claims were not renewed: %s", error)

    def renew(self) -> int:
        """Renew what is held now; how many messages that are."""
        tasks = getattr(self._consumer(), "task_consumer", None)
        channel = getattr(tasks, "channel", None)
        if channel is None or channel.closed:
            return 0
        qos = channel.qos
        done = set(qos._dirty)  # noqa: SLF001 - acknowledged, and not yet swept out
        held = [tag for tag in list(qos._delivered) if isinstance(tag, str) and tag not in done]  # noqa: SLF001
        if held:
            now = time.time()
            with channel.conn_or_acquire() as client:
                client.zadd(channel.unacked_index_key, dict.fromkeys(held, now), xx=True)
        return len(held)
