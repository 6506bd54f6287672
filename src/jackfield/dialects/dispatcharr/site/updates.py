"""What is sent to everybody who watches: the WebSocket messages of tasks and plugins.

Source: dispatcharr spec 2.10.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from typing import Any, Final

GROUP: Final = "updates"
"""The only group that anybody is in."""

EVENT: Final = "update"
"""The only type of event that clients know. The original's sockets break with any other; here it
is taken for this one."""

ADMINS_ONLY: Final = frozenset(
    {"channel_stats", "vod_stats", "timeshift_stats", "vod_started", "vod_stopped"}
)

QUEUE: Final = 1000
"""Messages that wait for a slow client before it is let go."""

_log = logging.getLogger(__name__)


class Watcher:
    """One client that is connected. Used on its event loop.

    :param admin: whether it gets what is for administrators.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, admin: bool) -> None:
        self.admin = admin
        self._loop = loop
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, text: str) -> None:
        """Queue a frame; from any thread."""
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(self._put, text)

    def _put(self, text: str) -> None:
        if self._queue.qsize() <= QUEUE:
            self._queue.put_nowait(text if self._queue.qsize() < QUEUE else None)

    async def get(self) -> str | None:
        """The next frame; ``None`` when it was too slow."""
        return await self._queue.get()


class Updates:
    """Sends to every watcher. Thread-safe."""

    def __init__(self) -> None:
        self._watchers: frozenset[Watcher] = frozenset()
        self._lock = threading.Lock()

    def join(self, watcher: Watcher) -> None:
        """Send to it from now on."""
        with self._lock:
            self._watchers |= {watcher}

    def leave(self, watcher: Watcher) -> None:
        """Do not any more."""
        with self._lock:
            self._watchers -= {watcher}

    def __len__(self) -> int:
        return len(self._watchers)

    def send(self, group: str, event: str, data: Any) -> None:
        """What ``send_websocket_update(group, event, data)`` does; never raises.

        :param event: of another type than ``update`` it is sent as one, and that is logged.
        """
        if group != GROUP:
            return  # nobody is there
        if event != EVENT:
            _log.warning(
                "a WebSocket event has the type %r; clients know only %r, and get that",
                event,
                EVENT,
            )
        watchers = self._watchers
        if not watchers:
            return
        admins = _for_admins(data)
        text = frame(EVENT, data)
        for watcher in watchers:
            if watcher.admin or not admins:
                watcher.put(text)


def frame(event: str, data: Any) -> str:
    """One frame: ``{"type": …, "data": …}``. What JSON cannot hold becomes text."""
    try:
        return json.dumps({"type": event, "data": data}, default=str)
    except (ValueError, TypeError) as error:  # a circle, or keys that are no text
        _log.warning("a WebSocket update cannot be sent: %s", error)
        return json.dumps({"type": event, "data": {"error": f"cannot be sent: {error}"}})


def _for_admins(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    kind = data.get("type")
    if kind == "system_notification":
        notification = data.get("notification")
        inner = notification if isinstance(notification, dict) else {}
        return bool(data.get("admin_only") or inner.get("admin_only"))
    return isinstance(kind, str) and kind in ADMINS_ONLY
