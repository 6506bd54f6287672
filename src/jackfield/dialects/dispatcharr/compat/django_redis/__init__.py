"""The host's Redis under the name of the package that some plugins get it from.

A plugin that installs the real package gets that one: its own folder comes first.

Source: dispatcharr spec 4.3 (django_redis).
"""

from __future__ import annotations

from typing import Any


def get_redis_connection(alias: str = "default", write: bool = True) -> Any:
    """The client that ``core.utils.RedisClient`` gives, whichever *alias* is asked for."""
    from core.redis_client import RedisClient

    del alias, write
    return RedisClient.get_client()


__all__ = ["get_redis_connection"]
