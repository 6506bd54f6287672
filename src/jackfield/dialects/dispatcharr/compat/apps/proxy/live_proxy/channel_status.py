"""What a channel that plays is doing, as the application knows it."""

from __future__ import annotations

from typing import Any

from apps.proxy.live_proxy.services.channel_service import ask


class ChannelStatus:
    """Answers about one channel; nothing when it does not play."""

    @staticmethod
    def get_basic_channel_info(channel_id: Any) -> dict[str, Any] | None:
        """State, URL, stream, profile, uptime, clients."""
        answer = ask("stream.status", channel=str(channel_id))
        return None if answer.get("status") == "error" else answer

    @staticmethod
    def get_detailed_channel_info(channel_id: Any) -> dict[str, Any] | None:
        """The same: nothing is kept back from the short answer."""
        return ChannelStatus.get_basic_channel_info(channel_id)
