"""Welcomes people."""

from typing import TYPE_CHECKING

from owncast_plugin import ChatMessage, owncast, plugin

if TYPE_CHECKING:
    from owncast_plugin import User

HELLOS = {"hi", "hello", "hey"}
welcomed: set[str] = set()


@plugin.on_chat_user_joined
def welcome(user: "User") -> None:
    if user.id in welcomed:
        return  # a reconnecting phone is no news
    welcomed.add(user.id)
    template = owncast.config.get("welcome", "welcome, {name}!")
    owncast.chat.send(template.replace("{name}", user.display_name))


@plugin.on_chat_message
def answer(msg: ChatMessage) -> None:
    first = msg.body.lower().split()[:1]
    if first and first[0].strip("!,.") in HELLOS:
        owncast.chat.send(f"hello, {msg.user.display_name if msg.user else 'there'}!")
