"""Tasks that the worker of these tests has as its own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from jackfield.dialects.dispatcharr.worker import progress


@shared_task
def add(x: int, y: int) -> int:
    return x + y


@shared_task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@shared_task
def fail(text: str) -> None:
    raise ValueError(text)


@shared_task(bind=True, max_retries=3)
def flaky(self: Any, times: int) -> int:
    if self.request.retries < times:
        raise self.retry(countdown=0.05, exc=RuntimeError("not yet"))
    return int(self.request.retries)


@shared_task
def note(file: str, text: str, seconds: float = 0.0) -> str:
    """Write that it began and that it ended."""
    with Path(file).open("a") as out:
        out.write(f"begin {text}\n")
    time.sleep(seconds)
    with Path(file).open("a") as out:
        out.write(f"end {text}\n")
    return text


@shared_task(bind=True)
def vanish(self: Any) -> None:
    """Its result is kept, and then its worker dies before it can say so."""
    self.backend.mark_as_done(self.request.id, "kept", request=self.request)
    os._exit(9)


@shared_task
def patient(steps: int, pause: float = 0.02) -> str:
    for step in range(steps):
        progress.check_cancelled()
        progress.report(step / steps, f"step {step}")
        progress.log(f"did {step}")
        time.sleep(pause)
    return "all steps"


@shared_task
def stubborn(file: str) -> None:
    """Goes on until it is interrupted."""
    try:
        while True:
            time.sleep(0.01)
    finally:
        Path(file).write_text("interrupted")


@shared_task(soft_time_limit=0.3)
def limited() -> str:
    try:
        while True:
            time.sleep(0.01)
    except SoftTimeLimitExceeded:
        return "noticed"


@shared_task(time_limit=0.3)
def hard_limited() -> None:
    while True:
        time.sleep(0.01)


@shared_task
def die() -> None:
    os._exit(9)


@shared_task
def fetch(name: str) -> Any:
    """What another process put there."""
    from core.utils import RedisClient

    value = RedisClient.get_client().get(name)
    return None if value is None else value.decode()


@shared_task
def pid() -> int:
    return os.getpid()


@shared_task
def page(text: str) -> None:
    """Say something to the pages."""
    from core.utils import send_websocket_update

    send_websocket_update("updates", "update", {"type": "plugin", "message": text})
