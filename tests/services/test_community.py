from __future__ import annotations

from jackfield.config import ChatSettings
from jackfield.plugins.dispatcher import Dispatcher
from jackfield.services.access_tokens import AccessTokens
from jackfield.services.accounts import Accounts
from jackfield.services.chat import Chat
from jackfield.services.chat_room import ChatRoom
from jackfield.services.community import community_services
from jackfield.services.moderation import Moderation
from jackfield.services.users import Users
from jackfield.store import Database


def test_protocols_and_classes_lead_to_the_same_objects(db: Database) -> None:
    settings = ChatSettings(history=7)
    services = community_services(db, Dispatcher(), settings)
    assert services[Users] is services[Accounts]
    assert services[Chat] is services[ChatRoom]
    assert services[AccessTokens] is services[Accounts].tokens
    assert services[ChatRoom].settings is settings
    assert isinstance(services[Moderation], Moderation)


def test_the_implementations_fit_their_protocols(db: Database) -> None:
    services = community_services(db, Dispatcher())
    chat: Chat = services[ChatRoom]
    users: Users = services[Accounts]
    assert chat.clients() == []
    assert users.all() == []


def test_who_lends_another_chat_gets_the_people_alone(db: Database) -> None:
    services = community_services(db, Dispatcher(), chat=False)
    assert set(services) == {Accounts, Users, AccessTokens}
