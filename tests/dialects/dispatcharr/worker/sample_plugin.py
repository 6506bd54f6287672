"""The tasks of a plugin, which only the plugin's process imports."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import chain, current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded

from jackfield.dialects.dispatcharr.worker import progress

STATE = {"calls": 0}


@shared_task
def where(text: str = "") -> dict[str, Any]:
    STATE["calls"] += 1
    return {"pid": os.getpid(), "calls": STATE["calls"], "text": text}


@shared_task(name="sample.named")
def named(x: int) -> int:
    return x * 2


@shared_task(bind=True, max_retries=5)
def again(self: Any, times: int) -> list[Any]:
    if self.request.retries < times:
        raise self.retry(countdown=0.05)
    return [self.request.retries, self.request.id]


@shared_task
def broken() -> None:
    raise KeyError("no such thing")


@shared_task
def odd_result() -> Any:
    return object()


@shared_task
def exits() -> None:
    raise SystemExit(3)


@shared_task(soft_time_limit=0.3)
def limited() -> str:
    try:
        while True:
            time.sleep(0.01)
    except SoftTimeLimitExceeded:
        return "noticed"


@shared_task
def stubborn(file: str) -> None:
    try:
        while True:
            time.sleep(0.01)
    finally:
        Path(file).write_text("interrupted")


@shared_task
def steps() -> str:
    progress.report(0.5, "half")
    progress.log("said by the plugin")
    return "ok"


class Noisy(current_app.Task):
    abstract = True

    def on_failure(self, exc: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        Path(kwargs["file"]).write_text(f"on_failure {exc}")


@current_app.task(base=Noisy)
def noisy(file: str) -> None:
    raise RuntimeError("as expected")


def act(what: str, **params: Any) -> Any:
    """What the plugin does when its action is run."""
    from sample_tasks import add, note

    match what:
        case "delay":
            return add.delay(**params).id
        case "result":
            return add.delay(**params).get(timeout=30)
        case "chain":
            return chain(add.s(1, 2), named.s(), add.s(10)).delay().get(timeout=30)
        case "later":
            return note.apply_async((params["file"], "later"), countdown=0.3, queue="other").id
        case "revoke":
            current_app.control.revoke(params["id"], terminate=True)
            return None
        case "inspect":
            asked = current_app.control.inspect()
            return {"ping": asked.ping(), "registered": asked.registered()}
        case "send":
            return current_app.send_task(params["name"], kwargs=params.get("kwargs")).id
        case "state":
            return current_app.AsyncResult(params["id"]).state
        case "set":
            from core.utils import RedisClient

            return RedisClient.get_client().set(params["name"], params["value"])
        case "lock":
            from core.utils import acquire_task_lock

            return acquire_task_lock("refresh", params["id"])
        case "unlock":
            from core.utils import release_task_lock

            release_task_lock("refresh", params["id"])
            return None
        case "register":

            @shared_task(name=params["name"])
            def late() -> str:
                return "late"

            return None
        case "every second":
            from django_celery_beat.models import IntervalSchedule, PeriodicTask

            second, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
            values = {
                "task": params["task"],
                "args": json.dumps(params["args"]),
                "interval": second,
                "enabled": True,
            }
            PeriodicTask.objects.update_or_create(name=params["name"], defaults=values)
            return None
        case "once":
            from core.scheduling import create_or_update_one_off_task
            from django.utils import timezone

            when = timezone.now() + timedelta(seconds=1)
            create_or_update_one_off_task(params["name"], params["task"], params["kwargs"], when)
            return None
        case "stop":
            from core.scheduling import delete_periodic_task

            return delete_periodic_task(params["name"])
        case "enabled":
            from django_celery_beat.models import PeriodicTask

            return PeriodicTask.objects.get(name=params["name"]).enabled
    raise LookupError(what)
