"""Keeps the groups of an account: what its source names, and which of it is wanted.

Source: dispatcharr spec 6 (rows: ChannelGroup, ChannelGroupM3UAccount).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jackfield.dialects.dispatcharr.iptv.rows import parts

SYNC_NEW_GROUPS = "auto_sync_new_groups"
"""In an account's ``custom_properties``: whether new groups are set to sync. Our own."""

SYNC_OPTIONS = {"channel_numbering_mode": "next_available"}
"""What such a group is set to: a channel keeps the number that it got."""


def sync_all_groups(account: Any) -> None:
    """Set all groups of an account to sync, those that it gets later included."""
    from apps.channels.models import ChannelGroupM3UAccount

    account.custom_properties = {**(account.custom_properties or {}), SYNC_NEW_GROUPS: True}
    account.save(update_fields=["custom_properties"])
    for relation in ChannelGroupM3UAccount.objects.filter(m3u_account=account):
        relation.auto_channel_sync = True
        relation.custom_properties = {**SYNC_OPTIONS, **(relation.custom_properties or {})}
        relation.save(update_fields=["auto_channel_sync", "custom_properties"])


def keep_groups(
    account: Any, named: Mapping[str, Mapping[str, Any]], seen: datetime
) -> tuple[dict[str, int], set[str]]:
    """Store the groups that the source names, and forget those that it has not named for long.

    :param named: by name, what to keep of a group in its relation's ``custom_properties``, such as
        ``{"xc_id": "7"}``.
    :param seen: when this refresh began.
    :returns: keys of the groups by name, and the names of those that are switched off.
    """
    from apps.channels.models import ChannelGroup, ChannelGroupM3UAccount

    keys = _stored(ChannelGroup, list(named))
    missing = [ChannelGroup(name=name) for name in named if name not in keys]
    if missing:
        ChannelGroup.objects.bulk_create(missing, batch_size=500, ignore_conflicts=True)
        keys = _stored(ChannelGroup, list(named))
    relations = {
        relation.channel_group_id: relation
        for relation in ChannelGroupM3UAccount.objects.filter(m3u_account=account)
    }
    options = account.custom_properties or {}
    wanted = options.get("auto_enable_new_groups_live", True) is not False
    synced = bool(options.get(SYNC_NEW_GROUPS))
    new, changed = [], []
    for name, said in named.items():
        relation = relations.get(keys[name])
        if relation is None:
            new.append(
                ChannelGroupM3UAccount(
                    channel_group_id=keys[name],
                    m3u_account=account,
                    enabled=wanted,
                    auto_channel_sync=synced,
                    custom_properties={**said, **(SYNC_OPTIONS if synced else {})},
                    last_seen=seen,
                )
            )
            continue
        relation.custom_properties = {**(relation.custom_properties or {}), **said}
        relation.last_seen, relation.is_stale = seen, False
        changed.append(relation)
    ChannelGroupM3UAccount.objects.bulk_create(new, batch_size=500)
    ChannelGroupM3UAccount.objects.bulk_update(
        changed, ["custom_properties", "last_seen", "is_stale"], batch_size=200
    )
    gone = ChannelGroupM3UAccount.objects.filter(m3u_account=account, last_seen__lt=seen)
    gone.update(is_stale=True)
    gone.filter(last_seen__lt=seen - timedelta(days=account.stale_stream_days)).delete()
    rows = {relation.channel_group_id: relation.enabled for relation in [*changed, *new]}
    return keys, {name for name in named if not rows[keys[name]]}


def _stored(model: Any, names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts(names):
        found.update(model.objects.filter(name__in=part).values_list("name", "pk"))
    return found
