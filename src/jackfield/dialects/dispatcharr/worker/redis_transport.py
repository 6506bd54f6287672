"""kombu's Redis, which takes the next message as soon as there is room for it, and takes over what
a dead worker held also while nothing else arrives."""

from __future__ import annotations

import time
from typing import Any

from celery.utils.log import get_logger
from kombu.transport.redis import Transport
from redis import RedisError

from jackfield.dialects.dispatcharr.worker.transports import STOPPING

logger = get_logger(__name__)

ROOM_S = 0.05
"""How soon a worker that has all it may hold looks whether it may take more."""

RESTORE_S = 5.0
"""How often it is looked for messages that nobody has said for long that they are worked on."""


class PromptRedisTransport(Transport):
    """Source: kombu's own waits out its whole time, since nothing arrives that could wake it. And
    it looks for messages to restore only after a poll without any event, which an idle worker
    never has: each of its waiting commands is answered with nothing every second."""

    _restore_at = 0.0

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver what arrives within *timeout* seconds.

        :raises TimeoutError: nothing did.
        """
        self._restore()
        full = STOPPING.is_set() or any(
            channel._consumers and not channel.qos.can_consume()  # noqa: SLF001
            for channel in list(self.channels)
        )
        super().drain_events(
            connection, timeout=min(timeout or ROOM_S, ROOM_S) if full else timeout
        )

    def _restore(self) -> None:
        """Have messages whose worker is silent be given out again."""
        if time.monotonic() < self._restore_at:
            return
        self._restore_at = time.monotonic() + RESTORE_S
        for channel in list(self.channels):
            if channel.active_queues:
                # One does it for all: what was given out is listed once.
                try:
                    channel.qos.restore_visible(num=channel.unacked_restore_limit, interval=1)
                except RedisError as error:  # whoever takes messages will find out
                    logger.debug("nothing was given out again: %s", error)
                return
