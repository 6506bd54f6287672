"""examples/embed: an application with its own chat, and a dialect of its own, both as they are."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from e2e.serving import environment, jackfield

ROOT = Path(__file__).resolve().parents[2]
EMBED = ROOT / "examples" / "embed"
SECONDS = 60.0


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    """The example dialect, installed: its module, and its entry points as an installer notes
    them."""
    project = tomllib.loads((EMBED / "dialect" / "pyproject.toml").read_text())["project"]
    where = tmp_path / "site-packages"
    info = where / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module in (EMBED / "dialect").glob("*.py"):
        (where / module.name).write_text(module.read_text())
    return where


@contextmanager
def application(data: Path, **more: str) -> Iterator[str]:
    """``uvicorn app:app`` in the example's folder: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"],
        cwd=EMBED, env=environment(APP_DATA=str(data), **more),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: process.poll() is not None or answers(url))
        assert process.poll() is None, process.communicate()[0]
        yield url
        process.terminate()
        said, _ = process.communicate(timeout=SECONDS)
        assert "Traceback" not in said
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/messages").status_code == 200
    except httpx2.TransportError:
        return False


def say(url: str, name: str, body: str) -> httpx2.Response:
    return httpx2.post(f"{url}/messages", json={"name": name, "body": body}, timeout=SECONDS)


def chat(url: str) -> list[tuple[str, str]]:
    return [(one["name"], one["body"]) for one in httpx2.get(f"{url}/messages").json()]


def running(url: str, token: str, *slugs: str) -> bool:
    address = f"{url}/plugin-host/api/v1/plugins"
    plugins = httpx2.get(address, headers={"authorization": f"Bearer {token}"}).json()
    states = {plugin["slug"]: plugin["state"] for plugin in plugins}
    return all(states[slug] == "running" for slug in slugs)


@pytest.mark.e2e
@pytest.mark.sandbox
@pytest.mark.usefixtures("compiled")
def test_plugins_hear_and_speak_in_the_applications_own_chat(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for slug in ("greeter", "word-filter"):
        folder = ROOT / "examples" / "owncast" / slug
        assert jackfield("install", str(folder), data=data).returncode == 0
        assert jackfield("enable", slug, "--grant", "all", data=data).returncode == 0
    token = jackfield("token", "create", "setup", data=data).stdout.split()[0]
    with application(data) as url:
        until(lambda: running(url, token, "greeter", "word-filter"))
        assert say(url, "ada", "hello").status_code == 200
        until(lambda: ("Greeter", "hello, ada!") in chat(url))
        assert say(url, "bob", "darn it").status_code == 200
        assert ("bob", "**** it") in chat(url)
        # The host's page and API are below the prefix; the chat there is the application's.
        assert httpx2.get(f"{url}/plugin-host/").status_code == 200
        assert httpx2.get(f"{url}/plugin-host/api/viewer").json()["chat"] is False
        assert httpx2.post(f"{url}/plugin-host/api/chat/register", json={}).status_code == 404
        # The command line does not take the data from under a host that runs elsewhere.
        refused = jackfield("list", data=data)
        assert refused.returncode == 4
        assert "in use by another host" in refused.stderr


@pytest.mark.e2e
def test_the_dialect_is_found_by_its_entry_point_and_runs(
    tmp_path: Path, site_packages: Path
) -> None:
    data, folder = tmp_path / "data", tmp_path / "house-rules"
    installed = {"PYTHONPATH": str(site_packages)}
    assert jackfield("new", str(folder), "--dialect", "replies", **installed).returncode == 0
    assert jackfield("package", str(folder), **installed).returncode == 0
    shown = jackfield("install", str(folder / "house-rules.replies"), data=data, **installed)
    assert "(replies)" in shown.stdout, shown.stderr
    assert "Write into the chat" in shown.stdout
    enabled = jackfield("enable", "house-rules", "--grant", "all", data=data, **installed)
    assert enabled.returncode == 0, enabled.stderr
    token = jackfield("token", "create", "setup", data=data, **installed).stdout.split()[0]
    with application(data, **installed) as url:
        until(lambda: running(url, token, "house-rules"))
        say(url, "ada", "!RULES")
        until(lambda: ("house-rules", "Be kind.") in chat(url))


@pytest.mark.parametrize(
    ("manifest", "field"),
    [('{"replies": {}}', "slug"), ('{"slug": "a"}', "replies"), ("[]", "slug"),
     ('{"slug": "a", "replies": {"x": 1}}', "replies.x")],
)  # fmt: skip
def test_a_wrong_manifest_of_the_dialect_is_named(
    tmp_path: Path, site_packages: Path, manifest: str, field: str
) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "replies.json").write_text(manifest)
    refused = jackfield(
        "install", str(folder), data=tmp_path / "data", PYTHONPATH=str(site_packages)
    )
    assert refused.returncode == 2
    assert f"replies.json: {field}: expected" in refused.stderr
