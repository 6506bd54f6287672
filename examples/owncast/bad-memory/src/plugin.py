"""Takes memory until there is none when a message says "eat"."""

from owncast_plugin import ChatMessage, owncast, plugin

kept = []


@plugin.on_chat_message
def eat(msg: ChatMessage) -> None:
    if msg.body == "eat":
        while True:
            kept.append(bytearray(4 * 1024 * 1024))
    owncast.chat.send(f"holding {len(kept)} blocks")
