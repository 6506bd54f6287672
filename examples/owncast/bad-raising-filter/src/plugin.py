"""A filter that fails on every message."""

from owncast_plugin import ChatMessage, plugin


@plugin.filter_chat_message
def check(msg: ChatMessage) -> dict:
    raise ValueError(f"no idea what to do with {msg.body!r}")
