"""kombu's Redis, which takes the next message as soon as there is room for it."""

from __future__ import annotations

from typing import Any

from kombu.transport.redis import Transport

from jackfield.dialects.dispatcharr.worker.transports import STOPPING

ROOM_S = 0.05
"""How soon a worker that has all it may hold looks whether it may take more."""


class PromptRedisTransport(Transport):
    """Source: kombu's own waits out its whole time, since nothing arrives that could wake it."""

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver what arrives within *timeout* seconds.

        :raises TimeoutError: nothing did.
        """
        full = STOPPING.is_set() or any(
            channel._consumers and not channel.qos.can_consume()  # noqa: SLF001
            for channel in list(self.channels)
        )
        super().drain_events(
            connection, timeout=min(timeout or ROOM_S, ROOM_S) if full else timeout
        )
