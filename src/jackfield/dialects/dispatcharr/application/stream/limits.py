"""How much memory, time and patience the proxy spends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds; the defaults suit broadcasts of up to some 40 Mbit/s.

    :param ring: what is kept of a channel for all of its players together.
    :param behind: how far behind the newest byte a player joins, so that it has something at once.
    :param connect: for a source to answer.
    :param silence: without a byte, after which a source counts as dead.
    :param retries: of one source before the next one is tried.
    :param rounds: through all sources, without a stable one, before the channel gives up.
    :param pause: before a retry; doubles with each.
    :param stable: after so long a source is forgiven what it did before.
    :param start: how long a player waits for its first byte.
    :param send: how long a player may take to accept a piece.
    :param patience: how long, over its life, one player may hold up others.
    :param filler: between null packets while a source is being replaced.
    :param shutdown_delay: how long a channel outlives its last player.
    :param linger: for players to take what is left when a channel stops.
    """

    ring: int = 8 * 1024 * 1024
    behind: int = 512 * 1024
    connect: float = 10.0
    silence: float = 10.0
    retries: int = 2
    rounds: int = 2
    pause: float = 0.5
    stable: float = 10.0
    start: float = 30.0
    send: float = 15.0
    patience: float = 1.0
    filler: float = 1.0
    shutdown_delay: float = 0.0
    linger: float = 2.0

    def with_settings(self, values: Mapping[str, Any]) -> Limits:
        """With the operator's ``proxy_settings``; what is no sensible number there is not taken."""
        return replace(
            self,
            shutdown_delay=_seconds(
                values.get("channel_shutdown_delay"), self.shutdown_delay, 0, 3600
            ),
            silence=_seconds(values.get("buffering_timeout"), self.silence, 1, 300),
        )


def _seconds(value: Any, otherwise: float, low: float, high: float) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return otherwise
    return seconds if low <= seconds <= high else otherwise
