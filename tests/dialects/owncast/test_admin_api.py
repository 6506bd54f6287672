"""Owncast's admin addresses over real sockets. Source: owncast spec 4.4."""

from __future__ import annotations

import io
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast import admin_api, package
from jackfield.host import installed_dialects
from jackfield.plugins.files import FolderFiles
from jackfield.services.users import ADMIN, MODERATOR
from web.served import Served, serving

ROOT = "/api/admin/plugins"
CODE = """
def hello(ctx): pass

plugin.commands({"hello": {"run": hello, "description": "says hello", "aliases": ["hi"]}})
"""


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(dialects=installed_dialects(("owncast", "servemsx"))) as server:
        yield server


@pytest.fixture
def http(served: Served) -> httpx2.Client:
    """Speaks as an operator."""
    _, token = served.accounts.tokens.create("op", (ADMIN,))
    served.http.headers["authorization"] = f"Bearer {token}"
    return served.http


def packed(tmp_path: Path, source: str = "", slug: str = "bot", **manifest: Any) -> bytes:
    folder = project(
        tmp_path / slug,
        {"INSTRUCTIONS.md": "# Help\n", "icon.png": "x"},
        **{"slug": slug, "name": slug.title(), "version": "1.2", **manifest},
    )
    return package.pack(FolderFiles(folder), source)


def upload(http: httpx2.Client, data: bytes, name: str = "bot.ocpkg", **more: Any) -> Any:
    return http.post(ROOT, files={"plugin": (name, data)}, **more)


def ok(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: httpx2.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


# -- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ROOT),
        ("POST", ROOT),
        ("POST", f"{ROOT}/bot/enable"),
        ("GET", f"{ROOT}/bot/config"),
        ("POST", f"{ROOT}/bot/config"),
        ("GET", f"{ROOT}/bot/instructions"),
        ("GET", f"{ROOT}/bot/auth-settings"),
    ],
)
def test_only_operators(served: Served, method: str, path: str) -> None:
    _, moderator = served.register("Mo", MODERATOR)
    for headers in ({}, {"authorization": f"Bearer {moderator}"}, {"authorization": "Bearer x"}):
        answer = served.http.request(method, path, headers=headers)
        refused(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Basic ")


def test_a_password_will_do_for_a_program_but_not_for_a_foreign_page(served: Served) -> None:
    _, token = served.accounts.tokens.create("op", (ADMIN,))
    basic = {"authorization": "Basic " + b64encode(f"admin:{token}".encode()).decode()}
    assert ok(served.http.get(ROOT, headers=basic)) == []
    for foreign in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://[x"},
    ):
        answer = served.http.post(f"{ROOT}/bot/enable", headers={**basic, **foreign})
        assert "another origin" in refused(answer, 403)
    own = {"origin": f"http://127.0.0.1:{served.port}", "sec-fetch-site": "same-origin"}
    refused(served.http.post(f"{ROOT}/bot/enable", headers={**basic, **own}))


# -- plugins -----------------------------------------------------------------------------------


@pytest.mark.sandbox
def test_the_life_of_a_plugin(served: Served, http: httpx2.Client, tmp_path: Path) -> None:
    made = upload(
        http,
        packed(
            tmp_path,
            CODE,
            permissions=["chat.send", "network.fetch"],
            network={"allowedHosts": ["example.org"]},
            config={"tone": {"type": "string", "default": "warm"}},
            admin={"pages": [{"path": "/admin", "title": "Admin"}]},
        ),
    )
    entry = ok(made)
    assert entry["slug"] == "bot"
    assert (entry["enabled"], entry["loaded"]) == (False, False)
    assert entry["pendingPermissions"] == ["chat.send", "network.fetch"]
    assert (entry["hasIcon"], entry["hasInstructions"]) == (True, True)
    assert entry["allowedHosts"] == ["example.org"]
    assert entry["adminPages"] == [{"path": "/admin", "title": "Admin"}]
    assert entry["config"]["tone"]["default"] == "warm"
    assert Path(entry["path"]).is_dir()

    assert ok(http.post(f"{ROOT}/bot/enable")) == {
        "status": "ok", "slug": "bot", "action": "enable",
    }  # fmt: skip
    (running,) = ok(http.get(ROOT))
    assert (running["enabled"], running["loaded"]) == (True, True)
    assert "pendingPermissions" not in running
    assert running["commands"] == [
        {"name": "hello", "prefix": "!", "description": "says hello", "aliases": ["hi"]}
    ]
    ok(http.post(f"{ROOT}/bot/reload"))
    assert "already" in refused(upload(http, packed(tmp_path, CODE)))
    ok(http.post(f"{ROOT}/bot/disable"))
    assert served.host.registry.running("bot") is None
    assert "not enabled" in refused(http.post(f"{ROOT}/bot/reload"))
    ok(http.post(f"{ROOT}/bot/uninstall"))
    assert ok(http.get(ROOT)) == []


