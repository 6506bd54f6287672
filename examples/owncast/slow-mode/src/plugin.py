"""Limits how often one person may write."""

from datetime import datetime

from owncast_plugin import ChatMessage, filter, owncast, plugin

MANY = 10_000
last: dict[str, float] = {}


@plugin.filter_chat_message
def slow_down(msg: ChatMessage) -> dict:
    if msg.user is None or "MODERATOR" in (msg.user.scopes or []):
        return filter.pass_()
    seconds = owncast.config.get("seconds", 5)
    # The message's own time, not the clock: what arrives late was still written in time.
    now = datetime.fromisoformat(msg.timestamp).timestamp()
    before = last.get(msg.user.id)
    if before is not None and now - before < seconds:
        wait = seconds - (now - before)
        return filter.drop(f"slow mode: {wait:.0f} s to wait")
    if len(last) >= MANY:
        last.clear()
    last[msg.user.id] = now
    return filter.pass_()
