"""The host's helpers under the path that plugins import; each lies in a module of its own.

Source: dispatcharr spec 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.events import log_system_event
from core.websocket import (
    send_notification_dismissed,
    send_websocket_event,
    send_websocket_notification,
    send_websocket_update,
)

if TYPE_CHECKING:
    from core.redis_client import RedisClient
    from core.task_lock import acquire_task_lock, release_task_lock, task_lock

__all__ = [
    "RedisClient",
    "acquire_task_lock",
    "log_system_event",
    "release_task_lock",
    "send_notification_dismissed",
    "send_websocket_event",
    "send_websocket_notification",
    "send_websocket_update",
    "task_lock",
]


def __getattr__(name: str) -> Any:
    # Redis' client is imported by those who ask for it: most plugins never do.
    if name == "RedisClient":
        from core.redis_client import RedisClient

        return RedisClient
    if name in ("acquire_task_lock", "release_task_lock", "task_lock"):
        from core import task_lock

        return getattr(task_lock, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
