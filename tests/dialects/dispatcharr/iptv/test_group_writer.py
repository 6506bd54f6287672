from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.group_writer import keep_groups, sync_all_groups

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def account() -> Any:
    from apps.m3u.models import M3UAccount

    return M3UAccount.objects.create(name="acc")


def keep(
    account: Any, *names: str, days: float = 0, **said: Any
) -> tuple[dict[str, int], set[str]]:
    from django.utils import timezone

    return keep_groups(account, dict.fromkeys(names, said), timezone.now() + timedelta(days=days))


def relations(account: Any) -> dict[str, Any]:
    rows = account.channel_group.select_related("channel_group")
    return {row.channel_group.name: row for row in rows}


def test_groups_are_shared_and_relations_are_not(account: Any) -> None:
    from apps.channels.models import ChannelGroup

    there = ChannelGroup.objects.create(name="A")
    keys, off = keep(account, "A", "B")
    assert keys["A"] == there.pk
    assert off == set()
    assert set(relations(account)) == {"A", "B"}


def test_what_a_person_set_stays_and_what_the_source_says_is_taken(account: Any) -> None:
    keep(account, "A", xc_id="1")
    row = relations(account)["A"]
    row.enabled, row.custom_properties = False, {**row.custom_properties, "mine": 1}
    row.save()
    _, off = keep(account, "A", "B", xc_id="2")
    assert off == {"A"}
    assert relations(account)["A"].custom_properties == {"xc_id": "2", "mine": 1}


def test_a_group_that_is_not_named_is_stale_then_gone(account: Any) -> None:
    keep(account, "A", "B")
    keep(account, "A", days=1)
    assert relations(account)["B"].is_stale
    keep(account, "A", days=30)
    assert set(relations(account)) == {"A"}


def test_thousands(account: Any) -> None:
    names = [f"Group {n}" for n in range(2500)]
    keys, _ = keep(account, *names)
    assert len(keys) == len(relations(account)) == 2500


def test_all_groups_sync_and_later_ones_too(account: Any) -> None:
    keep(account, "A")
    assert not relations(account)["A"].auto_channel_sync
    sync_all_groups(account)
    account.refresh_from_db()
    keep(account, "A", "B", xc_id="1")
    for row in relations(account).values():
        assert row.auto_channel_sync
        assert row.custom_properties == {"channel_numbering_mode": "next_available", "xc_id": "1"}
