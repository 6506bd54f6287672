"""Masks listed words in chat, or stops the whole message."""

from functools import lru_cache

from words import pattern

from owncast_plugin import ChatMessage, filter, owncast, plugin

find = lru_cache(maxsize=4)(pattern)


@plugin.filter_chat_message
def check(msg: ChatMessage) -> dict:
    words = find(owncast.config.get("words", "darn,heck"))
    if words is None or not words.search(msg.body):
        return filter.pass_()
    if owncast.config.get("stop", False):
        return filter.drop("a word that is not welcome here")
    masked = words.sub(lambda match: "*" * len(match[0]), msg.body)
    return filter.modify({**msg.raw, "body": masked})


plugin.set_filter_priority(50)  # before filters that look at how messages are written
