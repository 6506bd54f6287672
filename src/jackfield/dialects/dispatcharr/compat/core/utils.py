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

__all__ = [
    "RedisClient",
    "log_system_event",
    "send_notification_dismissed",
    "send_websocket_event",
    "send_websocket_notification",
    "send_websocket_update",
]


def __getattr__(name: str) -> Any:
    # Redis' client is imported by those who ask for it: most plugins never do.
    if name == "RedisClient":
        from core.redis_client import RedisClient

        return RedisClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
