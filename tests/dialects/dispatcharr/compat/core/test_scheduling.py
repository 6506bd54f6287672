"""Tasks on schedule."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


def schedule(**kwargs: Any) -> Any:
    from core.scheduling import create_or_update_periodic_task

    return create_or_update_periodic_task("mine", "my_plugin.tasks.check", **kwargs)


def task() -> Any:
    from django_celery_beat.models import PeriodicTask

    return PeriodicTask.objects.get(name="mine")


class TestCreateOrUpdate:
    def test_hours(self) -> None:
        assert schedule(interval_hours=6, kwargs={"id": 3}) == task()
        assert (task().interval.every, task().interval.period) == (6, "hours")
        assert json.loads(task().kwargs) == {"id": 3}
        assert task().task == "my_plugin.tasks.check"
        assert task().enabled

    def test_part_of_an_hour(self) -> None:
        schedule(interval_hours=0.5)
        assert (task().interval.every, task().interval.period) == (30, "minutes")

    def test_five_fields(self) -> None:
        from core.models import CoreSettings

        CoreSettings.objects.filter(key="system_settings").update(
            value={"time_zone": "Europe/Berlin"}
        )
        schedule(cron_expression=" 15 3 * * mon ")
        crontab = task().crontab
        assert (crontab.minute, crontab.hour, crontab.day_of_week) == ("15", "3", "mon")
        assert str(crontab.timezone) == "Europe/Berlin"
        assert task().interval is None

    def test_from_one_kind_to_the_other_and_off(self) -> None:
        schedule(cron_expression="0 4 * * *")
        schedule(interval_hours=2)
        assert task().crontab is None
        assert task().enabled
        schedule(interval_hours=2, enabled=False)
        assert not task().enabled

    def test_neither_means_off(self) -> None:
        schedule()
        assert not task().enabled
        assert task().interval is not None

    def test_equal_schedules_are_one_row(self) -> None:
        from core.scheduling import create_or_update_periodic_task
        from django_celery_beat.models import IntervalSchedule

        before = IntervalSchedule.objects.count()
        for name in ("a", "b", "c"):
            create_or_update_periodic_task(name, "t", interval_hours=5)
        assert IntervalSchedule.objects.count() == before + 1

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("0 4 * *", "'0 4 \\* \\*' has 4 fields"),
            ("0 4 * * * *", "has 6 fields"),
            ("0 99 * * *", "is not understood"),
            ("a b c d e", "is not understood"),
        ],
    )
    def test_an_expression_that_is_none(self, expression: str, message: str) -> None:
        from django_celery_beat.models import PeriodicTask

        with pytest.raises(ValueError, match=message):
            schedule(cron_expression=expression)
        assert not PeriodicTask.objects.filter(name="mine").exists()


class TestOneOff:
    def test_at_its_time(self) -> None:
        from core.scheduling import create_or_update_one_off_task

        when = datetime.datetime(2040, 1, 1, 12, tzinfo=datetime.UTC)
        create_or_update_one_off_task("mine", "t", {"a": 1}, when)
        assert task().one_off
        assert task().clocked.clocked_time == when


class TestDelete:
    def test_says_whether_there_was_one(self) -> None:
        from core.scheduling import delete_periodic_task

        schedule(interval_hours=7)
        assert delete_periodic_task("mine") is True
        assert delete_periodic_task("mine") is False

    def test_takes_a_schedule_that_nobody_else_keeps_to(self) -> None:
        from core.scheduling import create_or_update_periodic_task, delete_periodic_task
        from django_celery_beat.models import IntervalSchedule

        schedule(interval_hours=7)
        create_or_update_periodic_task("other", "t", interval_hours=7)
        delete_periodic_task("mine")
        assert IntervalSchedule.objects.filter(every=7).exists()
        delete_periodic_task("other")
        assert not IntervalSchedule.objects.filter(every=7).exists()
