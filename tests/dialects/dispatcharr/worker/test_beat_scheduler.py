"""The beat beside plugins that write rows meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment


@pytest.fixture
def row(django_env: Environment) -> Iterator[Any]:
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    every, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
    made = PeriodicTask.objects.create(
        name="mine", task="a.task", interval=every, args=json.dumps(["tick"])
    )
    yield made
    PeriodicTask.objects.filter(name="mine").delete()


def scheduler() -> Any:
    from dispatcharr.celery import app

    from jackfield.dialects.dispatcharr.worker.beat_scheduler import RowScheduler

    return RowScheduler(app=app, max_interval=1.0)


def test_what_was_written_meanwhile_stays(row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models import QuerySet

    beat = scheduler()
    entry = beat.reserve(beat.schedule["mine"])
    rows, get = type(row).objects.filter(name="mine"), QuerySet.get
    written = ["tock"]
    rows.update(args=json.dumps(written[-1:]))

    def late(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Whoever reads the row now finds another one when it writes."""
        found = get(self, *args, **kwargs)
        written.append("tack")
        rows.update(args=json.dumps(written[-1:]))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "get", late)
        entry.save()
    row.refresh_from_db()
    assert (json.loads(row.args), row.total_run_count) == (written[-1:], 1)
    assert row.last_run_at is not None


def test_a_row_that_is_gone_is_no_matter(row: Any) -> None:
    beat = scheduler()
    entry = beat.reserve(beat.schedule["mine"])
    row.delete()
    entry.save()
    beat.sync()
    assert type(row).objects.filter(name="mine").count() == 0


def test_what_has_expired_is_switched_off_and_no_more(row: Any) -> None:
    type(row).objects.filter(name="mine").update(expires=datetime.now(UTC) - timedelta(days=1))
    beat = scheduler()
    entry = beat.schedule.get("mine")
    if entry is not None:  # some versions do not even read it
        type(row).objects.filter(name="mine").update(args=json.dumps(["tock"]))
        assert not entry.is_due().is_due
        row.refresh_from_db()
        assert (row.enabled, json.loads(row.args)) == (False, ["tock"])
