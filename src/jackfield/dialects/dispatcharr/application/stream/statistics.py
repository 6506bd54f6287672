"""Shows in Redis what plays, where plugins look for it.

Keys, once under ``live:`` and once under ``ts_proxy:``, the name before release 0.25:

- ``…channel:<uuid>:metadata``, a hash: state, url, stream_id, m3u_profile, total_bytes, init_time…
- ``…channel:<uuid>:clients``, a set of client ids, and ``…:clients:<id>``, a hash for each.
- ``profile_connections:<id>``, a number: the connections that a login uses.

Everything expires soon after nobody writes it any more. Source: dispatcharr spec 1 (0.25), 4.2.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from jackfield.dialects.dispatcharr.application.calls import in_thread

PREFIXES = ("live:", "ts_proxy:")
_EXPIRE = 30
_EVERY = 2
"""Browsers are told with every second showing."""

_logger = logging.getLogger(__name__)


class RedisStatistics:
    """Writes snapshots of :func:`~.switchboard.snapshot`.

    :param connections: login's primary key → connections in use.
    """

    def __init__(self, connections: Callable[[], dict[int, int]]) -> None:
        self._connections = connections
        self._channels: dict[str, set[str]] = {}
        self._logins: set[int] = set()
        self._turn = 0
        self._failed = False

    async def show(self, snapshots: list[dict[str, Any]]) -> None:
        """Write them, and remove what ended. A Redis that is gone is logged once."""
        self._turn += 1
        connections = self._connections()
        try:
            await in_thread(self._write, snapshots, connections)
            self._failed = False
        except Exception:
            if not self._failed:
                _logger.exception("statistics of streams cannot be written")
            self._failed = True
        if self._turn % _EVERY == 0 or not snapshots:
            await in_thread(_tell_browsers, snapshots)

    def _write(self, snapshots: list[dict[str, Any]], connections: dict[int, int]) -> None:
        from core.utils import RedisClient

        client = RedisClient.get_client()
        pipe = client.pipeline(transaction=False)
        shown: dict[str, set[str]] = {}
        for one in snapshots:
            shown[one["channel_id"]] = {row["client_id"] for row in one["clients"]}
            for prefix in PREFIXES:
                _channel(pipe, f"{prefix}channel:{one['channel_id']}", one)
        for uuid, clients in self._channels.items():
            for prefix in PREFIXES:
                base = f"{prefix}channel:{uuid}"
                gone = clients - shown.get(uuid, set())
                for client_id in gone:
                    pipe.delete(f"{base}:clients:{client_id}")
                    pipe.srem(f"{base}:clients", client_id)
                if uuid not in shown:
                    pipe.delete(f"{base}:metadata", f"{base}:clients", f"{base}:activity")
        for login in self._logins | set(connections):
            if connections.get(login):
                pipe.set(f"profile_connections:{login}", connections[login], ex=_EXPIRE)
            else:
                pipe.delete(f"profile_connections:{login}")
        pipe.execute()
        self._channels = shown
        self._logins = set(connections)


def _channel(pipe: Any, base: str, one: dict[str, Any]) -> None:
    pipe.hset(
        f"{base}:metadata",
        mapping={
            "state": one["state"],
            "url": one["url"] or "",
            "stream_id": _text(one["stream_id"]),
            "stream_name": one["stream_name"] or "",
            "channel_name": one["channel_name"],
            "m3u_profile": _text(one["m3u_profile_id"]),
            "stream_profile": _text(one["stream_profile"]),
            "owner": one["owner"],
            "init_time": repr(one["started_at"]),
            "total_bytes": one["total_bytes"],
            "avg_bitrate_kbps": one["avg_bitrate_kbps"],
            "failovers": one["failovers"],
            "reconnects": one["reconnects"],
        },
    )
    pipe.expire(f"{base}:metadata", _EXPIRE)
    for row in one["clients"]:
        key = f"{base}:clients:{row['client_id']}"
        pipe.sadd(f"{base}:clients", row["client_id"])
        pipe.hset(
            key,
            mapping={
                "ip_address": row["ip_address"],
                "user_agent": row["user_agent"],
                "user_id": row["user_id"],
                "username": row["username"],
                "connected_at": repr(row["connected_at"]),
                "bytes_sent": row["bytes_sent"],
            },
        )
        pipe.expire(key, _EXPIRE)
    pipe.expire(f"{base}:clients", _EXPIRE)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _tell_browsers(snapshots: list[dict[str, Any]]) -> None:
    """``data.stats`` is JSON as text: that is how browsers know it. Shown to administrators."""
    from core.utils import send_websocket_update

    stats = json.dumps({"channels": snapshots, "count": len(snapshots)})
    send_websocket_update("updates", "update", {"type": "channel_stats", "stats": stats})
