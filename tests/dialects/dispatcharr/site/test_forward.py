from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialects.dispatcharr.site.conftest import World
from dialects.dispatcharr.site.stand_in import StandIn, echoed
from jackfield.dialects.dispatcharr.site import forward


def test_a_request_is_passed_on_as_it_was_sent(world: World, application: StandIn) -> None:
    got = world.get("/dispatcharr/api/a%2Fb/%C3%A4/?x=%20y&x=1", "POST", b"body",
                    {"x-own": "1", "user-agent": "player"})  # fmt: skip
    sent = echoed(got.body)
    assert (sent["method"], sent["target"], sent["query"], sent["body"]) == (
        "POST", "/api/a%2Fb/%C3%A4/", "x=%20y&x=1", "body",
    )  # fmt: skip
    assert sent["headers"]["host"] == f"127.0.0.1:{world.port}"
    assert sent["headers"]["user-agent"] == "player"
    assert sent["headers"]["x-own"] == "1"


def test_the_visitor_is_introduced(world: World, application: StandIn) -> None:
    headers = echoed(world.get("/dispatcharr/x", token=world.viewer).body)["headers"]
    assert headers["x-jackfield-user-id"] == "2"
    assert headers["x-jackfield-user"] == "bob"
    assert headers["x-jackfield-user-level"] == "1"
    assert headers["x-jackfield-prefix"] == "/dispatcharr"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "authorization" not in headers


def test_a_visitor_does_not_introduce_themselves(world: World, application: StandIn) -> None:
    sent = {"X-Jackfield-User-Id": "1", "x-jackfield-user-level": "10", "x-jackfield-user": "a",
            "x-jackfield-prefix": "/evil", "x-forwarded-for": "1.2.3.4",
            "x-forwarded-proto": "https"}  # fmt: skip
    headers = echoed(world.get("/x", headers=sent, token="").body)["headers"]
    assert not {name for name in headers if name.startswith("x-jackfield")}
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"


def test_players_show_their_token_in_a_cookie_or_the_address(
    world: World, application: StandIn
) -> None:
    cookie = {"cookie": f"dispatcharr_access={world.viewer}"}
    assert echoed(world.get("/x", headers=cookie, token="").body)["headers"][
        "x-jackfield-user"
    ] == "bob"  # fmt: skip
    got = world.get(f"/x?token={world.admin}", token="")
    assert echoed(got.body)["headers"]["x-jackfield-user"] == "ann"
    # Not to change anything, and a bad one is none.
    sent = echoed(world.get("/x", "POST", b"", cookie, token="").body)
    assert "x-jackfield-user" not in sent["headers"]
    sent = echoed(world.get("/x?token=junk", token="").body)
    assert "x-jackfield-user" not in sent["headers"]
    assert world.get("/x", token="junk").status == 401


def test_basic_authentication_is_the_applications(world: World, application: StandIn) -> None:
    sent = {"authorization": "Basic YTpi"}
    headers = echoed(world.get("/x", headers=sent, token="").body)["headers"]
    assert headers["authorization"] == "Basic YTpi"


def test_the_answer_is_passed_back_as_it_is(world: World, application: StandIn) -> None:
    got = world.get("/teapot")
    assert (got.status, got.body) == (418, b"short")
    assert got.headers["x-own"] == "1"
    assert got.headers["set-cookie"] == "a=b"
    assert world.get("/teapot", "HEAD").status in (405, 418)


def test_a_stream_comes_as_it_is_made_and_ends_with_its_viewer(
    world: World, application: StandIn
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=10)
    connection.request("GET", "/endless")
    answer = connection.getresponse()
    assert answer.headers["content-type"] == "video/mp2t"
    assert answer.read(5) == b"first"
    assert len(answer.read(5000)) == 5000
    answer.close()
    connection.close()
    assert application.left.wait(10)


def test_a_viewer_who_stops_reading_is_let_go(
    world: World, application: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "STALLED_S", 0.5)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", world.port))
        client.sendall(b"GET /endless?size=1000000 HTTP/1.1\r\nhost: x\r\n\r\n")
        assert application.left.wait(30)  # with the connection as open as before


def test_a_request_that_is_given_up_is_given_up_there_too(
    world: World, application: StandIn
) -> None:
    with socket.create_connection(("127.0.0.1", world.port)) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        assert application.started.wait(10)
    assert application.left.wait(10)


def test_a_body_goes_up_as_it_is_sent(world: World, application: StandIn) -> None:
    def parts() -> Iterator[bytes]:
        yield b"x" * 100_000
        assert application.first_part.wait(10)  # it is there before the rest is sent
        yield b"y" * 100_000

    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=20)
    connection.request("POST", "/upload", parts(), {"content-type": "text/plain"})
    answer = connection.getresponse()
    assert json.loads(answer.read())["size"] == 200_000
    connection.close()


def test_an_answer_that_is_cut_off_is_not_taken_for_whole(
    world: World, application: StandIn
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=10)
    connection.request("GET", "/cut")
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()


def test_an_application_that_does_not_start(world: World) -> None:
    got = world.get("/output/m3u")
    assert got.status == 503
    assert got.headers["retry-after"] == "2"
    assert got.json["code"] == "unavailable"
    assert got.json["detail"].startswith("there is no application process here")


def test_an_application_that_went_away(world: World, application: StandIn, tmp_path: Path) -> None:
    assert world.get("/x").status == 200
    application.stop()
    (tmp_path / "application.sock").unlink(missing_ok=True)
    got = world.get("/x")
    assert got.status == 503
    again = StandIn(tmp_path / "application.sock")
    world.application = again
    assert world.get("/x").status == 200
    again.stop()
