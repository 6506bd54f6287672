"""The beat: sends the tasks of ``PeriodicTask`` rows when they are due.

Source: dispatcharr spec 4.3 and 5.1 (nine of the known plugins write rows of
``django_celery_beat``), 5.2 (accounts, EPG sources and recordings have a row each).
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery
from celery.utils.log import get_logger

logger = get_logger(__name__)

LOOK_S = 1.0
"""How often the beat looks whether rows have changed, and so how late it may notice."""

LEASE_S = 30
"""How long a beat that stopped saying so keeps the place in Redis."""

REDIS_KEY = "jackfield:beat"


class Beat:
    """Runs in a thread wherever it holds the place: one worker of all has it.

    :param place: takes or keeps the place; ``False`` while another worker has it.
    """

    def __init__(self, app: Celery, place: Callable[[], bool]) -> None:
        self._app = app
        self._place = place
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def start(self) -> None:
        """Begin; at most once."""
        self._thread.start()

    def stop(self, wait: float = 5.0) -> None:
        """End; waits a while for what is being sent."""
        self._stopping.set()
        self._thread.join(wait)

    def _run(self) -> None:
        told = False
        while not self._stopping.is_set():
            try:
                if self._place():
                    logger.info("this worker sends the periodic tasks")
                    told = False
                    self._beat()
                elif not told:
                    told = True
                    logger.info("another worker sends the periodic tasks")
            except Exception:
                logger.exception("the periodic tasks stopped; they go on in a moment")
            self._stopping.wait(LOOK_S)

    def _beat(self) -> None:
        """Send what is due, until stopped or the place is lost."""
        from django.db import close_old_connections

        from jackfield.dialects.dispatcharr.worker.beat_scheduler import RowScheduler

        scheduler = RowScheduler(app=self._app, max_interval=LOOK_S)
        checked = time.monotonic()
        try:
            while not self._stopping.is_set():
                wait = scheduler.tick()
                self._stopping.wait(min(max(wait or 0, 0.01), LOOK_S))
                if time.monotonic() - checked > LEASE_S / 5:
                    checked = time.monotonic()
                    if not self._place():
                        return
                    close_old_connections()
        finally:
            scheduler.sync()
            close_old_connections()


class FilePlace:
    """The place among the workers of one machine: a lock on a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open: int | None = None

    def __call__(self) -> bool:
        if self._open is not None:
            return True
        fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        self._open = fd
        return True

    def release(self) -> None:
        """Leave it to the next."""
        if self._open is not None:
            os.close(self._open)
            self._open = None


class RedisPlace:
    """The place among all workers of one Redis: a key that only its holder renews.

    :param client: a ``redis.Redis``.
    :param name: of this worker.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name.encode()

    def __call__(self) -> bool:
        """Raises what the client raises when Redis is away: then nobody has the place."""
        if self._client.set(REDIS_KEY, self._name, nx=True, ex=LEASE_S):
            return True
        if self._client.get(REDIS_KEY) == self._name:
            self._client.expire(REDIS_KEY, LEASE_S)
            return True
        return False

    def release(self) -> None:
        """Leave it to the next."""
        if self._client.get(REDIS_KEY) == self._name:
            self._client.delete(REDIS_KEY)
