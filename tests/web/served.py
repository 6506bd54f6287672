"""A host behind a real server on a free port, and a chat client over a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from jackfield.config import Config
from jackfield.host import Host
from jackfield.plugins.dialect import Dialect
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom

SECONDS = 10.0
"""How long anything may take before a test gives up."""


class ChatClient:
    """A program in the chat."""

    def __init__(self, opening: connect) -> None:
        self._open = ExitStack()
        self.connection: ClientConnection = self._open.enter_context(opening)
        self.frames: list[dict[str, Any]] = []

    def send(self, kind: str, **fields: Any) -> None:
        self.connection.send(json.dumps({"type": kind, **fields}))

    def post(self, body: str, nonce: str = "n") -> None:
        self.send("post", body=body, nonce=nonce)

    def next(self, *kinds: str) -> dict[str, Any]:
        """The next frame (of one of these kinds; others are passed over)."""
        while True:
            frame: dict[str, Any] = json.loads(self.connection.recv(SECONDS))
            self.frames.append(frame)
            if not kinds or frame["type"] in kinds:
                return frame

    def until_closed(self) -> int:
        """Read to the end; the close code."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            self.close()
            assert closed.rcvd is not None
            return closed.rcvd.code

    def close(self) -> None:
        self._open.close()

    def vanish(self) -> None:
        """Be gone without a goodbye, as when a phone loses its network."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)


class Served:
    """A running server."""

    def __init__(self, host: Host, port: int) -> None:
        self.host = host
        self.port = port
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS)
        self.accounts = host.services.get(Accounts)
        self.room = host.services.get(ChatRoom)
        self._clients: list[ChatClient] = []

    def tune(self, **settings: Any) -> None:
        """Change bounds of the chat that are read as it goes."""
        self.room.settings = replace(self.room.settings, **settings)

    def register(self, name: str, *scopes: str) -> tuple[str, str]:
        """A new person: id and token."""
        user, token = self.accounts.register(name)
        if scopes:
            self.accounts.promote(user.id, *scopes)
        return user.id, token

    def open(self, token: str, *, by_address: bool = False, **query: Any) -> ChatClient:
        """A socket with that token; the hello is not read yet."""
        if by_address:
            query["token"] = token
        more = "&".join(f"{key}={value}" for key, value in query.items())
        offered: Any = None if by_address else ["jackfield.chat.v1", f"jackfield.token.{token}"]
        address = f"ws://127.0.0.1:{self.port}/api/chat/socket?{more}"
        client = ChatClient(
            connect(address, subprotocols=offered, close_timeout=SECONDS, compression=None)
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close every client that a test left open."""
        for client in self._clients:
            client.close()
        self.http.close()

    def join(self, name: str, *scopes: str, **query: Any) -> ChatClient:
        """A new person in the chat, past the hello."""
        client = self.open(self.register(name, *scopes)[1], **query)
        client.next("hello")
        return client


@contextmanager
def serving(
    data: Path | None = None, dialects: dict[str, Dialect] | None = None, port: int = 0
) -> Iterator[Served]:
    """Serve a host (of no dialect) until the end of the block."""
    host = Host(Config(data_dir=data), dialects=dialects or {})
    with run(host.asgi(), port) as bound:
        served = Served(host, bound)
        try:
            yield served
        finally:
            served.close()


@contextmanager
def run(app: Any, port: int = 0) -> Iterator[int]:
    """Serve any ASGI application on a free port of this machine; yields the port."""
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="on",
        ws="websockets-sansio",
        timeout_graceful_shutdown=3,
        proxy_headers=False,  # as jackfield serve without --proxy
    )
    server = uvicorn.Server(config)
    ready = threading.Event()
    startup = server.startup

    async def started(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        ready.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert ready.wait(SECONDS)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        listener.close()
        assert not thread.is_alive()
