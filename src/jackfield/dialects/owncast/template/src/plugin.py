"""{{name}}: says hello to whoever says hi."""

from owncast_plugin import ChatMessage, owncast, plugin


@plugin.on_chat_message
def greet(msg: ChatMessage) -> None:
    words = msg.body.split()
    if words and words[0].lower() == "hi":
        name = msg.user.display_name if msg.user else "there"
        owncast.chat.send(f"hello, {name}!")
