"""A client written against the plugin guide's section "REST Endpoints", and what dispatcharr spec
2.4 and 2.7 to 2.9 say of statuses, bodies and the order of checks."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from dialects.dispatcharr.site.conftest import PLUGIN, World, zipped
from jackfield.dialects.dispatcharr.masking import MASK
from jackfield.dialects.dispatcharr.site import plugins

E1_KEYS = ["key", "name", "version", "description", "enabled", "ever_enabled", "fields", "settings",
           "actions", "missing"]  # fmt: skip
E2_KEYS = ["author", "help_url", "trusted", "loaded", "legacy", "logo_url"]
E3_KEYS = ["source_repo", "source_repo_name", "is_official_repo", "slug", "is_managed",
           "installed_version_is_prerelease", "update_available", "latest_version",
           "deprecated"]  # fmt: skip


def enabled(world: World, key: str = "my_plugin") -> World:
    world.list()
    got = world.post(f"{key}/enabled/", {"enabled": True})
    assert got.status == 200, got
    return world


# -- the list -------------------------------------------------------------------------------------


def test_an_empty_list(world: World) -> None:
    got = world.get("/api/plugins/plugins/")
    assert (got.status, got.json) == (200, {"plugins": []})


def test_an_entry_has_the_keys_of_every_era(world: World) -> None:
    world.write("My Plugin")
    entry = world.list()["my_plugin"]
    assert list(entry) == [*E1_KEYS, *E2_KEYS, *E3_KEYS]
    assert (entry["name"], entry["version"]) == ("My Plugin", "0.1.0")
    assert entry["description"] == "Does something useful"
    assert [f["id"] for f in entry["fields"]] == ["enabled", "limit", "mode", "note"]
    assert entry["actions"] == [
        {"id": "do_work", "label": "Do Work", "description": "Process items"}
    ]
    assert entry["settings"] == {}
    assert (entry["enabled"], entry["ever_enabled"], entry["trusted"]) == (False, False, False)
    assert (entry["loaded"], entry["legacy"], entry["missing"]) == (False, True, False)


def test_the_same_below_the_hosts_prefix(world: World) -> None:
    world.write("p", {"plugin.py": PLUGIN, "logo.png": b"\x89PNG"})
    (entry,) = world.get("/dispatcharr/api/plugins/plugins/").json["plugins"]
    where = f"http://127.0.0.1:{world.port}/dispatcharr/api/plugins/plugins/p/logo/"
    assert entry["logo_url"] == where
    assert world.get("/dispatcharr/api/plugins/plugins/p/logo/", token="").body == b"\x89PNG"
    assert world.list()["p"]["logo_url"] == where.replace("/dispatcharr", "")


ODD = """
class Plugin:
    name = "Odd"
    fields = [{"id": "a", "type": "colour", "section": "s"}, {"label": "no id"},
              {"id": "b", "type": "select", "options": ["x"]}]
    actions = [{"id": "go", "label": "Go", "params": {}}]
    def run(self, action, params, context): ...
"""


def test_fields_are_passed_through_in_the_seeds_era(world: World) -> None:
    world.write("odd", ODD)
    entry = world.list()["odd"]
    assert entry["fields"][0] == {"id": "a", "type": "colour", "section": "s"}
    assert len(entry["fields"]) == 3
    assert entry["actions"] == [{"id": "go", "label": "Go", "params": {}}]


def test_fields_are_put_right_in_the_current_era(current: World) -> None:
    current.write("odd", ODD)
    entry = current.list()["odd"]
    assert entry["fields"] == [
        {"id": "a", "type": "string"},
        {"id": "b", "type": "select", "options": [{"value": "x", "label": "x"}]},
    ]
    assert entry["actions"] == [{"id": "go", "label": "Go"}]


DYNAMIC = """
count = 0
class Plugin:
    name = "Dynamic"
    @property
    def fields(self):
        global count
        count += 1
        return [{"id": f"field_{count}", "type": "string"}]
    def run(self, action, params, context): ...
