"""Where in Redis a channel's state lies.

Source: dispatcharr spec 1 (0.25: ``ts_proxy:`` became ``live:``). The state is kept under both.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RedisKeys:
    """Keys by channel UUID and client id."""

    PREFIX: ClassVar[str] = "live:"

    @classmethod
    def _channel(cls, channel_id: Any) -> str:
        return f"{cls.PREFIX}channel:{channel_id}"

    @classmethod
    def channel_metadata(cls, channel_id: Any) -> str:
        """A hash, see :class:`~apps.proxy.live_proxy.constants.ChannelMetadataField`."""
        return f"{cls._channel(channel_id)}:metadata"

    @classmethod
    def clients(cls, channel_id: Any) -> str:
        """A set of the ids of those who watch."""
        return f"{cls._channel(channel_id)}:clients"

    @classmethod
    def client_metadata(cls, channel_id: Any, client_id: Any) -> str:
        """A hash: address, user agent, since when."""
        return f"{cls.clients(channel_id)}:{client_id}"

    @classmethod
    def client_stop(cls, channel_id: Any, client_id: Any) -> str:
        """Set by somebody who wants that client to be let go."""
        return f"{cls._channel(channel_id)}:client:{client_id}:stop"

    @classmethod
    def channel_stopping(cls, channel_id: Any) -> str:
        """Set while the channel is being stopped."""
        return f"{cls._channel(channel_id)}:stopping"

    @classmethod
    def channel_owner(cls, channel_id: Any) -> str:
        """Who passes the channel on."""
        return f"{cls._channel(channel_id)}:owner"

    @classmethod
    def buffer_index(cls, channel_id: Any) -> str:
        """How far the channel is."""
        return f"{cls._channel(channel_id)}:buffer:index"

    @classmethod
    def last_data(cls, channel_id: Any) -> str:
        """When the provider last sent something."""
        return f"{cls._channel(channel_id)}:last_data"
