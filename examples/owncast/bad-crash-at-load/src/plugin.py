"""Fails when it is loaded, in a file of its own."""

import settings

from owncast_plugin import owncast, plugin


@plugin.on_chat_message
def never(msg: object) -> None:
    owncast.chat.send(f"never said: {settings.GREETING}")
