"""What code in a child speaks to the host with."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    here.detach()
    yield
    here.detach()


def test_without_a_host_telling_does_nothing_and_asking_says_so() -> None:
    here.tell("log", text="x")
    with pytest.raises(here.NoHost, match=r"task\.send"):
        here.call("task.send")
    assert here.role == ""


def test_with_a_host_both_reach_it() -> None:
    heard: list[str] = []
    told = threading.Event()

    def log(text: str) -> None:
        heard.append(text)
        told.set()

    one, other = socket.socketpair()
    host = Link(one, {"log": log, "add": lambda a, b: a + b})
    mine = Link(other, {})
    try:
        here.attach(mine, "plugin", of_plugin="greeter")
        assert (here.role, here.plugin) == ("plugin", "greeter")
        here.tell("log", text="hello")
        assert here.call("add", a=1, b=2, timeout=5) == 3
        assert told.wait(5)
        assert heard == ["hello"]
    finally:
        host.close()
        mine.close()
    here.tell("log", text="nobody hears this")
    assert heard == ["hello"]
