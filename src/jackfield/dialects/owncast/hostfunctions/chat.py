"""Writing into the chat, reading it, keeping it tidy."""

from __future__ import annotations

from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.services.chat import Chat, ChatClient, ChatMessage

USUAL_HISTORY = 50


def functions(caller: Caller) -> Functions:
    """Source: owncast spec 2.2."""

    def chat(permission: str) -> Chat:
        return caller.service(Chat, permission)

    def send(text: str) -> None:
        chat("chat.send").send_as_bot(caller.slug, caller.bot_name, text)

    def send_action(text: str) -> None:
        chat("chat.send").send_action(caller.slug, caller.bot_name, text)

    def send_system(html: str) -> None:
        chat("chat.send").send_system(caller.slug, html)

    def send_to(client_id: int, text: str) -> None:
        chat("chat.send").send_to(caller.slug, client_id, text)

    def history(limit: int) -> list[ChatMessage]:
        return chat("chat.history").history(limit if limit > 0 else USUAL_HISTORY)

    def clients() -> list[ChatClient]:
        return chat("chat.history").clients()

    def delete_message(message_id: str) -> None:
        chat("chat.moderate").hide(message_id)

    def kick_client(client_id: int) -> None:
        chat("chat.moderate").kick(client_id)

    return {
        "owncast_send_chat": send,
        "owncast_send_chat_action": send_action,
        "owncast_send_chat_system": send_system,
        "owncast_send_chat_to": send_to,
        "owncast_chat_history": history,
        "owncast_chat_clients": clients,
        "owncast_delete_message": delete_message,
        "owncast_kick_client": kick_client,
    }
