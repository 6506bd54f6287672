"""Source: dispatcharr spec 2.10."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from dialects.dispatcharr.site.conftest import SECRET, World
from jackfield.dialects.dispatcharr.site.socket import profile_test
from jackfield.dialects.dispatcharr.site.tokens import Tokens, Who
from jackfield.services.accounts import Accounts


@contextmanager
def watching(world: World, token: str, path: str = "/ws/") -> Iterator[ClientConnection]:
    before = len(world.updates)
    with connect(f"ws://127.0.0.1:{world.port}{path}?token={token}") as socket:
        hello = json.loads(socket.recv(10))
        assert hello["type"] == "connection_established"
        assert hello["data"]["success"] is True
        assert isinstance(hello["data"]["message"], str)
        while len(world.updates) == before:
            time.sleep(0.005)
        yield socket


def say(world: World, **data: Any) -> None:
    world.updates.send("updates", "update", data)


def heard(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(10))


@pytest.mark.parametrize("path", ["/ws/", "/dispatcharr/ws/"])
def test_updates_arrive(world: World, path: str) -> None:
    with watching(world, world.viewer, path) as socket:
        say(world, type="plugin", plugin="p", message="Done")
        data = {"type": "plugin", "plugin": "p", "message": "Done"}
        assert heard(socket) == {"type": "update", "data": data}


def test_everybody_hears_what_is_for_them(world: World) -> None:
    with watching(world, world.viewer) as viewer, watching(world, world.admin) as admin:
        say(world, type="channel_stats", stats="{}")
        say(world, type="m3u_refresh", account=1)
        assert heard(admin)["data"]["type"] == "channel_stats"
        assert heard(admin)["data"]["type"] == "m3u_refresh"
        assert heard(viewer)["data"]["type"] == "m3u_refresh"


def refused(world: World, query: str, path: str = "/ws/") -> int:
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(f"ws://127.0.0.1:{world.port}{path}{query}"),
    ):
        pass
    return caught.value.response.status_code


def test_who_does_not_say_who_they_are_is_not_let_in(world: World) -> None:
    old = Tokens(SECRET, lambda: 1000.0).access(Who(1, "a", 10))
    refresh = world.tokens.refresh(Who(1, "a", 10))
    for query in ("", "?token=", "?token=junk", f"?token={old}", f"?token={refresh}"):
        assert refused(world, query) == 403
    assert refused(world, f"?token={world.admin}", "/other/") == 403


def test_a_token_of_the_host_opens_it(world: World) -> None:
    _, secret = world.host.services.get(Accounts).tokens.create("program")
    with watching(world, secret) as socket:
        say(world, type="channel_stats")
        assert heard(socket)["data"]["type"] == "channel_stats"


def test_who_leaves_is_forgotten(world: World) -> None:
    with watching(world, world.viewer):
        assert len(world.updates) == 1
    deadline = time.monotonic() + 10
    while len(world.updates) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(world.updates) == 0


def test_what_clients_say(world: World) -> None:
    test = {"type": "m3u_profile_test", "url": "http://a/u/p/1", "search": "/(u)/p/",
            "replace": "/$1/q/"}  # fmt: skip
    with watching(world, world.viewer) as viewer, watching(world, world.admin) as admin:
        for socket in (viewer, admin):
            for text in ("junk", "[]", '{"type": "unknown"}', "[" * 5000):
                socket.send(text)
            socket.send(b"\0\1")
            socket.send(json.dumps(test))
        answer = heard(admin)["data"]
        assert answer == {"type": "m3u_profile_test", "success": True, "search_preview": "/u/p/",
                          "result": "http://a/u/q/1"}  # fmt: skip
        say(world, type="x")
        assert heard(viewer)["data"] == {"type": "x"}  # a viewer's test was not answered


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"url": "u", "search": "", "replace": "x"}, {"success": True, "result": "u"}),
        ({"url": "u", "search": "(", "replace": "x"}, {"success": False}),
        ({"url": "u", "search": "u", "replace": "$9"}, {"success": False}),
        ({}, {"success": True, "result": ""}),
        ({"url": "a" * 5000, "search": "(a+)+$", "replace": ""}, {"success": True, "result": ""}),
    ],
)
def test_profiles(asked: dict[str, Any], found: dict[str, Any]) -> None:
    answer = profile_test(asked)
    assert {key: answer.get(key) for key in found} == found
