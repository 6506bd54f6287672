"""Tasks that run again and again, as rows of django_celery_beat.

Source: dispatcharr spec 4.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

IDLE_HOURS = 24
"""The interval that a task has in its row while it is not to run at all."""


def create_or_update_periodic_task(
    task_name: str,
    celery_task_path: str,
    kwargs: Mapping[str, Any] | None = None,
    interval_hours: float = 0,
    cron_expression: str = "",
    enabled: bool = True,
) -> Any:
    """Have the task *celery_task_path* run on schedule, under the unique name *task_name*.

    :param kwargs: what the task is called with; plain JSON.
    :param interval_hours: hours between two runs; a part of an hour counts in minutes.
    :param cron_expression: five fields, in the host's time zone; goes before the interval.
    :returns: the ``PeriodicTask``, which is disabled when there is neither interval nor expression.
    :raises ValueError: the expression does not have five fields that cron understands.
    """
    from django_celery_beat.models import PeriodicTask

    expression = cron_expression.strip() if cron_expression else ""
    crontab = _crontab(expression) if expression else None
    interval = None if crontab else _interval(interval_hours)
    with transaction.atomic():
        task, _ = PeriodicTask.objects.update_or_create(
            name=task_name,
            defaults={
                "task": celery_task_path,
                "kwargs": json.dumps(dict(kwargs or {})),
                "interval": interval,
                "crontab": crontab,
                "solar": None,
                "clocked": None,
                "one_off": False,
                "enabled": bool(enabled and (crontab or interval_hours > 0)),
            },
        )
    return task


def create_or_update_one_off_task(
    task_name: str, celery_task_path: str, kwargs: Mapping[str, Any], when: Any
) -> Any:
    """Have the task run once at *when* (a time with its zone), under the unique name *task_name*.

    :returns: the ``PeriodicTask``, which disables itself when it has run.
    """
    from django_celery_beat.models import ClockedSchedule, PeriodicTask

    with transaction.atomic():
        clocked, _ = ClockedSchedule.objects.get_or_create(clocked_time=when)
        task, _ = PeriodicTask.objects.update_or_create(
            name=task_name,
            defaults={
                "task": celery_task_path,
                "kwargs": json.dumps(dict(kwargs)),
                "interval": None,
                "crontab": None,
                "solar": None,
                "clocked": clocked,
                "one_off": True,
                "enabled": True,
            },
        )
    return task


def delete_periodic_task(task_name: str) -> bool:
    """Have the task of that name run no more; whether there was one.

    The schedule goes with it unless another task keeps to it.
    """
    from django_celery_beat.models import PeriodicTask

    with transaction.atomic():
        task = PeriodicTask.objects.filter(name=task_name).first()
        if task is None:
            return False
        schedules = [task.interval, task.crontab, task.clocked]
        task.delete()
        for schedule in filter(None, schedules):
            if not schedule.periodictask_set.exists():
                schedule.delete()
    return True


def _interval(hours: float) -> Any:
    from django_celery_beat.models import IntervalSchedule

    hours = hours if hours > 0 else IDLE_HOURS
    whole = float(hours).is_integer()
    every = int(hours) if whole else max(1, round(hours * 60))
    period = IntervalSchedule.HOURS if whole else IntervalSchedule.MINUTES
    return _first_or_new(IntervalSchedule, every=every, period=period)


def _crontab(expression: str) -> Any:
    from django.core.exceptions import ValidationError
    from django_celery_beat.models import CrontabSchedule

    from core.models import CoreSettings

    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(
            f"the schedule {expression!r} has {len(fields)} fields; "
            "minute, hour, day of month, month and day of week are needed"
        )
    minute, hour, day, month, weekday = fields
    wanted = {
        "minute": minute,
        "hour": hour,
        "day_of_month": day,
        "month_of_year": month,
        "day_of_week": weekday,
        "timezone": CoreSettings.get_system_time_zone(),
    }
    try:
        CrontabSchedule(**wanted).full_clean(validate_unique=False)
    except ValidationError as error:
        said = "; ".join(error.messages)
        raise ValueError(f"the schedule {expression!r} is not understood: {said}") from error
    return _first_or_new(CrontabSchedule, **wanted)


def _first_or_new(model: Any, **wanted: Any) -> Any:
    # These tables have no unique rule: two equal rows are possible, and any of them will do.
    return model.objects.filter(**wanted).order_by("pk").first() or model.objects.create(**wanted)
