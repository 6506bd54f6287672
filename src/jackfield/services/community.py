"""Accounts, chat and moderation, put together."""

from __future__ import annotations

from typing import Any

from jackfield.plugins.dialect import EventBus
from jackfield.services.access_tokens import AccessTokens
from jackfield.services.accounts import Accounts
from jackfield.services.chat import Chat
from jackfield.services.chat_room import ChatRoom
from jackfield.services.chat_settings import ChatSettings
from jackfield.services.chat_store import ChatStore
from jackfield.services.moderation import Moderation
from jackfield.services.users import Users
from jackfield.store import Database


def community_services(
    db: Database, events: EventBus, settings: ChatSettings | None = None
) -> dict[type, Any]:
    """The services around the chat, by protocol and, for the web, by class."""
    accounts = Accounts(db)
    room = ChatRoom(accounts, ChatStore(db), events, settings)
    return {
        AccessTokens: accounts.tokens,
        Accounts: accounts,
        Users: accounts,
        ChatRoom: room,
        Chat: room,
        Moderation: Moderation(room, accounts),
    }
