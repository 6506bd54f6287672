"""A plugin keeps the door of a whole host, over real sockets. Source: owncast spec 2.6."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dialects.owncast.projects import project
from jackfield.config import Config
from jackfield.host import Host, installed_dialects
from jackfield.services.users import ADMIN
from web.served import Served, run, serving

pytestmark = pytest.mark.sandbox

EXAMPLE = Path(__file__).parents[3] / "examples/owncast/front-door"
LOGIN = "/plugins/front-door/?return_to="


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("gate") / "data"
    with serving(data, dialects=installed_dialects(("owncast",))) as server:
        registry = server.host.registry
        registry.install(EXAMPLE)
        registry.set_settings("front-door", {"password": "sesame"})
        yield server


@pytest.fixture
def door(served: Served) -> Iterator[Served]:
    """The host with its door closed."""
    state = served.host.registry.enable("front-door", "all")
    assert state.state == "running", state.last_error
    yield served
    served.http.cookies.clear()
    served.host.registry.disable("front-door")


def enter(served: Served, name: str = "Ann", password: str = "sesame") -> httpx2.Response:
    return served.http.post(
        "/plugins/front-door/enter?return_to=/", content=f"name={name}&password={password}"
    )


def test_without_such_a_plugin_everybody_comes_in(served: Served) -> None:
    assert served.http.get("/").status_code == 200
    assert served.http.get("/api/viewer").json()["gated"] is False


def test_a_stranger_is_sent_to_the_plugin(door: Served) -> None:
    answer = door.http.get("/?a=b%20c")
    assert (answer.status_code, answer.headers["location"]) == (302, f"{LOGIN}/%3Fa%3Db%2520c")
    assert answer.headers["cache-control"] == "no-store"
    login = door.http.get(answer.headers["location"])
    assert login.status_code == 200
    assert "Password" in login.text


@pytest.mark.parametrize(
    "path", ["/api/viewer", "/api/config", "/api/chat/me", "/customjavascript", "/api/page"]
)
def test_what_the_page_asks_for_is_closed_too(door: Served, path: str) -> None:
    answer = door.http.get(path)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "sign_in"


def test_a_token_from_before_opens_nothing(door: Served) -> None:
    _, token = door.register("Early")
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{door.port}/api/chat/socket?token={token}")
    assert refused.value.response.status_code == 403
    bearer = {"authorization": f"Bearer {token}"}
    assert door.http.get("/api/chat/me", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "path", ["/healthz", "/api/v1/openapi.json", "/api/status", "/static/viewer.css"]
)
def test_what_others_need_stays_open(door: Served, path: str) -> None:
    assert door.http.get(path).status_code == 200


def test_who_signs_in_comes_in_and_is_known(door: Served) -> None:
    assert enter(door, password="guess").status_code == 403
    assert door.http.get("/").status_code == 302
    answer = enter(door)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = SimpleCookie(answer.headers["set-cookie"])["owncast_session"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/", "Lax", True)
    assert cookie["max-age"] == str(7 * 24 * 3600)
    assert not cookie["secure"]

    assert door.http.get("/").status_code == 200
    assert door.http.get("/api/viewer").json()["gated"] is True
    session = door.http.post("/api/auth/session").json()
    assert session["displayName"] == "Ann"
    user = door.accounts.get(session["id"])
    assert user is not None
    assert user.is_authenticated
    # A browser sends the cookie with the socket's opening.
    sent = f"owncast_session={cookie.value}"
    with connect(
        f"ws://127.0.0.1:{door.port}/api/chat/socket?token={session['accessToken']}",
        additional_headers={"cookie": sent},
    ) as socket:
        hello = json.loads(socket.recv(10))
    assert (hello["type"], hello["you"]["displayName"]) == ("hello", "Ann")


def test_leaving_closes_the_door_behind_one(door: Served) -> None:
    enter(door)
    assert door.http.get("/").status_code == 200
    assert door.http.get("/plugins/front-door/leave").status_code == 303
    assert door.http.get("/").status_code == 302


def test_the_banned_are_out_at_once(door: Served) -> None:
    enter(door, "Bea")
    session = door.http.post("/api/auth/session").json()
    door.accounts.set_enabled(session["id"], False)
    assert door.http.get("/").status_code == 302
    assert door.http.post("/api/auth/session").status_code == 401


@pytest.mark.parametrize("other", ['state={"a": 1}', "a b=1", "[x]=1", "=1", "x"])
def test_cookies_of_other_programs_on_the_same_name_do_no_harm(door: Served, other: str) -> None:
    enter(door)
    session = door.http.cookies["owncast_session"]
    door.http.cookies.clear()
    for sent in (f"{other}; owncast_session={session}", f"owncast_session={session}; {other}"):
        assert door.http.get("/", headers={"cookie": sent}).status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "\x7f;;;=", 'owncast_session=".."'])
def test_a_session_that_is_none(door: Served, cookie: str) -> None:
    answer = door.http.get("/", headers={"cookie": f"owncast_session={cookie}"})
    assert answer.status_code == 302


def test_operators_need_no_session(door: Served) -> None:
    _, token = door.accounts.tokens.create("op", (ADMIN,))
    operator = {"authorization": f"Bearer {token}"}
    assert door.http.get("/", headers=operator).status_code == 200
    assert door.http.get("/api/viewer", headers=operator).status_code == 200


def test_a_page_elsewhere_gets_no_token(door: Served) -> None:
    enter(door)
    for foreign in ({"origin": "https://evil.example"}, {"origin": "null"},
                    {"sec-fetch-site": "cross-site"}):  # fmt: skip
        assert door.http.post("/api/auth/session", headers=foreign).status_code == 403


def test_how_much_is_closed_is_the_operators_choice(door: Served) -> None:
    _, token = door.accounts.tokens.create("op", (ADMIN,))
    operator = {"authorization": f"Bearer {token}"}
    address = "/api/admin/plugins/front-door/auth-settings"
    assert door.http.get(address, headers=operator).json() == {"accessMode": "website-only"}

    def status(mode: str, path: str) -> int:
        told = door.http.post(address, headers=operator, json={"accessMode": mode})
        assert told.json() == {"accessMode": mode}
        return door.http.get(path).status_code

    assert status("website-and-stream", "/hls/0/stream.m3u8") == 401
    assert status("website-and-stream", "/api/status") == 200
    assert status("website-stream-and-status", "/api/status") == 401
    assert status("website-only", "/hls/0/stream.m3u8") == 404
    wrong = door.http.post(address, headers=operator, json={"accessMode": "none"})
    assert wrong.status_code == 400
    assert "accessMode" in wrong.json()["error"]


def test_a_plugin_that_fails_opens_no_door(door: Served) -> None:
    enter(door)
    assert door.http.get("/").status_code == 200
    door.host.registry.suspend("front-door", "it misbehaved")
    answer = door.http.get("/")
    assert answer.status_code == 503
    assert "does not run" in answer.text
    assert door.http.get("/api/chat/me").status_code == 503
    _, token = door.accounts.tokens.create("op", (ADMIN,))
    operator = {"authorization": f"Bearer {token}"}
    assert door.http.get("/", headers=operator).status_code == 200


def test_only_one_keeps_the_door(door: Served, tmp_path: Path) -> None:
    second = project(tmp_path / "second", slug="second", name="Second", permissions=["auth.gate"])
    door.host.registry.install(second)
    state = door.host.registry.enable("second", "all")
    assert state.state == "failed"
    assert "'front-door' keeps the door already" in state.last_error
    door.host.registry.uninstall("second", keep_data=False)
    assert door.http.get("/").headers["location"].startswith(LOGIN)


CHECKS = """
from owncast_plugin import auth_check, owncast, plugin

