"""The gates in front of a whole application, over real sockets."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from jackfield.services.gates import Gates, Knock, Passed, Refused
from web.served import Served


class Door:
    """Refuses what has ``closed`` in its path; notes whom it was asked about."""

    def __init__(self) -> None:
        self.shut = True
        self.knocks: list[Knock] = []

    def closed(self) -> bool:
        return self.shut

    def check(self, knock: Knock) -> Passed | Refused:
        self.knocks.append(knock)
        if "refuse" in knock.query:
            headers = (("x-door", "a"), ("set-cookie", "a=1"), ("set-cookie", "b=2"))
            return Refused(418, headers, b"no")
        return Passed((("x-door", "passed"), ("set-cookie", "c=3")))


@pytest.fixture
def door(served: Served) -> Door:
    made = Door()
    served.host.services.get(Gates).add(made)
    return made


def test_an_open_door_is_not_asked(served: Served, door: Door) -> None:
    door.shut = False
    answer = served.http.get("/?refuse")
    assert answer.status_code == 200
    assert "x-door" not in answer.headers
    assert door.knocks == []


def test_a_refusal_is_the_answer(served: Served, door: Door) -> None:
    answer = served.http.get("/any%20path?refuse=1&x=%41", headers={"X-Mine": "1"})
    assert (answer.status_code, answer.text, answer.headers["x-door"]) == (418, "no", "a")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    (knock,) = door.knocks
    assert (knock.path, knock.query) == ("/any path", "refuse=1&x=%41")
    assert (knock.headers["x-mine"], knock.secure, knock.socket) == ("1", False, False)


def test_who_passes_takes_something_along(served: Served, door: Door) -> None:
    answer = served.http.get("/api/viewer")
    assert answer.status_code == 200
    assert (answer.headers["x-door"], answer.headers["set-cookie"]) == ("passed", "c=3")


def test_a_socket_is_refused_before_it_opens(served: Served, door: Door) -> None:
    _, token = served.register("Ann")
    address = f"ws://127.0.0.1:{served.port}/api/chat/socket?token={token}"
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{address}&refuse")
    assert refused.value.response.status_code == 403
    assert door.knocks[-1].socket
    with connect(address) as socket:
        assert '"hello"' in str(socket.recv(10))


def test_each_door_is_asked_until_one_refuses(served: Served, door: Door) -> None:
    second = Door()
    served.host.services.get(Gates).add(second)
    answer = served.http.get("/")
    assert answer.headers.get_list("set-cookie") == ["c=3", "c=3"]
    assert served.http.get("/?refuse").status_code == 418
    assert (len(door.knocks), len(second.knocks)) == (2, 1)
