"""See ``apps.proxy.live_proxy.channel_status``."""

from apps.proxy.live_proxy.channel_status import ChannelStatus

__all__ = ["ChannelStatus"]
