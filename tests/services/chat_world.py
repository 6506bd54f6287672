"""A chat with a real database and a real dispatcher, for tests that need no server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jackfield.config import ChatSettings
from jackfield.plugins.dispatcher import Dispatcher
from jackfield.plugins.events import Event, FilterResult
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom, Connection
from jackfield.services.community import community_services
from jackfield.services.moderation import Moderation
from jackfield.services.users import User
from jackfield.store import Database
from plugins.fakes import FunctionRuntime, running

CHAT_EVENTS = (
    "chat.message.received",
    "chat.message.moderated",
    "chat.user.joined",
    "chat.user.parted",
    "chat.user.renamed",
)


class ListWire:
    """Keeps every frame, decoded, and the code it was closed with."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed = ""
        self.got = threading.Condition()

    def send(self, frame: str) -> None:
        with self.got:
            self.frames.append(json.loads(frame))
            self.got.notify_all()

    def close(self, code: str) -> None:
        self.closed = code

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    def last(self, kind: str) -> dict[str, Any]:
        return self.of(kind)[-1]

    def wait(self, kind: str, seconds: float = 5.0) -> dict[str, Any]:
        with self.got:
            assert self.got.wait_for(lambda: bool(self.of(kind)), seconds), self.frames
        return self.last(kind)


@dataclass
class Client:
    user: User
    token: str
    wire: ListWire
    connection: Connection

    @property
    def id(self) -> int:
        return self.connection.client_id


@dataclass
class World:
    """Everything around one chat room; ``events`` is what plugins were told."""

    db: Database
    settings: ChatSettings = field(default_factory=lambda: ChatSettings(part_seconds=0))
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dispatcher = Dispatcher()
        for name in CHAT_EVENTS:
            self.dispatcher.listen(name, self.events.append)
        self.services = community_services(self.db, self.dispatcher, self.settings)
        self.accounts: Accounts = self.services[Accounts]
        self.room: ChatRoom = self.services[ChatRoom]
        self.moderation: Moderation = self.services[Moderation]

    def told(self, name: str) -> list[Any]:
        """Payloads of the events of that name."""
        return [event.payload for event in self.events if event.name == name]

    def filter_with(self, judge: Callable[[Event], FilterResult], slug: str = "judge") -> None:
        runtime = FunctionRuntime(filters={"chat.message.received": 100}, on_filter=judge)
        self.dispatcher.attach(running(slug, runtime))

    def join(self, name: str, *scopes: str, address: str = "10.0.0.1", **more: Any) -> Client:
        user, token = self.accounts.register(name)
        if scopes:
            user = self.accounts.promote(user.id, *scopes)
        return self.enter(user, token, address=address, **more)

    def enter(self, user: User, token: str = "", **more: Any) -> Client:
        wire = ListWire()
        return Client(user, token, wire, self.room.connect(user, wire, **more))

    def leave(self, client: Client) -> None:
        self.room.disconnect(client.connection)

    def say(self, client: Client, body: str, nonce: str = "") -> Any:
        return self.room.post(client.user, body, client_id=client.id, nonce=nonce)
