"""Tasks about channels, under the names that plugins know. Source: dispatcharr spec 4.2, 5.2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dispatcharr.celery  # noqa: F401 - the application that delay() sends with
from celery import shared_task


@shared_task
def match_epg_channels(*_: Any, **__: Any) -> str:
    """Give a guide to all channels that have none; says to how many."""
    return _matched(None)


@shared_task
def match_selected_channels_epg(channel_ids: Sequence[int], *_: Any, **__: Any) -> str:
    """Give a guide to these channels, whether they have one or not."""
    return _matched(channel_ids)


@shared_task
def match_single_channel_epg(channel_id: int, *_: Any, **__: Any) -> dict[str, Any]:
    """Give a guide to one channel: ``matched``, ``message``, and the channel if it was."""
    from jackfield.dialects.dispatcharr.iptv.epg_match import match_channels

    found = match_channels([channel_id])
    if not found["total"]:
        return {"matched": False, "message": f"there is no channel {channel_id}"}
    if not found["channels"]:
        return {"matched": False, "message": "no guide fits"}
    (channel,) = found["channels"]
    return {"matched": True, "message": f"found by {channel['how']}", "channel": channel}


def _matched(channel_ids: Sequence[int] | None) -> str:
    from core.utils import send_websocket_update

    from jackfield.dialects.dispatcharr.iptv.epg_match import match_channels

    found = match_channels(channel_ids)
    message = f"{found['matched']} of {found['total']} channels matched"
    frame = {"type": "epg_match", "success": True, "message": message, "refresh_channels": True}
    send_websocket_update("updates", "update", {**frame, "matches_count": found["matched"]})
    return message


@shared_task
def bulk_create_channels_from_streams(
    stream_ids: Sequence[int],
    channel_profile_ids: Sequence[int] | None = None,
    starting_channel_number: float | None = None,
    *_: Any,
    **__: Any,
) -> str:
    """Make a channel of each of these streams; says how many."""
    from core.utils import send_websocket_update

    from jackfield.dialects.dispatcharr.iptv.channels import channels_from_streams

    made = channels_from_streams(
        stream_ids, profile_ids=channel_profile_ids, first_number=starting_channel_number
    )
    frame = {"type": "channels_created", "count": len(made)}
    send_websocket_update("updates", "update", frame)
    return f"{len(made)} channels created"


@shared_task
def run_recording(recording_id: int, *_: Any, **__: Any) -> str:
    """Record a channel until the recording's end."""
    from jackfield.dialects.dispatcharr.iptv.recording import record

    return record(recording_id)
