"""Tells how a refresh goes: to open pages, to the task's job, and to whoever called.

Source: dispatcharr spec 2.10 (refresh messages).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

Listener = Callable[[dict[str, Any]], None]
"""Told every frame, such as ``{"type": "m3u_refresh", "account": 3, "action": "parsing",
"progress": 40, …}``. May raise, to cancel."""

_EVERY_S = 0.5


class Report:
    """The progress of one refresh.

    :param kind: ``m3u_refresh``, ``epg_refresh`` or ``vod_refresh``.
    :param subject: what the frame calls the thing refreshed: ``account`` or ``source``.
    :param identity: its primary key.
    :param title: its name, for people.
    """

    def __init__(
        self, kind: str, subject: str, identity: int, title: str, listen: Listener | None = None
    ) -> None:
        self._fixed = {"type": kind, subject: identity}
        self._title = title
        self._listen = listen
        self._begun = time.monotonic()
        self._last = (0.0, "", -1)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._begun

    def step(self, action: str, progress: float, **more: Any) -> None:
        """Say how far an action is, from 0 to 100; what comes too fast is left out.

        :raises TaskCancelled: somebody cancelled the task.
        """
        from jackfield.dialects.dispatcharr.worker.progress import check_cancelled

        now, whole = time.monotonic(), int(progress)
        then, was, before = self._last
        if was == action and (whole == before or now - then < _EVERY_S):
            return
        check_cancelled()
        self.say(action, whole, **more)

    def say(self, action: str, progress: int, **more: Any) -> None:
        """Say it in any case."""
        from core.utils import send_websocket_update

        from jackfield.dialects.dispatcharr.worker import progress as task

        self._last = (time.monotonic(), action, progress)
        elapsed = self.elapsed
        left = elapsed * (100 - progress) / progress if 0 < progress < 100 else 0.0
        frame = {
            **self._fixed,
            "action": action,
            "progress": progress,
            "elapsed_time": round(elapsed, 1),
            "time_remaining": round(left, 1),
            **more,
        }
        send_websocket_update("updates", "update", frame)
        message = str(more.get("message") or f"{self._title}: {action.replace('_', ' ')}")
        task.report(progress / 100, message)
        if self._listen is not None:
            self._listen(frame)

    def bytes_of(self, action: str = "downloading") -> Callable[[int, int | None], None]:
        """A listener for downloads."""

        def told(size: int, total: int | None) -> None:
            speed = size / 1024 / max(self.elapsed, 0.001)
            share = 100 * size / total if total else 0
            if not total:
                # Its end is unknown: the number moves, so that one sees that something does.
                share = min(99, size // (1024 * 1024))
            self.step(action, min(share, 99), speed=round(speed, 1), downloaded=size)

        return told


def log(text: str) -> None:
    """A line for the task's log, and for this process'."""
    import logging

    from jackfield.dialects.dispatcharr.worker import progress as task

    logging.getLogger("jackfield.iptv").info("%s", text)
    task.log(text)