@plugin.get("/in")
def enter(req):
    user = owncast.users.register(req.query.who, display_name=req.query.who)
    owncast.auth.grant_session(user.user_id, ttl=60)
    return {"status": 204}

@plugin.on_auth_check
def check(req):
    match req.user.display_name:
        case "refreshed": return auth_check.refresh(120)
        case "denied": return auth_check.deny("no")
        case "broken": raise ValueError("not today")
"""


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = project(
        tmp_path_factory.mktemp("checks") / "gate",
        {"src/plugin.py": CHECKS},
        slug="gate",
        permissions=["auth.gate", "users.register", "http.serve"],
    )
    with serving(dialects=installed_dialects(("owncast",))) as server:
        server.host.registry.install(folder)
        assert server.host.registry.enable("gate", "all").state == "running"
        yield server


@pytest.mark.parametrize(
    ("who", "status"), [("fine", 200), ("refreshed", 200), ("denied", 302), ("broken", 302)]
)
def test_the_plugin_judges_each_visit(checking: Served, who: str, status: int) -> None:
    checking.http.cookies.clear()
    checking.http.get(f"/plugins/gate/in?who={who}")
    answer = checking.http.get("/")
    assert answer.status_code == status
    cookies = answer.headers.get_list("set-cookie")
    match who:
        case "fine":
            assert cookies == []
        case "refreshed":
            assert SimpleCookie(cookies[0])["owncast_session"]["max-age"] == "120"
        case _:
            assert SimpleCookie(cookies[0])["owncast_session"]["max-age"] == "0"
            assert answer.headers["location"] == "/plugins/gate/?return_to=/"


class Proxied:
    """As a server does it that believes its proxy: the scheme is the viewer's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "scheme": "https"}
        await self.app(scope, receive, send)


@pytest.mark.parametrize("proxied", [True, False])
def test_the_cookie_is_secure_where_the_server_says_so_and_not_a_header(proxied: bool) -> None:
    host = Host(Config(), dialects=installed_dialects(("owncast",)))
    app: Any = host.asgi()
    make: Callable[[Any], Any] = Proxied if proxied else (lambda inner: inner)
    with run(make(app)) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as http:
        host.registry.install(EXAMPLE)
        host.registry.set_settings("front-door", {"password": "sesame"})
        assert host.registry.enable("front-door", "all").state == "running"
        answer = http.post(
            "/plugins/front-door/enter",
            content="name=Ann&password=sesame",
            headers={"x-forwarded-proto": "https"},
        )
    assert ("; Secure" in answer.headers["set-cookie"]) is proxied
