"""What follows when a guide is saved. Source: dispatcharr spec 5.2."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


def source(**fields: Any) -> Any:
    from apps.epg.models import EPGSource

    return EPGSource.objects.create(**{"name": "My Guide", **fields})


def task_of(row: Any) -> Any:
    from django_celery_beat.models import PeriodicTask

    return PeriodicTask.objects.filter(name=f"epg_source-refresh-{row.pk}").first()


class TestNewSource:
    def test_is_fetched(self, host_beside: Any) -> None:
        row = source(url="http://guide/x.xml")
        assert host_beside.tasks == [("apps.epg.tasks.refresh_epg_data", [row.pk], {})]
        row.save()
        assert len(host_beside.tasks) == 1

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"source_type": "dummy"}])
    def test_unless_it_is_off_or_made_up(self, host_beside: Any, fields: dict[str, Any]) -> None:
        source(**fields)
        assert host_beside.tasks == []


class TestDummy:
    def test_has_one_channel(self) -> None:
        row = source(source_type="dummy")
        guide = row.epgs.get()
        assert (guide.tvg_id, guide.name) == ("dummy_my-guide", "My Guide")
        assert task_of(row) is None

    def test_which_follows_its_name(self) -> None:
        row = source(source_type="dummy")
        guide = row.epgs.get()
        row.name = "Events"
        row.save()
        assert row.epgs.get().pk == guide.pk
        assert row.epgs.get().tvg_id == "dummy_events"

    def test_a_name_without_any_letter(self) -> None:
        row = source(name="★", source_type="dummy")
        assert row.epgs.get().tvg_id == f"dummy_{row.pk}"

    def test_others_have_none(self) -> None:
        assert not source().epgs.exists()

    def test_one_that_becomes_a_dummy_is_fetched_no_more(self) -> None:
        row = source(refresh_interval=3)
        assert task_of(row).enabled
        row.source_type = "dummy"
        row.save()
        assert task_of(row) is None
        row.refresh_from_db()
        assert row.refresh_task is None


class TestSchedule:
    def test_follows_the_interval_and_the_switch(self) -> None:
        row = source()
        assert not task_of(row).enabled
        assert json.loads(task_of(row).kwargs) == {"source_id": row.pk}
        row.refresh_interval = 12
        row.save()
        assert task_of(row).enabled
        assert task_of(row).interval.every == 12
        row.is_active = False
        row.save(update_fields=["is_active"])
        assert not task_of(row).enabled
        row.refresh_from_db()
        assert row.refresh_task == task_of(row)

    def test_other_fields_leave_it_alone(self) -> None:
        row = source(refresh_interval=6)
        task_of(row).delete()
        row.status = "fetching"
        row.save(update_fields=["status", "last_message"])
        assert task_of(row) is None

    def test_goes_with_the_source(self) -> None:
        row = source(refresh_interval=6)
        task = task_of(row)
        row.delete()
        assert not type(task).objects.filter(pk=task.pk).exists()


class TestSwitch:
    def test_says_so_in_the_status(self) -> None:
        row = source(status="success")
        row.is_active = False
        row.save(update_fields=["is_active"])
        row.refresh_from_db()
        assert row.status == "disabled"
        row.is_active = True
        row.save()
        row.refresh_from_db()
        assert row.status == "idle"
