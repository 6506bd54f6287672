"""A filter that never comes back when a message says "loop"."""

from owncast_plugin import ChatMessage, filter, plugin


@plugin.filter_chat_message
def check(msg: ChatMessage) -> dict:
    while "loop" in msg.body:
        try:
            pass
        except BaseException:  # nothing in the plugin can hold off the deadline
            continue
    return filter.pass_()
