"""Repeats every message of a person."""

from owncast_plugin import ChatMessage, owncast, plugin


@plugin.on_chat_message
def echo(msg: ChatMessage) -> None:
    if msg.user and msg.user.is_bot:
        return  # two echo bots would never stop
    prefix = owncast.config.get("prefix", "echo:")
    owncast.chat.send(f"{prefix} {msg.body}")
