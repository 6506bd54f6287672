from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from jackfield.host import Host
from jackfield.services.stream import Stream
from jackfield.services.told_stream import ToldStream
from jackfield.services.users import ADMIN
from jackfield.web.app import create_app
from jackfield.web.viewer import STATIC, viewer_state
from plugins.fakes import FunctionRuntime, running
from web.served import Served


@dataclass
class Command:
    mod_only: bool = False


@dataclass
class Commands:
    all: tuple[Command, ...]


SCRIPTS = sorted(STATIC.glob("js/*.js"))


def test_the_page_and_every_file_it_names_are_served(served: Served) -> None:
    page = served.http.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    named = re.findall(r'(?:src|href)="([^"#]+)', page.text)
    assert "static/viewer.css" in named
    for name in set(named):
        file = served.http.get("/" + name)
        assert file.status_code == 200, name
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["cache-control"] == "no-cache"
    again = served.http.get("/static/viewer.css", headers={"if-none-match": file.headers["etag"]})
    assert again.status_code in (200, 304)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_import_of_a_script_is_there(script: Path) -> None:
    for name in re.findall(r'from "(\./[^"]+)"', script.read_text()):
        assert (script.parent / name).is_file()


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "js", "nope.js", "%2e%2e/app.py"])
def test_nothing_else_is_served(served: Served, name: str) -> None:
    assert served.http.get(f"/static/{name}").status_code == 404


def test_the_page_keeps_its_own_content_policy() -> None:
    page = (STATIC / "viewer.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page), "no inline scripts"
    assert "style=" not in page
    assert not re.search(r'\son\w+="', page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page), "nothing from other sites"


def test_addresses_are_relative_so_that_any_prefix_works() -> None:
    page = (STATIC / "viewer.html").read_text()
    for name in re.findall(r'(?:src|href)="([^"]+)', page):
        assert urljoin("http://x/some/prefix/", name).startswith("http://x/some/prefix/")
    for script in SCRIPTS:
        assert not re.search(r'["`]/(?:api|static)', script.read_text()), script


def test_every_field_has_a_label() -> None:
    page = (STATIC / "viewer.html").read_text()
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    for tag, name in re.findall(r'<(input|textarea)[^>]* id="([^"]+)"', page):
        assert name in labelled, (tag, name)


def test_what_everybody_may_know(served: Served) -> None:
    state = served.http.get("/api/viewer").json()
    assert state == {
        "chat": True, "stream": None, "starting": 0, "commands": False, "parts": False,
        "gated": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("commands", "hint"),
    [((), False), ((Command(mod_only=True),), False), ((Command(), Command(True)), True)],
)
def test_the_hint_at_commands_is_given_where_there_are_any(
    served: Served, monkeypatch: pytest.MonkeyPatch, commands: tuple[Command, ...], hint: bool
) -> None:
    plain = running("plain", FunctionRuntime())
    able = running("able", FunctionRuntime())
    able.runtime.commands = Commands(commands)  # type: ignore[attr-defined]
    monkeypatch.setattr(served.host.registry, "all_running", lambda: [plain, able])
    assert served.http.get("/api/viewer").json()["commands"] is hint


def test_an_operator_learns_of_the_engine(served: Served) -> None:
    _, token = served.register("Ann", ADMIN)
    state = served.http.get("/api/viewer", headers={"authorization": f"Bearer {token}"}).json()
    assert state["engine"] == {"state": "idle", "progress": "", "error": None}
    assert state["failed"] == []
    served.accounts.set_enabled(served.accounts.find("Ann").id, False)
    assert "engine" not in viewer_state(served.host, token)
    assert "engine" not in viewer_state(served.host, "jfu_wrong")


def test_a_host_with_another_chat_says_so() -> None:
    from jackfield.plugins.service_table import ServiceTable

    with Host(dialects={}) as host:
        kept = {
            kind: host.services.get(kind)
            for kind in _kinds(host)
            if kind.__name__ not in ("ChatRoom", "Moderation")
        }
        host.services = ServiceTable(kept)
        client = TestClient(create_app(host, manage=False))
        assert client.get("/api/viewer").json()["chat"] is False
        assert client.post("/api/chat/register", json={}).status_code == 404


def _kinds(host: Host) -> list[type]:
    return list(host.services._services)


def test_a_stream_that_somebody_told_of_is_shown(served: Served) -> None:
    stream = served.host.services.get(Stream)
    assert isinstance(stream, ToldStream)
    stream.report({"online": True, "title": "Soldering", "viewers": 3})
    assert served.http.get("/api/viewer").json()["stream"] == {"title": "Soldering", "viewers": 3}
    stream.report({"online": False})
    assert served.http.get("/api/viewer").json()["stream"] is None
