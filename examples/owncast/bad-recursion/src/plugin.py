"""Calls itself for ever when a message says "deep"; with the guard of Python taken away."""

import sys

from owncast_plugin import ChatMessage, filter, plugin


def fall(depth: int) -> int:
    return fall(depth + 1) + 1


@plugin.filter_chat_message
def check(msg: ChatMessage) -> dict:
    if "deeper" in msg.body:
        sys.setrecursionlimit(10**9)
    if "deep" in msg.body:
        fall(0)
    return filter.pass_()
