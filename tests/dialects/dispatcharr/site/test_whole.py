"""The site over the real processes: a plugin's process, the application, the database."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from dialects.dispatcharr.site.conftest import PLUGIN, Got, serve, zipped
from jackfield.cli.server import listen
from jackfield.config import Config
from jackfield.host import Host
from jackfield.services.accounts import Accounts
from jackfield.web.app import site_app

pytestmark = pytest.mark.e2e

PLUGINS = "/api/plugins/plugins/"

TELLING = """
from apps.plugins.models import PluginConfig
from core.utils import send_websocket_update

class Plugin:
    name = "Telling"
    fields = [{"id": "api_key", "type": "string"}, {"id": "confirm", "type": "boolean"}]
    actions = [{"id": "tell", "label": "Tell"}, {"id": "write", "label": "Write"}]

    def run(self, action, params, context):
        if action == "tell":
            send_websocket_update("updates", "update", {"type": "plugin", "plugin": "telling",
                                                         "message": params.get("text", "")})
            return "told"
        row = PluginConfig.objects.get(key="telling")
        row.settings = {**row.settings, "written": True}
        row.save(update_fields=["settings"])
        return {"status": "ok", "context": context["settings"]}
"""


class Whole:
    """A host that serves Dispatcharr at its own address."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "dispatcharr" / "plugins"
        self.host = Host(Config(data_dir=folder, only=("dispatcharr",)))
        listener = listen("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        self._server, self._thread = serve(site_app(self.host, "dispatcharr"), listener)
        self.host.start()
        self.host.wait_started()
        _, self.token = self.host.services.get(Accounts).tokens.create("test")

    def ask(self, path: str, method: str = "GET", value: Any = None, token: str = "own") -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"content-type": "application/json"}
        if token:
            secret = self.token if token == "own" else token
            headers["authorization"] = f"Bearer {secret}"
        body = None if value is None else json.dumps(value)
        connection.request(method, path, body, headers)
        got = Got(connection.getresponse())
        connection.close()
        return got

    def post(self, path: str, value: Any = None, **more: Any) -> Any:
        where = path if path.startswith("/") else PLUGINS + path
        got = self.ask(where, "POST", value, **more)
        assert got.status in (200, 201), got
        return got.json

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.host.stop()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    made = Whole(tmp_path_factory.mktemp("whole"))
    yield made
    made.stop()


def drop_in(whole: Whole, name: str, source: str) -> None:
    (whole.root / name).mkdir(parents=True)
    (whole.root / name / "plugin.py").write_text(source)
    assert whole.ask(PLUGINS).status == 200
    assert whole.post(f"{name}/enabled/", {"enabled": True})["plugin"]["loaded"] is True


def test_the_plugin_of_the_guide(whole: Whole) -> None:
    drop_in(whole, "my_plugin", PLUGIN)
    done = whole.post("my_plugin/run/", {"action": "do_work", "params": {"a": 1}})
    assert done["success"] is True
    assert done["result"]["params"] == {"a": 1}
    assert whole.post("my_plugin/run/", {"action": "list"})["result"] == {
        "status": "ok", "result": [1, 2],
    }  # fmt: skip
    got = whole.ask(f"{PLUGINS}my_plugin/run/", "POST", {"action": "boom"})
    assert got.status == 500
    assert got.json["success"] is False
    assert "it went wrong" in got.json["error"]
    whole.post("my_plugin/settings/", {"settings": {"limit": 9}})
    done = whole.post("my_plugin/run/", {"action": "do_work"})
    assert done["result"]["settings"]["limit"] == 9
    whole.post("my_plugin/enabled/", {"enabled": False})
    assert whole.ask(f"{PLUGINS}my_plugin/run/", "POST", {"action": "x"}).status == 403


