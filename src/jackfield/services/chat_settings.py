"""Bounds of the chat."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """Each number protects the host or the people in the chat.

    :param max_connections: connections at once.
    :param max_per_address: connections at once from one address; a household, or a proxy that
        hides the real addresses, shares one.
    :param history: messages that a page gets when it connects, and a page of older ones.
    :param missed: messages that a reconnecting page gets before it must start afresh.
    :param part_seconds: how long somebody may be without connection before they count as gone, so
        that a phone changing networks is not a farewell and a greeting.
    :param queue: frames that wait for a slow reader before it is dropped.
    :param ping_seconds: between signs of life; two missed ones end a connection.
    :param max_frame: characters of a frame that a client sends.
    :param posts: messages a user may post.
    :param plugin_posts: messages a plugin may post.
    :param requests: frames of any kind that a connection may send.
    :param registrations: names that may be taken from one address.
    :param renames: times that a user may take another name.
    """

    max_connections: int = 5000
    max_per_address: int = 100
    history: int = 50
    missed: int = 200
    part_seconds: float = 5.0
    queue: int = 256
    ping_seconds: float = 25.0
    max_frame: int = 16_384
    posts: str = "8/5 seconds; 60/minute"
    plugin_posts: str = "40/10 seconds"
    requests: str = "40/5 seconds"
    registrations: str = "20/minute; 200/hour"
    renames: str = "6/minute"
