"""``/api/v1/plugins``: the life of a plugin over HTTP."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from jackfield.services.chat_room import ChatRoom
from toy_plugins import toy_archive, toy_folder
from web.api.conftest import Api

PLUGINS = "/api/v1/plugins"


def upload(api: Api, archive: Path, path: str = PLUGINS, **fields: str) -> Any:
    with archive.open("rb") as file:
        return api.client.post(path, files={"file": (archive.name, file)}, data=fields)


@pytest.fixture
def greeter(api: Api, tmp_path: Path) -> str:
    """The path of an installed and enabled plugin."""
    assert upload(api, toy_archive(tmp_path, help=True, icon=True)).status_code == 201
    answer = api.client.post(f"{PLUGINS}/greeter/enable", json={"grant": "all"})
    assert answer.json()["state"] == "running"
    return f"{PLUGINS}/greeter"


def error(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    assert set(found) <= {"code", "message", "plugin", "file", "field", "hint", "missing"}
    return found


def test_an_uploaded_archive_is_installed_and_none_of_it_runs(api: Api, tmp_path: Path) -> None:
    answer = upload(api, toy_archive(tmp_path, broken=True))
    assert answer.status_code == 201
    plugin = answer.json()
    assert (plugin["slug"], plugin["state"], plugin["enabled"]) == ("greeter", "disabled", False)
    assert plugin["asks"] == [
        {"permission": "chat.send", "title": "Post in the chat", "risk": "medium", "answer": "open",
         "granted": None, "lesser": []}
    ]  # fmt: skip
    assert api.client.get(PLUGINS).json() == [plugin]
    assert api.client.get(f"{PLUGINS}/greeter").json() == plugin


def test_a_dialect_can_be_named(api: Api, tmp_path: Path) -> None:
    assert upload(api, toy_archive(tmp_path), dialect="toy").status_code == 201
    answer = upload(api, toy_archive(tmp_path, "other"), dialect="none")
    assert answer.status_code == 404
    assert "no dialect 'none'" in error(answer)["message"]


def test_the_same_plugin_twice_is_a_conflict(api: Api, greeter: str, tmp_path: Path) -> None:
    answer = upload(api, toy_archive(tmp_path))
    assert answer.status_code == 409
    assert error(answer)["plugin"] == "greeter"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"text"])
def test_what_is_no_archive_is_refused(unchanged: Api, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.toy"
    file.write_bytes(content)
    answer = upload(unchanged, file)
    assert (answer.status_code, error(answer)["code"]) == (400, "invalid_archive")


def test_a_bad_manifest_names_file_and_field(unchanged: Api, tmp_path: Path) -> None:
    archive = toy_archive(tmp_path)
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("toy.json", '{"slug": 3}')
    found = error(upload(unchanged, archive))
    assert (found["code"], found["file"], found["field"]) == (
        "invalid_manifest",
        "toy.json",
        "slug",
    )
    assert "expected a text, found 3" in found["message"]


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "..", "", "a\x00b", "x" * 5000, "C:\\evil.toy", ".hidden"]
)
def test_the_senders_file_name_cannot_lead_anywhere(api: Api, tmp_path: Path, name: str) -> None:
    body = toy_archive(tmp_path).read_bytes()
    answer = api.client.post(PLUGINS, files={"file": (name, body)})
    assert answer.status_code in (201, 400), answer.text
    if answer.status_code == 201:
        assert answer.json()["slug"] == "greeter"
    else:
        assert error(answer)["message"]


def test_a_form_without_a_file_is_refused(unchanged: Api) -> None:
    answer = unchanged.client.post(PLUGINS, files={"other": ("x", b"y")})
    assert (answer.status_code, error(answer)["field"]) == (400, "file")
    answer = unchanged.client.post(PLUGINS, files={"file": (None, b"no file name: a plain field")})
    assert (answer.status_code, error(answer)["field"]) == (400, "file")


@pytest.mark.parametrize("kind", ["text/plain", "application/zip", "multipart/form-data"])
def test_other_bodies_are_refused(unchanged: Api, kind: str) -> None:
    answer = unchanged.client.post(PLUGINS, content=b"x", headers={"content-type": kind})
    assert answer.status_code == 400
    assert error(answer)["message"]


def test_an_archive_above_the_cap_is_413_and_not_read_on(
    unchanged: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jackfield.web.api.uploads.MAX_UPLOAD_BYTES", 1000)
    monkeypatch.setattr("jackfield.web.api.uploads._MAX_ENVELOPE_BYTES", 1000)
    sent = 0

    def endless() -> Any:
        nonlocal sent
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="x.toy"\r\n\r\n'
        while sent < 1_000_000:
            sent += 100
            yield b"x" * 100

    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = unchanged.client.post(PLUGINS, content=endless(), headers=headers)
    assert (answer.status_code, error(answer)["code"]) == (413, "too_large")
    declared = unchanged.client.post(
        PLUGINS, content=b"x", headers={**headers, "content-length": "99999999"}
    )
    assert declared.status_code == 413
    just_above = unchanged.client.post(PLUGINS, files={"file": ("x.toy", b"x" * 1001)})
    assert just_above.status_code == 413


def test_a_path_is_taken_only_from_who_can_read_the_data(api: Api, tmp_path: Path) -> None:
    body = {"path": str(toy_folder(tmp_path))}
    refused = api.client.post(PLUGINS, json=body)
    assert (refused.status_code, error(refused)["code"]) == (403, "permission_denied")
    local = {"authorization": f"Bearer {api.local}"}
    assert api.client.post(PLUGINS, json=body, headers=local).status_code == 201


@pytest.mark.parametrize("body", ["[]", "{}", '{"path": 3}', '{"path": "x", "y": 1}', "{", "\xff"])
def test_a_malformed_path_body_is_refused(unchanged: Api, body: str) -> None:
    headers = {"authorization": f"Bearer {unchanged.local}", "content-type": "application/json"}
    answer = unchanged.client.post(PLUGINS, content=body.encode("latin-1"), headers=headers)
    assert answer.status_code == 400
    assert "path" in error(answer)["message"]


def test_enabling_without_approval_says_what_is_missing(api: Api, tmp_path: Path) -> None:
    upload(api, toy_archive(tmp_path))
    answer = api.client.post(f"{PLUGINS}/greeter/enable")
    assert (answer.status_code, error(answer)["code"]) == (409, "approval_needed")
    assert "chat.send" in error(answer)["message"]
    assert api.client.get(f"{PLUGINS}/greeter").json()["enabled"] is False


def test_an_enabled_plugin_answers_in_the_chat(api: Api, greeter: str) -> None:
    from jackfield.services.accounts import Accounts

    user, _ = api.host.services.get(Accounts).register("ann")
    room = api.host.services.get(ChatRoom)
    room.post(user, "moin")
    assert api.host.dispatcher.drain(timeout=10)
    assert [m.body for m in room.history()] == ["moin", "hello: moin"]
    stats = api.client.get(f"{greeter}/stats").json()
    assert (stats["calls"], stats["errors"], stats["memory_bytes"]) == (1, 0, 4096)
    (line,) = api.client.get(f"{greeter}/logs").json()
    assert (line["level"], line["text"]) == ("info", "heard moin")


def test_disable_reload_and_enable_again(api: Api, greeter: str) -> None:
    assert api.client.post(f"{greeter}/reload").json()["state"] == "running"
    assert api.client.post(f"{greeter}/disable").json()["state"] == "disabled"
    refused = api.client.post(f"{greeter}/reload")
    assert (refused.status_code, error(refused)["code"]) == (409, "conflict")
    assert api.client.post(f"{greeter}/enable").json()["state"] == "running"


def test_update_and_rollback_keep_versions(api: Api, greeter: str, tmp_path: Path) -> None:
    answer = upload(api, toy_archive(tmp_path, version="2.0"), f"{greeter}/update")
    assert (answer.status_code, answer.json()["version"]) == (200, "2.0")
    versions = api.client.get(f"{greeter}/versions").json()
    assert [(v["version"], v["current"]) for v in versions] == [("2.0", True), ("1.0", False)]
    assert api.client.post(f"{greeter}/rollback").json()["version"] == "1.0"
    missing = api.client.post(f"{greeter}/rollback", json={"version": "7"})
    assert missing.status_code == 404


def test_settings_are_read_and_stored_and_secrets_stay_inside(api: Api, greeter: str) -> None:
    first = api.client.get(f"{greeter}/settings").json()
    assert [f["id"] for f in first["fields"]] == ["greeting", "loud", "key"]
    assert first["values"]["greeting"] == "hello"
    values = {"greeting": "moin", "key": "canary-5309"}
    stored = api.client.put(f"{greeter}/settings", json={"values": values})
    assert stored.json()["values"]["greeting"] == "moin"
    for path in ("", "/settings", "/logs", "/versions", "/stats"):
        assert "canary-5309" not in api.client.get(f"{greeter}{path}").text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"loud": "yes"}}, "loud"),
        ({"values": {"volume": 3}}, "volume"),
        ({"values": 3}, "values"),
        ({}, "values"),
        ({"values": {}, "more": 1}, "more"),
    ],
)
def test_wrong_settings_name_their_field_and_store_nothing(
    unchanged: Api, body: dict[str, Any], field: str
) -> None:
    before = unchanged.client.get(f"{PLUGINS}/resident/settings").json()
    answer = unchanged.client.put(f"{PLUGINS}/resident/settings", json=body)
    assert (answer.status_code, error(answer)["field"]) == (400, field)
    assert unchanged.client.get(f"{PLUGINS}/resident/settings").json() == before


def test_the_icon_can_do_nothing_but_be_looked_at(api: Api, greeter: str) -> None:
    answer = api.client.get(f"{greeter}/icon")
    assert (answer.content, answer.headers["content-type"]) == (b"<svg/>", "image/svg+xml")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_instructions_come_as_written_and_as_safe_html(api: Api, greeter: str) -> None:
    answer = api.client.get(f"{greeter}/instructions").json()
    assert answer["markdown"].startswith("# Help")
    assert "<strong>bold</strong>" in answer["html"]
    assert "<script" not in answer["html"]


def test_what_a_plugin_has_not_is_not_found(api: Api, tmp_path: Path) -> None:
    upload(api, toy_archive(tmp_path))
    for what in ("icon", "instructions"):
        answer = api.client.get(f"{PLUGINS}/greeter/{what}")
        assert (answer.status_code, error(answer)["message"]) == (404, f"has no {what}")


def test_uninstall_keeps_data_unless_told_otherwise(api: Api, greeter: str, tmp_path: Path) -> None:
    api.client.put(f"{greeter}/settings", json={"values": {"greeting": "moin"}})
    assert api.client.delete(greeter).json()["data_kept"] is True
    assert api.client.get(greeter).status_code == 404
    upload(api, toy_archive(tmp_path))
    assert api.client.get(f"{greeter}/settings").json()["values"]["greeting"] == "moin"
    gone = api.client.delete(greeter, params={"delete_data": True}).json()
    assert gone["data_kept"] is False
    upload(api, toy_archive(tmp_path))
    assert api.client.get(f"{greeter}/settings").json()["values"]["greeting"] == "hello"


def test_data_that_was_kept_can_be_deleted_later(api: Api, greeter: str) -> None:
    api.client.delete(greeter)
    answer = api.client.delete(greeter, params={"delete_data": True})
    assert (answer.status_code, answer.json()["data_kept"]) == (200, False)
    assert api.client.delete(greeter, params={"delete_data": True}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("DELETE", ""), ("POST", "/enable"), ("POST", "/disable"), ("POST", "/reload"),
        ("POST", "/rollback"), ("GET", "/versions"), ("GET", "/settings"), ("GET", "/stats"),
        ("GET", "/logs"), ("GET", "/logs/stream"), ("GET", "/icon"), ("GET", "/instructions"),
    ],
)  # fmt: skip
def test_an_unknown_plugin_is_404_everywhere(unchanged: Api, method: str, path: str) -> None:
    answer = unchanged.client.request(method, f"{PLUGINS}/nobody{path}")
    assert (answer.status_code, error(answer)["plugin"]) == (404, "nobody")


@pytest.mark.parametrize("query", ["lines=0", "lines=1001", "lines=x", "after=-1"])
def test_the_logs_bounds_are_checked(unchanged: Api, query: str) -> None:
    answer = unchanged.client.get(f"{PLUGINS}/resident/logs?{query}")
    assert (answer.status_code, error(answer)["field"]) == (400, query.partition("=")[0])


def test_a_bug_is_500_without_its_inside(unchanged: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(unchanged.host.registry, "list", broken)
    answer = unchanged.client.get(PLUGINS)
    assert (answer.status_code, error(answer)["code"]) == (500, "internal")
    assert "inside" not in answer.text.replace("inside the host", "")