"""


def test_fields_that_are_computed_are_asked_for_with_each_list(world: World) -> None:
    world.write("p", DYNAMIC)
    assert world.list()["p"]["fields"] == []
    enabled(world, "p")
    first, second = (world.list()["p"]["fields"][0]["id"] for _ in range(2))
    assert first != second


def test_fields_that_take_long_are_shown_as_they_were(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "FIELDS_S", 0.05)
    world.write("p", DYNAMIC)
    enabled(world, "p")
    gate = threading.Event()
    running = world.registry.running("p")
    assert running is not None
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        gate.wait(20)

    monkeypatch.setattr(running.runtime, "refresh", refresh)
    for _ in range(3):
        assert "p" in world.list()
    assert len(calls) == 1
    gate.set()


def test_a_manifest_is_shown(world: World) -> None:
    about = {"name": "M", "author": "me", "help_url": "https://example.org", "version": "9"}
    bare = "class Plugin:\n def run(self, action, params, context): ...\n"
    world.write("p", {"plugin.py": bare, "plugin.json": json.dumps(about)})
    entry = world.list()["p"]
    assert {key: entry[key] for key in about} == about
    assert entry["legacy"] is False


def test_a_broken_plugin_is_listed_and_says_why(world: World) -> None:
    world.write("bad", "class Plugin:\n    def run(:\n")
    entry = world.list()["bad"]
    assert (entry["loaded"], entry["fields"], entry["actions"]) == (False, [], [])
    assert entry["error"].startswith("plugin.py: line 2: invalid syntax")
    assert world.post("bad/enabled/", {"enabled": True}).status == 200
    got = world.post("bad/run/", {"action": "x"})
    assert got.status == 500
    assert "plugin.py" in got.json["error"] and "line 2" in got.json["error"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems have no such names")
def test_a_folder_whose_name_is_no_text_harms_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """An archive that was packed on Windows leaves such names when it is unpacked."""
    world.write("good")
    folder = world.root / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / "plugin.py").write_text(PLUGIN)
    listed = world.list()
    assert sorted(listed) == ["caf\ufffd", "good"]
    assert "cannot be stored" in listed["caf\ufffd"]["error"]
    assert "caf\ufffd is not taken over" in caplog.text
    caplog.text.encode()


def test_a_vanished_plugin_is_missing_and_keeps_what_was_set(world: World) -> None:
    folder = world.write("p")
    enabled(world, "p").post("p/settings/", {"settings": {"limit": 3}})
    folder.rename(world.home / "away")
    entry = world.list()["p"]
    assert (entry["missing"], entry["enabled"], entry["loaded"]) == (True, True, False)
    assert (entry["fields"], entry["actions"], entry["settings"]) == ([], [], {"limit": 3})
    got = world.post("p/run/", {"action": "do_work"})
    assert got.status == 500
    assert "is gone" in got.json["error"]


def test_reload_counts_and_finds_new_plugins(world: World) -> None:
    world.write("a")
    world.write("b")
    got = world.post("reload/")
    assert (got.status, got.json) == (200, {"success": True, "count": 2})
    world.write("a", PLUGIN.replace("0.1.0", "0.2.0"))
    world.post("reload/")
    assert world.list()["a"]["version"] == "0.2.0"


# -- enabling -------------------------------------------------------------------------------------


def test_enabling_and_disabling(world: World) -> None:
    world.write("My Plugin")
    world.list()
    got = world.post("my_plugin/enabled/", {"enabled": True})
    assert got.status == 200
    body = got.json
    assert {k: body[k] for k in ("success", "enabled", "ever_enabled")} == {
        "success": True, "enabled": True, "ever_enabled": True,
    }  # fmt: skip
    assert (body["plugin"]["loaded"], body["plugin"]["trusted"]) == (True, True)
    body = world.post("my_plugin/enabled/", {"enabled": False}).json
    assert (body["enabled"], body["ever_enabled"], body["plugin"]["trusted"]) == (False, True, True)
    assert world.registry.running("my_plugin") is None


@pytest.mark.parametrize("body", [{}, {"enabled": None}, [], "x", 5])
def test_a_missing_flag(world: World, body: Any) -> None:
    world.write("p")
    world.list()
    got = world.post("p/enabled/", body)
    assert (got.status, got.json) == (400, {"success": False, "error": "Missing 'enabled' flag"})


@pytest.mark.parametrize(
    ("flag", "on"),
    [("false", True), ("", False), (0, False), (1, True), ([], False), ({"a": 1}, True)],
)
def test_anything_counts_by_its_truth_in_the_seeds_era(world: World, flag: Any, on: bool) -> None:
    world.write("p")
    world.list()
    assert world.post("p/enabled/", {"enabled": flag}).json["enabled"] is on


@pytest.mark.parametrize(
    ("flag", "on"),
    [(True, True), (1, True), (0, False), ("false", False), (" YES ", True), ("off", False),
     ("n", False), ("maybe", None), (2, None), ([], None), (1.5, None)],
)  # fmt: skip
def test_the_current_era_reads_words(current: World, flag: Any, on: bool | None) -> None:
    current.write("p")
    current.list()
    got = current.post("p/enabled/", {"enabled": flag})
    if on is None:
        assert got.status == 400
        assert got.json["error"].startswith("Invalid 'enabled' flag")
    else:
        assert got.json["enabled"] is on


def test_enabling_what_is_not_there(world: World) -> None:
    got = world.post("nothing/enabled/", {"enabled": True})
    assert (got.status, got.json) == (404, {"success": False, "error": "Plugin not found"})


# -- settings -------------------------------------------------------------------------------------


def test_settings_are_replaced_and_not_checked(world: World) -> None:
    world.write("p")
    world.list()
    got = world.post("p/settings/", {"settings": {"limit": "many", "unknown": [1, {"a": None}]}})
    assert (got.status, got.json) == (
        200, {"success": True, "settings": {"limit": "many", "unknown": [1, {"a": None}]}},
    )  # fmt: skip
    assert world.post("p/settings/", {"settings": {"mode": "fast"}}).json["settings"] == {
        "mode": "fast"
    }
    assert world.list()["p"]["settings"] == {"mode": "fast"}


@pytest.mark.parametrize("body", [{}, {"settings": None}, {"settings": {}}])
def test_no_settings_are_none(world: World, body: Any) -> None:
    world.write("p")
    world.list()
    world.post("p/settings/", {"settings": {"limit": 1}})
    assert world.post("p/settings/", body).json == {"success": True, "settings": {}}


def test_settings_that_are_no_object(world: World) -> None:
    world.write("p")
    world.list()
    world.post("p/settings/", {"settings": {"limit": 1}})
    for body in ({"settings": [1]}, [1], [{"settings": {}}]):
        got = world.post("p/settings/", body)
        assert got.status == 400
        assert got.json["error"] == "settings: expected an object, found list"
    assert world.list()["p"]["settings"] == {"limit": 1}


def test_settings_of_an_unknown_plugin_are_a_bad_request(world: World) -> None:
    got = world.post("nothing/settings/", {"settings": {}})
    assert (got.status, got.json["success"]) == (400, False)
    assert got.json["error"] == "PluginConfig matching query does not exist."


SECRET = PLUGIN.replace(
    "    fields = [",
    '    fields = [{"id": "api_key", "label": "Key", "type": "string", "default": "built-in"},',
)


def test_secrets_never_leave(world: World) -> None:
    world.write("p", SECRET)
    enabled(world, "p")
    assert world.list()["p"]["fields"][0]["default"] == MASK
    got = world.post("p/settings/", {"settings": {"api_key": "s3cret", "note": "n"}})
    assert got.json["settings"] == {"api_key": MASK, "note": "n"}
    assert b"s3cret" not in world.get("/api/plugins/plugins/").body
    # What is sent back as it was shown stays, and the plugin gets what was stored.
    world.post("p/settings/", {"settings": {"api_key": MASK, "note": "m"}})
    result = world.post("p/run/", {"action": "do_work"}).json["result"]
    assert result["settings"] == {"api_key": "s3cret", "note": "m"}


# -- running --------------------------------------------------------------------------------------


def test_running_an_action(world: World) -> None:
    world.write("p")
    enabled(world, "p")
    got = world.post("p/run/", {"action": "do_work", "params": {"a": 1}})
    assert got.status == 200
    assert got.json == {
        "success": True, "result": {"status": "ok", "settings": {}, "params": {"a": 1}},
    }  # fmt: skip


@pytest.mark.parametrize("params", [None, {}, [], "", 0])
def test_no_params_are_none(world: World, params: Any) -> None:
    world.write("p")
    enabled(world, "p")
    got = world.post("p/run/", {"action": "do_work", "params": params})
    assert got.json["result"]["params"] == {}


def test_a_form_is_as_good_as_json(world: World) -> None:
    world.write("p")
    enabled(world, "p")
    form = urlencode({"action": "do_work", "params": '{"a": 1}'})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    got = world.get("/api/plugins/plugins/p/run/", "POST", form, headers)
    assert got.json["result"]["params"] == {"a": 1}


def test_results_that_are_no_objects_are_wrapped(world: World) -> None:
    world.write("p")
    enabled(world, "p")
    got = world.post("p/run/", {"action": "list"})
    assert got.json == {"success": True, "result": {"status": "ok", "result": [1, 2]}}


def test_a_result_that_says_error_is_a_success_of_the_interface(world: World) -> None:
    world.write("p")
    enabled(world, "p")
    got = world.post("p/run/", {"action": "undeclared"})
    assert got.status == 200
    assert got.json["result"] == {"status": "error", "message": "Unknown action undeclared"}


def test_an_exception_is_a_server_error(world: World) -> None:
    world.write("p")
    enabled(world, "p")
    got = world.post("p/run/", {"action": "boom"})
    assert (got.status, got.json) == (500, {"success": False, "error": "it went wrong"})


def test_the_order_of_checks(world: World) -> None:
    world.write("p")
    world.list()
    no_action = world.post("nothing/run/", {"params": {}})
    assert (no_action.status, no_action.json["error"]) == (400, "Missing 'action'")
    unknown = world.post("nothing/run/", {"action": "x"})
    assert (unknown.status, unknown.json["error"]) == (404, "Plugin not found")
    disabled = world.post("p/run/", {"action": "x"})
    assert (disabled.status, disabled.json["success"]) == (403, False)
    assert disabled.json["error"] == "Plugin is disabled"


def test_a_slow_action_keeps_nobody_waiting(world: World, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    slow = PLUGIN.replace(
        'if action == "do_work":',
        f"import os, time\n        while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
        '        if action == "do_work":',
    )
    world.write("slow", slow)
    enabled(world, "slow")
    got: list[Any] = []
    threads = [
        threading.Thread(target=lambda: got.append(world.post("slow/run/", {"action": "do_work"})))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    assert "slow" in world.list()
    assert not got
    gate.touch()
    for thread in threads:
        thread.join()
    assert [one.status for one in got] == [200] * 10


# -- importing ------------------------------------------------------------------------------------


def test_importing(world: World) -> None:
    got = world.upload("new.zip", zipped({"repo/My-New/plugin.py": PLUGIN, "repo/README.md": ""}))
    assert got.status == 200
    body = got.json
    assert (body["success"], body["was_managed"]) == (True, False)
    assert (body["plugin"]["key"], body["plugin"]["enabled"]) == ("my-new", False)
    assert (world.root / "my-new" / "plugin.py").is_file()
    assert "my-new" in world.list()


def test_importing_in_the_current_era_takes_no_dashes_and_no_notice_of_mistakes(
    current: World,
) -> None:
    got = current.upload("x.zip", zipped({"My-New/plugin.py": "class Plugin:\n def ("}))
    assert got.status == 200
    assert got.json["plugin"]["key"] == "my_new"
    assert "line 2" in got.json["plugin"]["error"]


def test_importing_again_needs_to_be_meant(world: World) -> None:
    world.write("p")
    enabled(world, "p").post("p/settings/", {"settings": {"limit": 3}})
    newer = zipped({"p/plugin.py": PLUGIN.replace("0.1.0", "0.2.0")})
    got = world.upload("p.zip", newer)
    assert got.status == 400
    assert "already exists" in got.json["error"]
    got = world.upload("p.zip", newer, {"overwrite": "false"})  # not empty: so it counts
    assert got.status == 200
    entry = world.list()["p"]
    assert (entry["version"], entry["enabled"], entry["loaded"]) == ("0.2.0", True, True)
    assert entry["settings"] == {"limit": 3}


def test_an_empty_overwrite_is_none(world: World) -> None:
    world.write("p")
    world.list()
    got = world.upload("p.zip", zipped({"p/plugin.py": PLUGIN}), {"overwrite": ""})
    assert got.status == 400


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"junk", "no zip archive"),
        (zipped({"README.md": "x"}), "holds no plugin"),
        (zipped({"../p/plugin.py": PLUGIN}), "leads out of its folder"),
        (zipped({"p/plugin.py": "class Plugin:\n def ("}), "p/plugin.py: line 2"),
        (zipped({"p/plugin.py": "class Plugin: ..."}), "no method run"),
        (zipped({"p/plugin.py": "x = 1"}), "defines no class 'Plugin'"),
    ],
)
def test_bad_archives_are_refused_and_leave_nothing(world: World, content: bytes, why: str) -> None:
    got = world.upload("p.zip", content)
    assert (got.status, got.json["success"]) == (400, False)
    assert why in got.json["error"]
    assert not list(world.root.iterdir())


def test_a_name_that_the_host_has_given_elsewhere_is_taken(world: World, tmp_path: Path) -> None:
    source = tmp_path / "taken"
    source.mkdir()
    (source / "plugin.py").write_text(PLUGIN)
    world.registry.install(source)
    for fields in ({}, {"overwrite": "1"}):
        got = world.upload("taken.zip", zipped({"plugin.py": PLUGIN}), fields)
        assert got.status == 400
        assert "already exists, outside of the plugins folder" in got.json["error"]
        assert not list(world.root.iterdir())


def test_importing_without_a_file(world: World) -> None:
    headers = {"content-type": "multipart/form-data; boundary=xyz"}
    got = world.get("/api/plugins/plugins/import/", "POST", b"--xyz--\r\n", headers)
    assert got.status == 400
    assert got.json["error"].startswith("Missing 'file'")
    assert world.post("import/", {"file": "x"}).status == 400


# -- deleting -------------------------------------------------------------------------------------


def test_deleting(world: World) -> None:
    world.write("My Plugin")
    enabled(world)
    got = world.post("my_plugin/delete/", method="DELETE")
    assert (got.status, got.json) == (200, {"success": True})
    assert not list(world.root.iterdir())
    assert world.list() == {}


def test_deleting_what_is_not_there(world: World) -> None:
    assert world.post("nothing/delete/", method="DELETE").json == {"success": True}


@pytest.mark.parametrize("key", ["..", ".", "%2e%2e", "a%5cb", "x%00"])
def test_deleting_elsewhere(world: World, key: str) -> None:
    got = world.post(f"{key}/delete/", method="DELETE")
    assert (got.status, got.json["success"]) == (400, False)


# -- the logo -------------------------------------------------------------------------------------


def test_the_logo_is_for_everybody(world: World) -> None:
    world.write("p", {"plugin.py": PLUGIN, "LOGO.png": b"\x89PNG"})
    world.write("q")
    world.list()
    got = world.get("/api/plugins/plugins/p/logo/", token="")
    assert (got.status, got.body) == (200, b"\x89PNG")
    assert got.headers["content-type"] == "image/png"
    assert world.get("/api/plugins/plugins/q/logo/", token="").status == 404
    assert world.get("/api/plugins/plugins/nothing/logo/", token="").status == 404
    assert world.get("/api/plugins/plugins/../logo/", token="").status == 400


def test_a_logo_does_not_lead_elsewhere(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    folder = world.write("p", {"plugin.py": PLUGIN, "logo.png": b"\x89PNG"})
    world.list()
    (folder / "logo.png").unlink()
    (folder / "logo.png").symlink_to(tmp_path / "secret")
    assert world.get("/api/plugins/plugins/p/logo/", token="").status == 404