@pytest.mark.sandbox
def test_a_plugin_that_does_not_start(http: httpx2.Client, tmp_path: Path) -> None:
    ok(upload(http, packed(tmp_path, "raise ValueError('no')\n")))
    assert "ValueError: no" in refused(http.post(f"{ROOT}/bot/enable"))
    (entry,) = ok(http.get(ROOT))
    assert "ValueError: no" in entry["lastError"]
    assert (entry["enabled"], entry["loaded"]) == (True, False)


def test_what_is_no_package(http: httpx2.Client, tmp_path: Path) -> None:
    assert "ends in .ocpkg" in refused(upload(http, b"x", "bot.zip"))
    refused(upload(http, b"not a zip"))
    assert "'plugin'" in refused(http.post(ROOT, files={"other": ("a.ocpkg", b"x")}))
    assert "'plugin'" in refused(http.post(ROOT, content=b"{}"))
    broken = http.post(
        ROOT, content=b"--x\r\n", headers={"content-type": "multipart/form-data; boundary=y"}
    )
    refused(broken)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("plugin.manifest.json", '{"api": "2"}')
    assert "expected the text '1'" in refused(upload(http, archive.getvalue()))
    ok(upload(http, packed(tmp_path), "../../some where/bot.ocpkg"))


def test_a_package_that_is_too_large(
    http: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_api, "MAX_UPLOAD_BYTES", 1000)
    assert "above 1,000 bytes" in refused(upload(http, b"x" * 1001), 413)
    monkeypatch.setattr(admin_api, "_ENVELOPE_BYTES", 100)
    refused(upload(http, b"x" * 200_000), 413)
    assert ok(http.get(ROOT)) == []


def test_acts_that_there_are_none_of(http: httpx2.Client, tmp_path: Path) -> None:
    ok(upload(http, packed(tmp_path)))
    assert "enable, disable, reload, uninstall" in refused(http.post(f"{ROOT}/bot/explode"))
    assert "no such plugin" in refused(http.post(f"{ROOT}/nope/enable"))


def test_plugins_of_other_dialects_are_none(
    served: Served, http: httpx2.Client, tmp_path: Path
) -> None:
    folder = tmp_path / "screen"
    folder.mkdir()
    (folder / "main.tengo").write_text("x := 1")
    served.host.registry.install(folder)
    assert ok(http.get(ROOT)) == []
    refused(http.post(f"{ROOT}/screen/uninstall"))
    refused(http.get(f"{ROOT}/screen/config"), 404)
    assert served.host.registry.get("screen").dialect == "servemsx"


# -- what belongs to one -----------------------------------------------------------------------


def test_instructions(http: httpx2.Client, tmp_path: Path) -> None:
    ok(upload(http, packed(tmp_path)))
    answer = http.get(f"{ROOT}/bot/instructions")
    assert (answer.status_code, answer.text) == (200, "# Help\n")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    refused(http.get(f"{ROOT}/nope/instructions"), 404)


def test_configuration(served: Served, http: httpx2.Client, tmp_path: Path) -> None:
    config = {
        "tone": {"type": "string", "default": "warm"},
        "times": {"type": "number", "default": 3},
    }
    ok(upload(http, packed(tmp_path, config=config)))
    address = f"{ROOT}/bot/config"
    assert ok(http.get(address)) == {"tone": "warm", "times": 3}
    assert ok(http.post(address, json={"tone": "cold"})) == {"tone": "cold", "times": 3}
    # What is posted takes the place of all that was set.
    assert ok(http.post(address, json={"times": 5})) == {"tone": "warm", "times": 5}
    for wrong in ({"volume": 1}, {"times": "many"}):
        refused(http.post(address, json=wrong))
    refused(http.post(address, content=b"[]"))
    refused(http.post(address, content=b"{"))
    assert ok(http.get(address)) == {"tone": "warm", "times": 5}
    ok(upload(http, packed(tmp_path, slug="plain"), "plain.ocpkg"))
    assert "no configuration" in refused(http.get(f"{ROOT}/plain/config"), 404)


def test_settings_of_the_door_are_there_for_its_keeper_alone(
    http: httpx2.Client, tmp_path: Path
) -> None:
    ok(upload(http, packed(tmp_path)))
    refused(http.get(f"{ROOT}/bot/auth-settings"), 404)
    ok(upload(http, packed(tmp_path, slug="gate", permissions=["auth.gate"]), "gate.ocpkg"))
    address = f"{ROOT}/gate/auth-settings"
    assert ok(http.get(address)) == {"accessMode": "website-only"}
    changed = http.post(address, json={"accessMode": "website-and-stream"})
    assert ok(changed) == {"accessMode": "website-and-stream"}
    refused(http.post(address, json={"accessMode": "open"}))
    refused(http.post(address, json={"mode": "website-only"}))
    assert ok(http.get(address)) == {"accessMode": "website-and-stream"}