def test_users_of_the_database_log_in(whole: Whole) -> None:
    first = "/api/accounts/initialize-superuser/"
    assert whole.ask(first, token="").json == {"superuser_exists": False}
    whole.post(first, {"username": "ann", "password": "long enough"}, token="")
    tokens = whole.post(
        "/api/accounts/token/", {"username": "ann", "password": "long enough"}, token=""
    )
    assert whole.ask(PLUGINS, token=tokens["access"]).status == 200
    fresh = whole.post("/api/accounts/token/refresh/", {"refresh": tokens["refresh"]}, token="")
    assert whole.ask(PLUGINS, token=fresh["access"]).status == 200
    got = whole.ask(
        "/api/accounts/token/", "POST", {"username": "ann", "password": "wrong"}, token=""
    )
    assert got.status == 401
    assert whole.ask("/api/channels/channels/", token=tokens["access"]).status == 200
    assert whole.ask("/api/channels/channels/", token="").status in (401, 403)
    assert whole.ask("/output/m3u", token="").body.startswith(b"#EXTM3U")


def test_what_a_plugin_sends_arrives_and_what_it_writes_is_listed(whole: Whole) -> None:
    drop_in(whole, "telling", TELLING)
    with connect(f"ws://127.0.0.1:{whole.port}/ws/?token={whole.token}") as socket:
        assert json.loads(socket.recv(10))["type"] == "connection_established"
        time.sleep(0.1)
        done = whole.post("telling/run/", {"action": "tell", "params": {"text": "hi"}})
        assert done["result"] == {"status": "ok", "result": "told"}
        assert json.loads(socket.recv(10)) == {
            "type": "update", "data": {"type": "plugin", "plugin": "telling", "message": "hi"},
        }  # fmt: skip
    whole.post("telling/settings/", {"settings": {"api_key": "s3cret"}})
    done = whole.post("telling/run/", {"action": "write"})
    assert done["result"]["context"]["api_key"] == "s3cret"
    deadline = time.monotonic() + 20
    settings: dict[str, Any] = {}
    while "written" not in settings and time.monotonic() < deadline:
        got = whole.ask(PLUGINS)
        assert b"s3cret" not in got.body
        settings = {p["key"]: p for p in got.json["plugins"]}["telling"]["settings"]
    assert settings["written"] is True


def test_an_import_runs_once_it_is_enabled(whole: Whole) -> None:
    archive = zipped({"repo-main/fresh\\plugin.py": PLUGIN, "repo-main/README.md": ""})
    head = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="fresh.zip"\r\n\r\n'
    connection = http.client.HTTPConnection("127.0.0.1", whole.port, timeout=60)
    headers = {"authorization": f"Bearer {whole.token}",
               "content-type": "multipart/form-data; boundary=xyz"}  # fmt: skip
    connection.request("POST", f"{PLUGINS}import/", head + archive + b"\r\n--xyz--\r\n", headers)
    got = Got(connection.getresponse())
    connection.close()
    assert (got.status, got.json["plugin"]["key"]) == (200, "fresh")
    assert got.json["plugin"]["loaded"] is False
    whole.post("fresh/enabled/", {"enabled": True})
    assert whole.post("fresh/run/", {"action": "list"})["success"] is True
    assert whole.ask(f"{PLUGINS}fresh/delete/", "DELETE").json == {"success": True}
    assert not (whole.root / "fresh").exists()


def test_the_folder_of_an_existing_installation(tmp_path: Path) -> None:
    home = tmp_path / "old"
    (home / "plugins" / "theirs").mkdir(parents=True)
    (home / "plugins" / "theirs" / "plugin.py").write_text(PLUGIN)
    config = Config(data_dir=tmp_path / "new", only=("dispatcharr",), homes={"dispatcharr": home})
    host = Host(config)
    try:
        (state,) = host.registry.list()
        assert (state.slug, state.enabled) == ("theirs", False)
        assert host.registry.folder("theirs") == home / "plugins" / "theirs"
    finally:
        host.stop()


def test_a_folder_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "mine").mkdir(parents=True)
    (elsewhere / "mine" / "plugin.py").write_text(PLUGIN)
    monkeypatch.setenv("DISPATCHARR_PLUGINS_DIR", str(elsewhere))
    host = Host(Config(data_dir=tmp_path / "data", only=("dispatcharr",)))
    try:
        assert [state.slug for state in host.registry.list()] == ["mine"]
    finally:
        host.stop()
