"""``/_dev/``: the bench over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from jackfield.config import Config
from jackfield.host import Host
from jackfield.web.dev import DevBench, DevSite
from toy_plugins import TOY, toy_folder

if str(TOY) not in sys.path:
    sys.path.append(str(TOY))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    host = Host(Config(data_dir=None, only=("toy",)))
    bench = DevBench(host, host.dialects["toy"], toy_folder(tmp_path_factory.mktemp("dev")))
    with TestClient(DevSite(host.asgi(), bench)) as made:
        assert host.wait_started(30)
        assert bench.load()
        yield made


@pytest.mark.parametrize(
    ("path", "kind"),
    [("", "text/html"), ("dev.js", "text/javascript"), ("dev.css", "text/css")],
)
def test_the_page_and_its_files_are_there(client: TestClient, path: str, kind: str) -> None:
    answer = client.get(f"/_dev/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_page_is_found_without_the_last_slash(client: TestClient) -> None:
    answer = client.get("/_dev", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/_dev/")


def test_everything_else_is_the_hosts_own(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/_development").status_code == 404
    assert client.get("/_dev/nothing").status_code == 404


def test_the_state_is_told(client: TestClient) -> None:
    state = client.get("/_dev/state").json()
    assert (state["slug"], state["running"]) == ("greeter", True)


def test_chat_event_action_and_reload(client: TestClient) -> None:
    said = client.post("/_dev/chat", json={"user": "alice", "body": "hi"}).json()
    assert said["allowed"] is True
    by_object = {"user": {"displayName": "alice"}, "body": "you"}
    assert client.post("/_dev/chat", json=by_object).json()["message"]["body"] == "you"
    bodies = [message["body"] for message in client.get("/_dev/chat").json()["messages"]]
    assert bodies[:2] == ["hi", "hello: hi"]
    fired = client.post("/_dev/event", json={"type": "toy.poke", "payload": [1]}).json()
    assert fired["dispatched"] == "toy.poke"
    assert [line["text"] for line in fired["log"]] == ["toy.poke [1]"]
    ran = client.post("/_dev/action", json={"id": "wave", "params": {"a": 1}}).json()
    assert ran["result"] == {"ran": "wave", "a": 1}
    before = client.get("/_dev/state").json()["generation"]
    assert client.post("/_dev/reload").json()["generation"] == before + 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("chat", {}, "body"),
        ("chat", {"body": 3}, "body"),
        ("chat", {"body": "x", "user": 3}, "user"),
        ("chat", {"body": "x", "user": {"displayName": []}}, "user"),
        ("event", {}, "type"),
        ("event", {"type": "  "}, "type"),
        ("action", {"params": {}}, "id"),
        ("action", {"id": "x", "params": [1]}, "params"),
        ("event", [], None),
    ],
)
def test_mistakes_name_their_field(
    client: TestClient, path: str, body: Any, field: str | None
) -> None:
    answer = client.post(f"/_dev/{path}", json=body)
    assert (answer.status_code, answer.json()["error"].get("field")) == (400, field)


def test_another_sites_page_cannot_send_anything(client: TestClient) -> None:
    forms = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
    for kind in forms:
        answer = client.post("/_dev/event", content="{}", headers={"content-type": kind})
        assert answer.status_code == 400


def test_a_body_that_is_no_json_or_too_large(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    for content in (b"{", b"\xff", b"[" * 200_000):
        assert client.post("/_dev/event", content=content, headers=headers).status_code == 400
    huge = b'{"type": "' + b"x" * (1024 * 1024) + b'"}'
    answer = client.post("/_dev/event", content=huge, headers=headers)
    assert "above" in answer.json()["error"]["message"]


def test_the_logs_start_must_be_a_number(client: TestClient) -> None:
    answer = client.get("/_dev/state?after=x")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "after")


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    folder = Path(__file__).parents[3] / "src" / "jackfield" / "web" / "dev"
    for name in ("index.html", "dev.js", "dev.css"):
        assert "://" not in (folder / name).read_text()
