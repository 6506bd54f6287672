"""Hands work to Celery from a model's signal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)

_silent: ContextVar[bool] = ContextVar("nothing_queued", default=False)


@contextmanager
def nothing_queued() -> Iterator[None]:
    """What is saved in the block queues nothing: whoever saves does the work that follows."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def queue_on_commit(task: str, *args: Any) -> None:
    """Queue *task* (its full name) when the rows that it will look at are there to be seen.

    By then the row that caused it is saved, so a broker that cannot be reached is logged and does
    not make the save look failed.
    """

    if _silent.get():
        return

    def send() -> None:
        from dispatcharr.celery import app

        from jackfield.dialects.dispatcharr.worker.transports import NowhereToSend

        try:
            app.send_task(task, args=list(args))
        except NowhereToSend as error:
            logger.warning("%s", error)

    transaction.on_commit(send, robust=True)
