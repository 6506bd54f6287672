"""What a plugin's process can reach, tried in real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr import confinement
from jackfield.dialects.dispatcharr.processes import landlock

pytestmark = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

PROBE = """
import pathlib

class Plugin:
    name = "Probe"
    def run(self, action, params, context):
        path = pathlib.Path(params["path"])
        try:
            if action == "read":
                return {"read": path.read_bytes()[:20].decode("utf-8", "replace")}
            if action == "list":
                return {"list": sorted(one.name for one in path.iterdir())}
            path.write_text("written")
            return {"written": True}
        except OSError as error:
            return {"error": type(error).__name__}
"""


def test_what_it_may_and_may_not_reach(plugins: PluginHost, tmp_path: Path) -> None:
    plugins.running("probe", PROBE)
    plugins.running("other", "return {}")
    host = plugins.folder / "data"
    home = plugins.installation.home
    (host / "plugin_data" / "other").mkdir(parents=True, exist_ok=True)
    (host / "plugin_data" / "other" / "private").write_text("private")
    (host / "run.json").write_text("token")

    def tried(action: str, path: Path) -> object:
        return plugins.run("probe", action, path=str(path))

    denied = {"error": "PermissionError"}
    assert tried("read", host / "jackfield.db") == denied
    assert tried("read", host / "run.json") == denied
    assert tried("read", host / "plugin_data" / "other" / "private") == denied
    assert tried("read", host / "plugins" / "other") == denied
    assert tried("list", host) == denied
    assert tried("list", Path.home() / ".ssh") in (denied, {"error": "FileNotFoundError"})
    assert tried("write", host / "new") == denied
    assert tried("write", Path("/etc/jackfield-test")) == denied
    assert tried("write", plugins.registry.folder("probe") / "new.py") == denied
    assert tried("read", Path("/etc/passwd")) == {"read": Path("/etc/passwd").read_text()[:20]}
    assert tried("write", home / "exports" / "probe.txt") == {"written": True}
    assert tried("write", host / "plugin_data" / "probe" / "mine.txt") == {"written": True}
    assert tried("write", Path("/dev/null")) == {"written": True}
    assert tried("read", plugins.runtime("probe")._root / "plugin.py") == {"read": PROBE[:20]}


def test_it_sees_nothing_of_the_hosts_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MY_API_TOKEN", "secret")
    host = PluginHost(tmp_path)
    try:
        host.running("seer", "import os\nreturn dict(os.environ)")
        found = host.run("seer")
        assert "MY_API_TOKEN" not in found
        assert found["TMPDIR"] == str(tmp_path / "data" / "plugin_data" / "seer" / "tmp")
    finally:
        host.stop()


def test_it_cannot_signal_the_host(plugins: PluginHost) -> None:
    if landlock.version() < 6:
        pytest.skip("this kernel's Landlock knows no signals")
    plugins.running(
        "killer",
        "import os\ntry:\n    os.kill(params['pid'], 0)\n    return {'could': True}\n"
        "except PermissionError:\n    return {'could': False}",
    )
    import os

    assert plugins.run("killer", pid=os.getpid()) == {"could": False}


def test_the_operator_may_add_folders_and_switch_it_off(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    found = confinement.places(
        host=tmp_path / "data",
        own_readable=(),
        own_writable=(),
        environ={confinement.FOLDERS: f"{media}:"},
    )
    assert media in found.writable
    assert not confinement.possible({confinement.SWITCH: "0"})
    assert confinement.possible({})


def test_all_but_a_folder(tmp_path: Path) -> None:
    for name in ("a/secret/x", "a/open/y", "b/z"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "file").write_text("")
    (tmp_path / "a" / "link").symlink_to("file")
    found = landlock.all_but([tmp_path / "a" / "secret"], tmp_path)
    assert [str(one.relative_to(tmp_path)) for one in found] == ["a/file", "a/open", "b"]
    assert landlock.all_but([tmp_path], tmp_path) == []
    assert landlock.all_but([Path("/elsewhere")], tmp_path) == [tmp_path]
