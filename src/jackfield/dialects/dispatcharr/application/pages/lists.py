"""The lists: channels, streams, accounts, EPG sources, events."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.dispatcharr.application.calls import Call
from jackfield.dialects.dispatcharr.application.outputs.lineup import number_text
from jackfield.dialects.dispatcharr.application.pages.frame import listing


def channels(call: Call) -> dict[str, Any]:
    from apps.channels.models import Channel, ChannelGroup
    from django.db.models import Count

    found = listing(
        call,
        Channel.objects.select_related("channel_group", "epg_data"),
        search=("name", "channel_group__name", "tvg_id"),
        sorts={
            "number": "channel_number",
            "name": "name",
            "group": "channel_group__name",
        },
        default="number",
        filters={"group": "channel_group_id"},
    )
    groups = ChannelGroup.objects.filter(channels__isnull=False).distinct().order_by("name")
    counts = _links(channel__in=found.rows).values_list("channel").annotate(Count("pk"))
    return {
        "list": found,
        "groups": list(groups),
        "counts": dict(counts),
        "number_text": number_text,
    }


def streams(call: Call) -> dict[str, Any]:
    from apps.channels.models import Stream
    from apps.m3u.models import M3UAccount
    from django.db.models import Count

    found = listing(
        call,
        Stream.objects.select_related("channel_group", "m3u_account"),
        search=("name", "channel_group__name"),
        sorts={
            "name": "name",
            "group": "channel_group__name",
            "account": "m3u_account__name",
            "seen": "last_seen",
        },
        default="name",
        filters={"account": "m3u_account_id", "group": "channel_group_id"},
    )
    counts = _links(stream__in=found.rows).values_list("stream").annotate(Count("pk"))
    return {
        "list": found,
        "accounts": list(M3UAccount.objects.order_by("name")),
        "counts": dict(counts),
    }


def _links(**of: Any) -> Any:
    """Which streams are in which channels, for the rows of one page."""
    from apps.channels.models import ChannelStream

    return ChannelStream.objects.filter(**of).order_by()


def accounts(call: Call) -> dict[str, Any]:
    from apps.m3u.models import M3UAccount
    from django.db.models import Count

    rows = M3UAccount.objects.annotate(stream_count=Count("streams"))
    found = listing(
        call,
        rows,
        search=("name",),
        sorts={"name": "name", "status": "status", "updated": "updated_at"},
        default="name",
    )
    return {"list": found}


def sources(call: Call) -> dict[str, Any]:
    from apps.epg.models import EPGSource
    from django.db.models import Count

    rows = EPGSource.objects.annotate(channel_count=Count("epgs"))
    found = listing(
        call,
        rows,
        search=("name",),
        sorts={"name": "name", "status": "status", "updated": "updated_at"},
        default="name",
    )
    return {"list": found}


def plugins(call: Call) -> dict[str, Any]:
    from apps.plugins.models import PluginConfig

    found = listing(
        call,
        PluginConfig.objects.all(),
        search=("name", "key", "description"),
        sorts={"name": "name", "state": "enabled"},
        default="name",
    )
    return {"list": found}


def events(call: Call) -> dict[str, Any]:
    from core.models import SystemEvent

    found = listing(
        call,
        SystemEvent.objects.all(),
        search=("event_type", "channel_name"),
        sorts={"time": "timestamp", "type": "event_type", "channel": "channel_name"},
        default="-time",
    )
    return {"list": found}
