"""Accounts, logins, filters."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def models() -> Any:
    from apps.m3u import models

    return models


def test_names_of_types_and_states(models: Any) -> None:
    assert models.M3UAccount.Types.XC == "XC"
    assert set(models.M3UAccount.Status.values) == {
        "idle",
        "fetching",
        "parsing",
        "error",
        "success",
        "pending_setup",
        "disabled",
    }


def test_defaults(models: Any) -> None:
    account = models.M3UAccount.objects.create(name="A")
    account.refresh_from_db()
    assert account.account_type == "STD"
    assert account.status == "idle"
    assert account.stale_stream_days == 7
    assert account.refresh_interval == 0
    assert account.is_active
    assert account.updated_at is None


def test_updated_at_is_for_the_refresh_alone(models: Any) -> None:
    account = models.M3UAccount.objects.create(name="A")
    account.save()
    account.refresh_from_db()
    assert account.updated_at is None


def test_custom_account(models: Any) -> None:
    assert models.M3UAccount.get_custom_account().locked
    models.M3UAccount.objects.all().delete()
    with pytest.raises(models.M3UAccount.DoesNotExist):
        models.M3UAccount.get_custom_account()


def test_user_agent_own_or_default(models: Any) -> None:
    from core.models import UserAgent

    account = models.M3UAccount.objects.create(name="A")
    assert account.get_user_agent().name == "VLC"
    account.user_agent = UserAgent.objects.create(name="TV", user_agent="TV/1")
    assert account.get_user_agent().user_agent == "TV/1"
    UserAgent.objects.all().delete()
    account.refresh_from_db()
    assert account.get_user_agent() is None


def test_logins_have_their_own_names(models: Any) -> None:
    from django.db import IntegrityError

    account = models.M3UAccount.objects.create(name="A")
    with pytest.raises(IntegrityError):
        models.M3UAccountProfile.objects.create(m3u_account=account, name="A Default")


@pytest.mark.parametrize(
    ("properties", "info"),
    [
        (None, {}),
        ({}, {}),
        ({"user_info": "junk"}, {}),
        ({"user_info": {"max_connections": "2"}}, {"max_connections": "2"}),
    ],
)
def test_what_the_provider_said(models: Any, properties: Any, info: Any) -> None:
    assert models.M3UAccountProfile(custom_properties=properties).get_user_info() == info


def test_filters_in_order(models: Any) -> None:
    account = models.M3UAccount.objects.create(name="A")
    for order in (2, 0, 1):
        models.M3UFilter.objects.create(m3u_account=account, regex_pattern=str(order), order=order)
    assert [row.regex_pattern for row in account.filters.all()] == ["0", "1", "2"]
    assert account.filters.first().exclude is True


def test_a_server_group_is_left_not_taken_along(models: Any) -> None:
    group = models.ServerGroup.objects.create(name="G")
    account = models.M3UAccount.objects.create(name="A", server_group=group)
    group.delete()
    account.refresh_from_db()
    assert account.server_group is None


def test_rows_show_what_they_are(models: Any) -> None:
    assert str(models.M3UAccount(name="A")) == "A"
    assert str(models.ServerGroup(name="G")) == "G"
    assert str(models.M3UFilter(filter_type="url", regex_pattern="x")) == "url x"
    assert str(models.M3UAccountProfile(name="P", m3u_account_id=3)) == "P (account 3)"
