"""Keeps what happened, and tells the plugins that asked for it.

Source: dispatcharr spec 2.11.
"""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from jackfield.dialects.dispatcharr.processes import here

logger = logging.getLogger(__name__)

DELIVERED = frozenset(
    {
        "channel_start",
        "channel_stop",
        "channel_reconnect",
        "channel_error",
        "channel_failover",
        "stream_switch",
        "recording_start",
        "recording_end",
        "epg_refresh",
        "m3u_refresh",
        "client_connect",
        "client_disconnect",
        "login_failed",
        "epg_blocked",
        "m3u_blocked",
        "vod_start",
        "vod_stop",
    }
)
"""Events that plugins are told of; the others are kept only."""


def log_system_event(
    event_type: str,
    channel_id: Any = None,
    channel_name: str | None = None,
    **details: Any,
) -> None:
    """Keep an event and tell plugins; a failure is logged, never raised.

    The plugins are told when the transaction that the caller is in has been committed: what they
    look up is there then. The newest 100 events are kept (setting ``max_system_events``).
    """
    try:
        plain = json.loads(json.dumps(details, cls=DjangoJSONEncoder))
    except (TypeError, ValueError):
        plain = {name: str(value) for name, value in details.items()}
    try:
        with transaction.atomic():
            _keep(event_type, _as_uuid(channel_id), channel_name, plain)
            told = payload(channel_id, channel_name, plain)
    except Exception:
        logger.exception("The event %s could not be kept", event_type)
        return
    if event_type in DELIVERED:
        transaction.on_commit(
            lambda: here.tell("system_event", type=event_type, payload=told), robust=True
        )


def payload(channel_id: Any, channel_name: str | None, details: dict[str, Any]) -> dict[str, Any]:
    """What a plugin is told of an event: *details* and what is known of its channel and stream.

    Falsy values are left out, so that ``streams_created: 0`` is not told; neither is the channel's
    id. Both as the original has it.
    """
    from apps.channels.models import Channel, Stream

    known: dict[str, Any] = {"channel_name": channel_name}
    identity = _as_uuid(channel_id)
    channels = Channel.objects.select_related("stream_profile")
    channel = channels.filter(uuid=identity).first() if identity else None
    if channel is not None:
        known["channel_name"] = channel.name
        known["channel_url"] = f"/proxy/ts/stream/{channel.uuid}"
        known["profile_used"] = channel.stream_profile.name if channel.stream_profile else None
    stream_id = details.get("stream_id")
    if isinstance(stream_id, int):
        stream = Stream.objects.select_related("m3u_account").filter(pk=stream_id).first()
        if stream is not None:
            known["stream_name"] = stream.name
            known["stream_url"] = stream.url
            known["provider_name"] = stream.m3u_account.name if stream.m3u_account else None
    return {name: value for name, value in {**known, **details}.items() if value}


def _as_uuid(value: Any) -> uuid.UUID | None:
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None


def _keep(
    event_type: str, channel_id: uuid.UUID | None, channel_name: str | None, details: dict[str, Any]
) -> None:
    from core.models import CoreSettings, SystemEvent

    SystemEvent.objects.create(
        event_type=event_type[:64],
        channel_id=channel_id,
        channel_name=(channel_name or None) and channel_name[:255],
        details=details,
    )
    limit = CoreSettings.get_max_system_events()
    newest = SystemEvent.objects.order_by("-timestamp", "-pk").values_list("pk", flat=True)
    SystemEvent.objects.filter(pk__in=list(newest[limit : limit + 1000])).delete()
