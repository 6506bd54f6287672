"""What follows when an account is saved. Source: dispatcharr spec 5.2."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


def account(**fields: Any) -> Any:
    from apps.m3u.models import M3UAccount

    return M3UAccount.objects.create(**{"name": "A", **fields})


def task_of(row: Any) -> Any:
    from django_celery_beat.models import PeriodicTask

    return PeriodicTask.objects.filter(name=f"m3u_account-refresh-{row.pk}").first()


class TestNewAccount:
    def test_gets_a_default_login(self) -> None:
        login = account(max_streams=2).profiles.get()
        assert login.name == "A Default"
        assert login.is_default
        assert login.max_streams == 2
        assert (login.search_pattern, login.replace_pattern) == ("^(.*)$", "$1")

    def test_its_groups_are_looked_up(self, host_beside: Any) -> None:
        row = account()
        assert host_beside.tasks == [("apps.m3u.tasks.refresh_m3u_groups", [row.pk], {})]
        row.save()
        assert len(host_beside.tasks) == 1

    def test_not_those_of_an_xtream_server(self, host_beside: Any) -> None:
        account(account_type="XC")
        assert host_beside.tasks == []

    def test_once_it_can_be_seen(self, host_beside: Any) -> None:
        from django.db import transaction

        with transaction.atomic():
            account()
            assert host_beside.tasks == []
        assert len(host_beside.tasks) == 1


class TestSchedule:
    def test_is_off_without_an_interval(self) -> None:
        row = account()
        row.refresh_from_db()
        assert row.refresh_task == task_of(row)
        assert not row.refresh_task.enabled
        assert row.refresh_task.task == "apps.m3u.tasks.refresh_single_m3u_account"
        assert json.loads(row.refresh_task.kwargs) == {"account_id": row.pk}

    def test_follows_the_interval(self) -> None:
        row = account(refresh_interval=6)
        assert task_of(row).enabled
        assert task_of(row).interval.every == 6
        row.refresh_interval = 0
        row.save(update_fields=["refresh_interval"])
        assert not task_of(row).enabled

    def test_is_off_while_the_account_is(self) -> None:
        row = account(refresh_interval=6)
        row.is_active = False
        row.save()
        assert not task_of(row).enabled
        row.is_active = True
        row.save()
        assert task_of(row).enabled

    def test_other_fields_leave_it_alone(self) -> None:
        row = account(refresh_interval=6)
        task_of(row).delete()
        row.last_message = "x"
        row.save(update_fields=["last_message"])
        assert task_of(row) is None

    def test_goes_with_the_account(self) -> None:
        row = account(refresh_interval=6)
        task = task_of(row)
        row.delete()
        assert not type(task).objects.filter(pk=task.pk).exists()


class TestSwitch:
    def test_says_so_in_the_status(self) -> None:
        row = account(status="success")
        row.is_active = False
        row.save()
        assert row.status == "disabled"
        row.is_active = True
        row.save()
        row.refresh_from_db()
        assert row.status == "idle"

    def test_even_when_only_the_switch_is_saved(self) -> None:
        row = account(status="success")
        row.is_active = False
        row.save(update_fields=["is_active"])
        row.refresh_from_db()
        assert row.status == "disabled"

    def test_not_when_it_was_not_touched(self) -> None:
        row = account(status="success")
        row.last_message = "x"
        row.save()
        row.is_active = False
        row.save(update_fields=["last_message"])
        row.refresh_from_db()
        assert (row.status, row.is_active) == ("success", True)


class TestLockedAccount:
    def test_is_left_alone(self, host_beside: Any) -> None:
        row = account(name="mine", locked=True, refresh_interval=5)
        assert host_beside.tasks == []
        assert task_of(row) is None
        assert not row.profiles.exists()
