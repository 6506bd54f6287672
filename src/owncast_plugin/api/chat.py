"""``owncast.chat``: read the chat, write into it, keep it tidy."""

from __future__ import annotations

from typing import Any

from owncast_plugin._host import call, checked
from owncast_plugin.payloads import ChatClient, ChatMessage, Payload, wrap_list


class Chat:
    """Needs ``chat.send`` to write, ``chat.history`` to read, ``chat.moderate`` to moderate."""

    def send(self, text: object) -> None:
        """Post as the plugin's bot."""
        call("owncast_send_chat", str(text))

    def send_action(self, text: object) -> None:
        """Post in the style of an action (``/me``)."""
        call("owncast_send_chat_action", str(text))

    def system(self, body: object) -> None:
        """Post a message of the server itself; *body* is HTML."""
        call("owncast_send_chat_system", str(body))

    def send_to(self, client_id: int, text: object) -> None:
        """Show a message to one connection only."""
        call("owncast_send_chat_to", int(client_id), str(text))

    def reply_to(self, message: Payload | int | None, text: object) -> bool:
        """Answer privately to whoever wrote *message* (or to that client id).

        Returns ``False``, and sends nothing, when the connection is not known.
        """
        client_id: Any = message.client_id if isinstance(message, Payload) else message
        if client_id is None:
            return False
        self.send_to(int(client_id), text)
        return True

    def history(self, limit: int = 0) -> list[ChatMessage]:
        """The last *limit* messages (0: the host's choice, 50), oldest first."""
        return wrap_list(call("owncast_chat_history", int(limit)), ChatMessage)

    def clients(self) -> list[ChatClient]:
        """The open connections."""
        return wrap_list(call("owncast_chat_clients"), ChatClient)

    def delete_message(self, message_id: object) -> None:
        """Hide a message.

        :raises HostError: the host could not.
        """
        checked("owncast_delete_message", str(message_id))

    def kick(self, client_id: int) -> None:
        """Close a connection.

        :raises HostError: the host could not.
        """
        checked("owncast_kick_client", int(client_id))
