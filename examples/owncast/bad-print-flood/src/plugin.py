"""Prints megabytes for every message."""

from owncast_plugin import ChatMessage, filter, plugin

LINE = "x" * 1000


@plugin.filter_chat_message
def check(msg: ChatMessage) -> dict:
    if "flood" in msg.body:
        for _ in range(10_000):
            print(LINE)
    return filter.pass_()
