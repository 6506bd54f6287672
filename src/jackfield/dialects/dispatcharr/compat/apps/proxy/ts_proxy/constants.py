"""See ``apps.proxy.live_proxy.constants``."""

from apps.proxy.live_proxy.constants import ChannelMetadataField, ChannelState

__all__ = ["ChannelMetadataField", "ChannelState"]
