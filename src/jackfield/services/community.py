"""Accounts, chat and moderation, put together."""

from __future__ import annotations

from typing import Any

from jackfield.config import ChatSettings
from jackfield.plugins.dialect import EventBus
from jackfield.services.access_tokens import AccessTokens
from jackfield.services.accounts import Accounts
from jackfield.services.chat import Chat
from jackfield.services.chat_room import ChatRoom
from jackfield.services.chat_store import ChatStore
from jackfield.services.moderation import Moderation
from jackfield.services.users import Users
from jackfield.store import Database


def community_services(
    db: Database, events: EventBus, settings: ChatSettings | None = None, *, chat: bool = True
) -> dict[type, Any]:
    """The services around the chat, by protocol and, for the web, by class.

    :param chat: ``False`` leaves out the chat and its moderation: another one is lent.
    """
    accounts = Accounts(db)
    people: dict[type, Any] = {
        AccessTokens: accounts.tokens,
        Accounts: accounts,
        Users: accounts,
    }
    if not chat:
        return people
    settings = settings or ChatSettings()
    room = ChatRoom(accounts, ChatStore(db, settings.kept_messages), events, settings)
    return {**people, ChatRoom: room, Chat: room, Moderation: Moderation(room, accounts)}
