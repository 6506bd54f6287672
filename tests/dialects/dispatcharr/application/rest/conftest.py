from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link


class Host(list[tuple[str, list[Any]]]):
    """The host's end of a real link: keeps the tasks that were sent, name and arguments."""

    def send(self, name: str, args: list[Any], **_: Any) -> str:
        self.append((name, args))
        return "task-1"


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    ours, theirs = socket.socketpair()
    there = Link(theirs, {"task.send": host.send, "websocket": lambda **_: None,
                          "system_event": lambda **_: None, "log": lambda **_: None})  # fmt: skip
    link = Link(ours, {})
    here.attach(link, "application")
    yield host
    here.detach()
    link.close()
    there.close()
