"""What an operator tells plugins of the server, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

import jackfield
from jackfield.config import Config
from jackfield.host import Host, installed_dialects
from jackfield.plugins.events import Event
from jackfield.services.recording import Found, Recorded, recording_services
from jackfield.services.server import Server
from jackfield.services.uploads import Uploads
from jackfield.services.users import ADMIN
from jackfield.services.video import VideoSettings
from web.served import Served, run, serving


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(dialects=installed_dialects(("owncast",))) as server:
        yield server


@pytest.fixture
def http(served: Served) -> httpx2.Client:
    """Speaks as an operator."""
    _, token = served.accounts.tokens.create("op", (ADMIN,))
    served.http.headers["authorization"] = f"Bearer {token}"
    return served.http


def ok(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", ["server", "stream", "video", "notifications", "fediverse"])
def test_only_operators_see_and_change(served: Served, name: str) -> None:
    assert served.http.get(f"/api/admin/{name}").status_code == 401
    assert served.http.post(f"/api/admin/{name}", json={}).status_code == 401


def test_the_server(served: Served, http: httpx2.Client) -> None:
    assert ok(http.get("/api/admin/server"))["name"] == ""
    told = {"name": "Attic TV", "tags": ["a"], "socials": [{"platform": "x", "url": "https://x"}]}
    shown = ok(http.post("/api/admin/server", json=told))
    assert {key: shown[key] for key in told} == told
    assert served.host.services.get(Server).info().name == "Attic TV"
    wrong = http.post("/api/admin/server", json={"tags": "a"})
    assert wrong.status_code == 400
    assert "tags" in wrong.json()["error"]


def test_the_stream_starts_and_everybody_may_see_it(served: Served, http: httpx2.Client) -> None:
    heard: list[Event] = []
    served.host.dispatcher.listen("stream.started", heard.append)
    quiet = ok(httpx2.get(f"http://127.0.0.1:{served.port}/api/status"))
    assert (quiet["online"], quiet["viewerCount"]) == (False, 0)
    told = {
        "online": True,
        "title": "Soldering",
        "viewers": 4,
        "broadcaster": {"resolution": "1280x720"},
    }
    shown = ok(http.post("/api/admin/stream", json=told))
    assert shown["broadcaster"] == {"resolution": "1280x720"}
    assert [event.payload["title"] for event in heard] == ["Soldering"]
    status = ok(httpx2.get(f"http://127.0.0.1:{served.port}/api/status"))
    assert (status["online"], status["viewerCount"], status["streamTitle"]) == (
        True,
        4,
        "Soldering",
    )
    assert status["lastConnectTime"] == shown["startedAt"]
    assert status["versionNumber"] == jackfield.__version__
    assert http.post("/api/admin/stream", json={"viewers": -1}).status_code == 400


def test_the_video(served: Served, http: httpx2.Client) -> None:
    told = {"codec": "libx264", "variants": [{"width": 640, "height": 360}]}
    shown = ok(http.post("/api/admin/video", json=told))
    assert (shown["codec"], shown["variants"][0]["width"]) == ("libx264", 640)
    assert served.host.services.get(VideoSettings).read().codec == "libx264"
    for wrong in ({"codec": "av9"}, {"latencyLevel": "low"}):
        assert http.post("/api/admin/video", json=wrong).status_code == 400


@pytest.mark.parametrize(
    ("name", "told", "secret"),
    [
        ("notifications", {"discord": "https://discord.example/hook/s3cret"}, "s3cret"),
        (
            "fediverse",
            {"instance": "https://social.example", "accessToken": "s3cret"},
            "s3cret",
        ),
    ],
)
def test_secrets_are_not_shown_and_survive_being_sent_back(
    served: Served, http: httpx2.Client, name: str, told: dict[str, str], secret: str
) -> None:
    address = f"/api/admin/{name}"
    shown = ok(http.post(address, json=told))
    assert secret not in str(shown)
    assert "(set)" in shown.values()
    ok(http.post(address, json={**shown, "local": True}))
    from jackfield.services.fediverse import Fediverse
    from jackfield.services.notifications import Notifications

    kept = {
        "notifications": lambda: served.host.services.get(Notifications).document(),
        "fediverse": lambda: served.host.services.get(Fediverse).document(),
    }[name]()
    assert secret in str(kept)
    assert kept.local is True


# -- the Fediverse ----------------------------------------------------------------------------

ACTOR = {"name": "Bo", "handle": "bo@social.example"}
POST = {
    "actor": ACTOR, "content": "<p>hi</p>", "contentText": "hi", "url": "https://s/1",
    "postedAt": "2026-01-01T00:00:00Z",
}  # fmt: skip


def heard_of(served: Served, *names: str) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []
    for name in names:
        served.host.dispatcher.listen(name, lambda e: heard.append((e.name, e.payload)))
    return heard


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("follow", {"actor": ACTOR}),
        ("like", {"actor": ACTOR, "target": {"url": "https://me/1"}}),
        ("repost", {"actor": ACTOR, "target": {"url": "https://me/1"}}),
        ("mention", POST),
        ("reply", {**POST, "inReplyTo": "https://me/1", "language": "en"}),
        ("quote", {"actor": ACTOR, "target": {"url": "https://me/1"}, "url": "https://s/2"}),
    ],
)
def test_what_a_bridge_tells_is_an_event(
    served: Served, http: httpx2.Client, kind: str, payload: dict[str, Any]
) -> None:
    heard = heard_of(served, f"fediverse.{kind}", "fediverse.activity")
    activity = {"type": "Create", "anything": [1]}
    told = {"type": kind, "payload": payload, "activity": activity}
    answer = ok(http.post("/api/admin/fediverse/inbound", json=told))
    assert answer == {"events": [f"fediverse.{kind}", "fediverse.activity"]}
    assert heard == [(f"fediverse.{kind}", payload), ("fediverse.activity", activity)]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "found neither"),
        ({"type": "poke", "payload": {}}, "there is no type 'poke'"),
        ({"type": "follow"}, "payload"),
        ({"type": "like", "payload": {"actor": ACTOR}}, "target"),
        ({"type": "follow", "payload": {"actor": ACTOR}, "activity": "x"}, "activity"),
    ],
)
def test_what_is_none_of_it_is_refused_as_a_whole(
    served: Served, http: httpx2.Client, told: dict[str, Any], said: str
) -> None:
    heard = heard_of(served, "fediverse.follow", "fediverse.like", "fediverse.activity")
    answer = http.post("/api/admin/fediverse/inbound", json=told)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert heard == []


def test_strangers_tell_nothing(served: Served) -> None:
    heard = heard_of(served, "fediverse.follow")
    told = {"type": "follow", "payload": {"actor": ACTOR}}
    assert served.http.post("/api/admin/fediverse/inbound", json=told).status_code == 401
    assert heard == []


# -- files ------------------------------------------------------------------------------------


def test_what_a_plugin_published_is_served_apart_from_the_host(served: Served) -> None:
    address = served.host.services.get(Uploads).upload("bot", "a b.html", b"<script>1</script>")
    answer = served.http.get(address)
    assert (answer.status_code, answer.content) == (200, b"<script>1</script>")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    part = served.http.get(address, headers={"range": "bytes=1-6"})
    assert (part.status_code, part.content) == (206, b"script")
    for other in ("/uploads/bot/none", "/uploads/other/a%20b.html", "/uploads/bot/..%2Fx"):
        assert served.http.get(other).status_code == 404


# -- what an application lends ----------------------------------------------------------------


def test_what_is_lent_is_changed_where_it_comes_from() -> None:
    lent = recording_services("bot", Found(), Recorded())
    host = Host(Config(), dialects=installed_dialects(("owncast",)), services=lent)
    with run(host.asgi()) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as http:
        for name in ("server", "stream", "notifications", "fediverse"):
            assert http.get(f"/api/admin/{name}").status_code == 404
        assert http.get("/api/status").json()["online"] is False
        assert http.get("/uploads/bot/x").status_code == 404
