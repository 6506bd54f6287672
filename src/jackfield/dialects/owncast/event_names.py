"""The events that belong to the host (owncast spec 3.1)."""

from __future__ import annotations

CHAT_MESSAGE = "chat.message.received"
CHAT_COMMAND = "chat.command"
TIMER_FIRED = "timer.fire"
SSE_CONNECT = "sse.connect"
SSE_DISCONNECT = "sse.disconnect"

FEDIVERSE = frozenset(
    f"fediverse.{kind}"
    for kind in ("activity", "follow", "like", "repost", "quote", "mention", "reply")
)

OWNED = frozenset({TIMER_FIRED, CHAT_COMMAND, SSE_CONNECT, SSE_DISCONNECT})
"""Events that go to the one plugin they concern, subscribed or not."""

BUILT_IN = (
    frozenset(
        {
            CHAT_MESSAGE,
            "chat.user.joined",
            "chat.user.parted",
            "chat.user.renamed",
            "chat.message.moderated",
            "stream.started",
            "stream.stopped",
            "stream.title.changed",
            "tick",
        }
    )
    | FEDIVERSE
    | OWNED
)
"""Every name that a plugin can hear and none can emit."""
