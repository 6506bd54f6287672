"""The original author's command line with our programs in place of its own.

It is installed from the package index, into an environment of its own, in both versions that are
in use. Source: owncast spec 11.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield.config import default_cache_dir
from jackfield.services.engine import SandboxEngine

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]

PROGRAMS = Path(sys.executable).parent

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module", params=["0.9.0", "0.11.0"])
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of ``owncast-plugin-py``."""
    home = tmp_path_factory.mktemp("author")
    venv.create(home, with_pip=True)
    package = f"owncast-plugin-py=={request.param}"
    # Compiled files in its template would break its "new".
    options = ["--quiet", "--no-input", "--no-compile"]
    pip = [home / "bin/python", "-m", "pip", "install", *options, package]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"{package} cannot be installed here: {done.stderr[-300:]}")
    return home / "bin/owncast-plugin-py"


@pytest.fixture
def environment() -> dict[str, str]:
    assert (PROGRAMS / "owncast-plugin-test").exists()
    SandboxEngine(default_cache_dir()).get()  # so that no call below has to compile it
    return {**os.environ, "OWNCAST_PLUGIN_HOST_BIN_DIR": str(PROGRAMS), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def run(command: Path, environment: dict[str, str], tmp_path: Path) -> Run:
    def start(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    return start


@pytest.fixture
def greeter(run: Run, tmp_path: Path) -> Path:
    """Its own template."""
    made = run("new", "greeter")
    assert made.returncode == 0, made.stderr
    return tmp_path / "greeter"


def test_test(run: Run, greeter: Path) -> None:
    tested = run("test", "greeter")
    assert tested.returncode == 0, tested.stderr
    lines = tested.stdout.splitlines()
    assert [line[:50] for line in lines if line.startswith("ok")] == [
        "ok    __tests__/plugin.test.json :: greets users w",
        "ok    __tests__/plugin.test.json :: leaves other m",
    ]
    assert lines[-1] == "2/2 passed"


def test_a_failing_test_has_its_exit_code(run: Run, greeter: Path) -> None:
    source = greeter / "src/plugin.py"
    source.write_text(source.read_text().replace("hello", "howdy"))
    tested = run("test", "greeter")
    assert tested.returncode == 1
    assert "FAIL  __tests__/plugin.test.json :: greets" in tested.stdout
    assert tested.stdout.endswith("1/2 passed\n")
    (greeter / "__tests__/plugin.test.json").unlink()
    assert run("test", "greeter").returncode == 2


def test_package(run: Run, greeter: Path) -> None:
    packed = run("package", "greeter")
    assert packed.returncode == 0, packed.stderr
    names = zipfile.ZipFile(greeter / "greeter.ocpkg").namelist()
    assert {"plugin.manifest.json", "plugin.py", "INSTRUCTIONS.md"} <= set(names)
    # What it packs is what we install and run.
    from jackfield.config import Config
    from jackfield.host import Host

    host = Host(Config(data_dir=None, only=("owncast",)))
    try:
        host.registry.start()
        host.registry.install(greeter / "greeter.ocpkg")
        assert host.registry.enable("greeter", "all").state == "running"
    finally:
        host.stop()


def test_what_does_not_load_is_not_packaged(run: Run, greeter: Path, command: Path) -> None:
    (greeter / "src/plugin.py").write_text("raise ValueError('not today')\n")
    packed = run("package", "greeter")
    if "0.11.0" not in _version(command):  # 0.9.0 packages without a look
        assert packed.returncode == 0
        return
    assert packed.returncode == 1
    assert "FAIL  load: greeter: plugin.py:1: ValueError: not today" in packed.stdout
    assert not (greeter / "greeter.ocpkg").exists()


def test_serve(command: Path, environment: dict[str, str], greeter: Path) -> None:
    port = _free_port()
    process = subprocess.Popen(
        [command, "serve", str(greeter), "--port", str(port)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in _until_up(process, base):
            pass
        said = _post(f"{base}/_dev/chat", {"user": "alice", "body": "hi there"})
        assert said["allowed"] is True
        assert said["message"]["user"]["displayName"] == "alice"
        with urllib.request.urlopen(f"{base}/_dev/chat", timeout=30) as answer:
            messages = json.load(answer)["messages"]
        assert [m["body"] for m in messages] == ["hi there", "hello, alice!"]
        assert messages[1]["user"]["id"] == "bot:greeter"
        assert _post(f"{base}/_dev/event", {"type": "stream.started", "payload": {}}) == {
            "dispatched": "stream.started"
        }
    finally:
        os.killpg(process.pid, 2)
        out, err = process.communicate(timeout=60)
    assert f"http://localhost:{port}/plugins/greeter/" in out
    assert "[chat.send by Greeter] hello, alice!" in err


def _version(command: Path) -> str:
    pip = [command.parent / "python", "-m", "pip", "list"]
    return subprocess.run(pip, capture_output=True, text=True, check=True).stdout


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _until_up(process: subprocess.Popen[str], base: str) -> Iterator[None]:
    for _ in range(1200):
        assert process.poll() is None, process.communicate()
        try:
            urllib.request.urlopen(base, timeout=30).close()
        except OSError:
            time.sleep(0.05)
            yield
        else:
            return
    raise AssertionError("the server did not come up")


def _post(url: str, body: Any) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
