"""See ``apps.proxy.live_proxy.services.channel_service``."""

from apps.proxy.live_proxy.services.channel_service import ChannelService

__all__ = ["ChannelService"]
