"""Plugins' own packages, installed from wheels that are made here."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr import requirements
from jackfield.plugins.logs import PluginLog

pytestmark = pytest.mark.e2e


def wheel(folder: Path, name: str, version: str, source: str) -> Path:
    """A wheel with one module of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{path},sha256={digest.decode()},{len(text.encode())}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return target


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PluginHost]:
    made = PluginHost(tmp_path)
    yield made
    made.stop()


def needing(host: PluginHost, name: str, requirement: str, source: str) -> None:
    """A plugin with the wheels of both versions beside it."""
    folder = host.write(
        name, source, {"requirements.txt": f"--no-index\n--find-links ./wheels\n{requirement}\n"}
    )
    for version in ("1.0", "2.0"):
        wheel(folder / "wheels", "tinydep", version, f"VERSION = {version!r}\n")
    host.registry.install(folder)


SOURCE = "import tinydep\nreturn {'version': tinydep.VERSION, 'file': tinydep.__file__}"


def test_two_plugins_with_conflicting_versions_both_work(own: PluginHost) -> None:
    import importlib.util

    for name, version in (("first", "1.0"), ("second", "2.0")):
        needing(own, name, f"tinydep=={version}", SOURCE)
        state = own.registry.enable(name, "all")
        assert state.state == "running", state.last_error
    first, second = own.run("first"), own.run("second")
    assert (first["version"], second["version"]) == ("1.0", "2.0")
    assert "/plugin_data/first/site-" in first["file"]
    assert "/plugin_data/second/site-" in second["file"]
    assert importlib.util.find_spec("tinydep") is None
    assert "info: installing tinydep==1.0" in own.log("first")
    assert "+ tinydep==1.0" in own.log("first")


def test_nothing_is_installed_twice_and_an_update_replaces_it(own: PluginHost) -> None:
    needing(own, "once", "tinydep==1.0", SOURCE)
    own.registry.enable("once", "all")
    assert own.run("once")["version"] == "1.0"
    own.registry.reload("once")
    assert own.run("once")["version"] == "1.0"
    assert own.log("once").count("installing tinydep") == 1
    data = own.folder / "data" / "plugin_data" / "once"
    (own.folder / "sources" / "once" / "requirements.txt").write_text(
        "--no-index\n--find-links wheels\ntinydep==2.0\n"
    )
    own.registry.update("once", own.folder / "sources" / "once")
    assert own.run("once")["version"] == "2.0"
    assert len(list(data.glob("site-*"))) == 1


def test_a_packages_own_version_comes_before_the_hosts(own: PluginHost) -> None:
    folder = own.write(
        "pinned",
        "import requests\nreturn {'version': requests.__version__}",
        {"requirements.txt": "--no-index\n--find-links wheels\nrequests==0.0.1\n"},
    )
    wheel(folder / "wheels", "requests", "0.0.1", "__version__ = 'mine'\n")
    own.registry.install(folder)
    state = own.registry.enable("pinned", "all")
    assert state.state == "running", state.last_error
    assert own.run("pinned") == {"version": "mine"}


def test_a_requirement_that_is_not_there_is_named(own: PluginHost) -> None:
    needing(own, "wanting", "tinydep==3.0", SOURCE)
    state = own.registry.enable("wanting", "all")
    assert state.state == "failed"
    assert "requirements.txt: the requirement 'tinydep==3.0' cannot be installed:" in (
        state.last_error
    )
    data = own.folder / "data" / "plugin_data" / "wanting"
    assert not list(data.glob("site-*"))


def test_a_broken_list_is_named(own: PluginHost) -> None:
    state = own.add("garbled", "return {}", {"requirements.txt": "what is this\n"})
    assert state.state == "failed"
    assert "requirements.txt: 'what is this' is no requirement" in state.last_error


def test_a_guess_that_cannot_be_installed_is_no_end(
    own: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    own.running("guesser", "if action == 'go':\n    return {'ok': 1}\nimport xmltodict\nreturn {}")
    assert own.run("guesser") == {"ok": 1}
    assert "the requirement 'xmltodict' cannot be installed" in own.log("guesser")
    assert "it is started without" in own.log("guesser")


BUILD = """
import subprocess, sys
print("building", flush=True)
compiler = "import time; print('compiling', flush=True); time.sleep(60)"
subprocess.run([sys.executable, "-c", compiler])
"""


def test_an_installation_that_never_ends_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "INSTALL_S", 3.0)
    log = PluginLog("greedy")
    ended = threading.Event()

    def install() -> None:
        said.append(requirements._run([sys.executable, "-c", BUILD], os.environ, tmp_path, log))
        ended.set()

    said: list[object] = []
    threading.Thread(target=install, daemon=True).start()
    # What it started holds its output, and would go on for a minute.
    assert ended.wait(30)
    assert said == [(None, "building\ncompiling")]
