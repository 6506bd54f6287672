"""How the proxy is set, under the names that plugins ask.

Source: dispatcharr spec 4.2 and 5.1 (``proxy_settings``).
"""

from __future__ import annotations

from typing import Any

from core.models import CoreSettings


class BaseConfig:
    """What all kinds of streams share."""

    DEFAULT_USER_AGENT = "VLC/3.0.21 LibVLC/3.0.21"
    CHUNK_SIZE = 8192
    CONNECTION_TIMEOUT = 10
    MAX_RETRIES = 3
    RETRY_WAIT_INTERVAL = 0.5

    @classmethod
    def get_proxy_settings(cls) -> dict[str, Any]:
        """The group ``proxy_settings``, with defaults for what nobody set."""
        return CoreSettings.get_proxy_settings()

    @classmethod
    def get_buffering_timeout(cls) -> float:
        """Seconds that a stream may be slower than it plays before the next one is tried."""
        return cls.get_proxy_settings()["buffering_timeout"]

    @classmethod
    def get_channel_shutdown_delay(cls) -> float:
        """Seconds that a channel goes on after its last viewer left."""
        return cls.get_proxy_settings()["channel_shutdown_delay"]

    @classmethod
    def get_channel_init_grace_period(cls) -> float:
        """Seconds that a channel may take until its first picture."""
        return cls.get_proxy_settings()["channel_init_grace_period"]


class TSConfig(BaseConfig):
    """What holds for MPEG-TS."""

    TS_PACKET_SIZE = 188
    FAILOVER_GRACE_PERIOD = 20
    CLIENT_RECORD_TTL = 30
    STREAM_TIMEOUT = 20
