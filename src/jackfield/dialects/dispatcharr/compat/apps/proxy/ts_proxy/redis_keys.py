"""See ``apps.proxy.live_proxy.redis_keys``; the keys begin with their older name."""

from __future__ import annotations

from typing import ClassVar

from apps.proxy.live_proxy import redis_keys


class RedisKeys(redis_keys.RedisKeys):
    """Keys by channel UUID and client id."""

    PREFIX: ClassVar[str] = "ts_proxy:"
