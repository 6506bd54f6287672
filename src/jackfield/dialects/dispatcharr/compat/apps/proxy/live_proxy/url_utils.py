"""Which streams a channel has to go on with."""

from __future__ import annotations

import uuid
from typing import Any

from apps.channels.models import Channel
from jackfield.dialects.dispatcharr.application.stream.selection import (
    rewritten,
    sources_of_channel,
    sources_of_stream,
)
from jackfield.dialects.dispatcharr.application.stream.source import Source


def transform_url(input_url: str, search_pattern: str, replace_pattern: str) -> str:
    """*input_url* as a login has it: the first match of *search_pattern* replaced."""
    return rewritten(input_url, search_pattern, replace_pattern)


def get_stream_info_for_switch(
    channel_id: Any, target_stream_id: int | None = None
) -> dict[str, Any]:
    """How the channel's best stream is played, or the one asked for; ``{"error": …}`` if not."""
    channel = _channel(channel_id)
    if channel is None:
        return {"error": f"there is no channel {channel_id}"}
    if target_stream_id is None:
        sources = sources_of_channel(channel.pk)
    else:
        sources = sources_of_stream(target_stream_id, channel.pk)
    if not sources:
        return {"error": f"channel {channel.name} has no stream that can be played"}
    return _described(sources[0])


def get_alternate_streams(
    channel_id: Any, current_stream_id: int | None = None
) -> list[dict[str, Any]]:
    """The streams of a channel other than the one that plays, best first."""
    channel = _channel(channel_id)
    if channel is None:
        return []
    sources = sources_of_channel(channel.pk)
    return [_described(source) for source in sources if source.stream_id != current_stream_id]


def _described(source: Source) -> dict[str, Any]:
    return {
        "url": source.url,
        "user_agent": source.user_agent,
        "transcode": source.kind == "command",
        "stream_profile": source.profile_id,
        "stream_id": source.stream_id,
        "stream_name": source.stream_name,
        "m3u_profile_id": source.slot,
        "profile_id": source.slot,
    }


def _channel(channel_id: Any) -> Any:
    try:
        return Channel.objects.filter(uuid=uuid.UUID(str(channel_id))).first()
    except ValueError:
        return None
