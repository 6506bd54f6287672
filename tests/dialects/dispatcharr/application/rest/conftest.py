from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link


class Host(list[tuple[str, list[Any]]]):
    """The host's end of a real link: keeps the tasks that were sent, name and arguments."""

    def publish(self, message: dict[str, Any], **_: Any) -> None:
        body = message["body"]
        if message["properties"].get("body_encoding") == "base64":
            body = base64.b64decode(body).decode()
        self.append((message["headers"]["task"], json.loads(body)[0]))


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    ours, theirs = socket.socketpair()
    there = Link(theirs, {"task.publish": host.publish, "websocket": lambda **_: None,
                          "system_event": lambda **_: None, "log": lambda **_: None})  # fmt: skip
    link = Link(ours, {})
    here.attach(link, "application")
    yield host
    here.detach()
    link.close()
    there.close()
