"""Tells what happens to streams: kept as system events, from where plugins hear of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jackfield.dialects.dispatcharr.application.calls import closing_connections
from jackfield.dialects.dispatcharr.application.stream.session import Channel


class SystemEvents:
    """Keeps events in the order in which they happened, on a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stream events")

    def __call__(self, event: str, channel: Channel, **details: Any) -> None:
        self._thread.submit(closing_connections, _keep, event, channel, details)

    def close(self) -> None:
        """Wait until everything is kept; what comes after is an error of the caller."""
        self._thread.shutdown()


def _keep(event: str, channel: Channel, details: dict[str, Any]) -> None:
    from core.utils import log_system_event

    log_system_event(event, channel_id=channel.uuid, channel_name=channel.name, **details)
