"""A small media application with a chat and members of its own, which lends both to plugins.

Run it in this folder:

    uvicorn app:app

``POST /messages`` with ``{"name": "ada", "body": "hi"}`` says something, ``GET /messages`` shows
the chat. The host's own page, its API and its plugins' pages lie below ``/plugin-host``.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from jackfield import Chat, ChatClient, ChatMessage, Config, Event, Host, User, Users

RECEIVED = "chat.message.received"


class Members:
    """The application's accounts, as plugins may see them: implements ``jackfield.Users``."""

    def __init__(self) -> None:
        self._members: dict[str, User] = {}
        self.banned_addresses: set[str] = set()

    def enter(self, name: str) -> User:
        """The member of that name, made on first use."""
        return self._members.setdefault(name, User(id=f"member-{name}", display_name=name))

    def all(self) -> list[User]:
        return list(self._members.values())

    def get(self, user_id: str) -> User | None:
        return next((user for user in self._members.values() if user.id == user_id), None)

    def set_enabled(self, user_id: str, enabled: bool, reason: str = "") -> None:
        user = self.get(user_id)
        if user is not None:
            since = None if enabled else datetime.now(UTC).isoformat()
            self._members[user.display_name] = msgspec.structs.replace(user, disabled_at=since)

    def ban_ip(self, address: str) -> None:
        self.banned_addresses.add(address)


class Room:
    """The application's chat: implements ``jackfield.Chat``, which plugins call from their own
    threads. Nobody is connected for longer than a request, so some of it has nothing to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: list[ChatMessage] = []

    def add(self, message: ChatMessage) -> None:
        with self._lock:
            self._messages.append(message)

    def send_as_bot(self, slug: str, name: str, text: str) -> None:
        bot = User(id=f"bot-{slug}", display_name=name, is_bot=True)
        self.add(new_message(bot, text))

    def send_action(self, slug: str, name: str, text: str) -> None:
        self.send_as_bot(slug, name, f"* {text}")

    def send_system(self, slug: str, html: str) -> None:
        self.send_as_bot(slug, slug, html)  # shown as text: this application renders no HTML

    def send_to(self, slug: str, client_id: int, text: str) -> bool:
        return False  # nobody is connected

    def history(self, limit: int = 50) -> list[ChatMessage]:
        with self._lock:
            return self._messages[-limit:]

    def clients(self) -> list[ChatClient]:
        return []

    def hide(self, message_id: str, moderator: User | None = None) -> None:
        with self._lock:
            self._messages = [one for one in self._messages if one.id != message_id]

    def kick(self, client_id: int) -> None:
        return None


def new_message(user: User, body: str) -> ChatMessage:
    now = datetime.now(UTC).isoformat()
    return ChatMessage(id=uuid.uuid4().hex, user=user, body=body, timestamp=now)


class Said(BaseModel):
    name: str
    body: str


def create_app(data: Path) -> FastAPI:
    """The application, with a plugin host that keeps its things in *data*."""
    room, members = Room(), Members()
    host = Host(Config(data_dir=data), services={Chat: room, Users: members})

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # A mounted application's own lifespan is not run, so the host is started here. Both may
        # take a moment; a worker thread keeps the event loop free.
        await run_in_threadpool(host.start)
        try:
            yield
        finally:
            await run_in_threadpool(host.stop)

    app = FastAPI(lifespan=lifespan)

    @app.post("/messages")  # not async: the plugins' filters run in this thread
    def say(said: Said) -> dict[str, str]:
        message = new_message(members.enter(said.name), said.body)
        result = host.dispatcher.filter(Event(RECEIVED, msgspec.to_builtins(message)))
        if result.dropped:
            raise HTTPException(422, result.reason)
        if result.action == "modify":
            message = msgspec.structs.replace(message, body=str(result.payload["body"]))
        room.add(message)
        host.dispatcher.notify(Event(RECEIVED, msgspec.to_builtins(message)))
        return {"id": message.id}

    @app.get("/messages")
    def messages() -> list[dict[str, str]]:
        return [
            {"name": one.user.display_name if one.user else "", "body": one.body}
            for one in room.history()
        ]

    app.mount("/plugin-host", host.asgi())
    return app


app = create_app(Path(os.environ.get("APP_DATA", "data")))
