"""Chat: messages, those who are connected, and what moderators and plugins do with them."""

from __future__ import annotations

from typing import ClassVar, Protocol

import msgspec

from jackfield.errors import JackfieldError
from jackfield.services.users import User


class MessageDropped(JackfieldError):
    """A plugin's filter dropped the message; nobody saw it.

    :ivar by: slug of that plugin.
    """

    code: ClassVar[str] = "dropped"
    status: ClassVar[int] = 422

    def __init__(self, reason: str, by: str = "") -> None:
        super().__init__(reason)
        self.by = by


class ChatMessage(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """One message, as plugins see it (owncast spec 2.5).

    :param client_id: the sender's connection, while there is one.
    :param timestamp: RFC 3339, UTC.
    """

    id: str
    user: User | None = None
    client_id: int | None = None
    body: str = msgspec.field(default="")
    timestamp: str = ""


class ChatClient(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """One connection to the chat."""

    id: int
    user_id: str = ""
    display_name: str = ""
    connected_at: str = ""
    user_agent: str = ""
    ip_address: str = ""
    message_count: int = msgspec.field(default_factory=int)


class Chat(Protocol):
    """What plugins may do in the chat. Every method is thread-safe and returns at once.

    What a plugin posts passes no filter and raises no ``chat.message.received`` event, so that no
    two bots can talk for ever.
    """

    def send_as_bot(self, slug: str, name: str, text: str) -> None:
        """Post as the plugin's own bot identity, made on first use."""

    def send_action(self, slug: str, name: str, text: str) -> None:
        """Post in action style (``/me``)."""

    def send_system(self, slug: str, html: str) -> None:
        """Post a system message; its HTML is sanitised before anybody sees it."""

    def send_to(self, slug: str, client_id: int, text: str) -> bool:
        """Post a system message that only that connection sees; ``False`` if it is gone."""
        ...

    def history(self, limit: int = 50) -> list[ChatMessage]:
        """The newest *limit* visible messages, oldest first."""
        ...

    def clients(self) -> list[ChatClient]:
        """Everyone connected now, by id."""
        ...

    def hide(self, message_id: str, moderator: User | None = None) -> None:
        """Take a message out of everybody's view.

        :raises NotFound: no such message.
        """

    def kick(self, client_id: int) -> None:
        """Close a connection.

        :raises NotFound: no such connection.
        """
