"""What was acknowledged is there after the server was killed, and only once."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from e2e.serving import Server, serving

pytestmark = pytest.mark.e2e

SECONDS = 30.0


class Talker:
    """A client as the protocol wants it: keeps each message until it is acknowledged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.token = ""
        self.unsent: dict[str, str] = {}
        self.acknowledged: dict[str, str] = {}
        self._count = 0

    def join(self, server: Server) -> None:
        answer = httpx2.post(f"{server.url}/api/chat/register", json={"displayName": self.name})
        self.token = answer.json()["accessToken"]

    def open(self, server: Server) -> ClientConnection:
        address = server.url.replace("http", "ws") + f"/api/chat/socket?token={self.token}"
        return connect(address, open_timeout=SECONDS)

    def talk(self, server: Server, enough: int, done: threading.Event) -> None:
        """Speak until the connection breaks; tell when so many were acknowledged."""
        try:
            with self.open(server) as socket:
                self.read(socket, "hello")
                for nonce, body in list(self.unsent.items()):
                    self.say(socket, nonce, body)
                while True:
                    self._count += 1
                    self.say(socket, f"n{self._count}", f"{self.name} {self._count}")
                    if len(self.acknowledged) >= enough:
                        done.set()
        except (ConnectionClosed, OSError):
            return

    def finish(self, server: Server) -> None:
        """Send what was never acknowledged."""
        with self.open(server) as socket:
            self.read(socket, "hello")
            for nonce, body in list(self.unsent.items()):
                self.say(socket, nonce, body)

    def say(self, socket: ClientConnection, nonce: str, body: str) -> None:
        self.unsent[nonce] = body
        while True:
            socket.send(json.dumps({"type": "post", "nonce": nonce, "body": body}))
            frame = self.read(socket, "ack", "refused")
            if frame["type"] == "ack":
                assert frame["nonce"] == nonce
                self.acknowledged[nonce] = frame["message"]["id"]
                del self.unsent[nonce]
                return
            assert frame["code"] == "rate_limited"
            threading.Event().wait(frame["retryAfter"])

    def read(self, socket: ClientConnection, *kinds: str) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(socket.recv(SECONDS))
            if frame["type"] in kinds:
                return frame


def everything(server: Server, token: str) -> list[dict[str, Any]]:
    """Every message of the chat, oldest first, as a client pages through it."""
    address = server.url.replace("http", "ws") + f"/api/chat/socket?token={token}"
    with connect(address, open_timeout=SECONDS) as socket:
        hello = json.loads(socket.recv(SECONDS))
        messages, more = hello["messages"], hello["more"]
        while more:
            socket.send(json.dumps({"type": "older", "before": messages[0]["seq"]}))
            frame = json.loads(socket.recv(SECONDS))
            if frame["type"] == "history":
                messages, more = frame["messages"] + messages, frame["more"]
    return messages


def test_two_kills_lose_no_acknowledged_message_and_double_none(tmp_path: Path) -> None:
    talkers = [Talker(f"talker{number}") for number in range(3)]
    for round_ in range(2):
        (tmp_path / "run.json").unlink(missing_ok=True)  # the killed server left its own
        with serving(tmp_path) as server:
            ready = [threading.Event() for _ in talkers]
            threads = []
            for talker, event in zip(talkers, ready, strict=True):
                if not talker.token:
                    talker.join(server)
                enough = 4 * (round_ + 1)
                threads.append(threading.Thread(target=talker.talk, args=(server, enough, event)))
                threads[-1].start()
            assert all(event.wait(SECONDS) for event in ready)
            server.process.kill()
            server.process.wait()
            for thread in threads:
                thread.join(SECONDS)
    (tmp_path / "run.json").unlink()
    with serving(tmp_path) as server:
        for talker in talkers:
            talker.finish(server)
        stored = everything(server, talkers[0].token)
    assert [m["seq"] for m in stored] == sorted(m["seq"] for m in stored)
    for talker in talkers:
        mine = [m for m in stored if m["user"]["displayName"] == talker.name]
        assert [m["body"] for m in mine] == [
            f"{talker.name} {number}" for number in range(1, len(mine) + 1)
        ]
        assert {m["id"] for m in mine} == set(talker.acknowledged.values())
        assert len(mine) == len(talker.acknowledged) >= 8
