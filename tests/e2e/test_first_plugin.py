"""From nothing to a bot that answers in the chat, as the README tells it."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from e2e.serving import Server, jackfield, serving

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]


def enter(server: Server, name: str) -> ClientConnection:
    """Take a name and connect to the chat."""
    raw = json.dumps({"displayName": name}).encode()
    with urllib.request.urlopen(f"{server.url}/api/chat/register", raw, timeout=30) as answer:
        token = json.loads(answer.read())["accessToken"]
    return connect(
        f"{server.url.replace('http', 'ws')}/api/chat/socket",
        subprotocols=["jackfield.chat.v1", f"jackfield.token.{token}"],  # type: ignore[list-item]
    )


def hear(socket: ClientConnection, body: str) -> dict[str, Any]:
    """The message with that body, once it comes."""
    deadline = time.monotonic() + 30
    while True:
        frame = json.loads(socket.recv(timeout=deadline - time.monotonic()))
        message = frame.get("message") or {}
        if message.get("body") == body:
            found: dict[str, Any] = message
            return found


def test_new_test_package_install_enable_and_it_answers(tmp_path: Path) -> None:
    folder, data = tmp_path / "greeter", tmp_path / "data"
    assert jackfield("new", str(folder)).returncode == 0
    tested = jackfield("test", str(folder), "--json")
    assert tested.returncode == 0, tested.stderr
    assert json.loads(tested.stdout)["passed"] == json.loads(tested.stdout)["total"] > 0
    assert jackfield("package", str(folder)).returncode == 0
    with serving(data) as server, enter(server, "alice") as alice, enter(server, "bob") as bob:
        installed = jackfield("install", str(folder / "greeter.ocpkg"), data=data)
        assert "chat.send" in installed.stdout, installed.stderr
        enabled = jackfield("enable", "greeter", "--grant", "all", data=data)
        assert enabled.stdout == "greeter is running\n", enabled.stderr
        alice.send(json.dumps({"type": "post", "nonce": "1", "body": "hi"}))
        hear(bob, "hi")
        assert hear(bob, "hello, alice!")["user"]["isBot"] is True
        hear(alice, "hello, alice!")
        jackfield("disable", "greeter", data=data)
        alice.send(json.dumps({"type": "post", "nonce": "2", "body": "hi"}))
        hear(bob, "hi")
        with pytest.raises(TimeoutError):
            bob.recv(timeout=1)


def test_a_plugin_whose_code_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "greeter"
    assert jackfield("new", str(folder)).returncode == 0
    source = folder / "src" / "plugin.py"
    source.write_text(source.read_text() + "\nundefined_name\n")
    line = len(source.read_text().splitlines())
    for command in ("test", "package"):
        result = jackfield(command, str(folder))
        assert result.returncode == 1
        said = result.stdout + result.stderr
        assert "undefined_name" in said
        assert f"line {line}" in said
        assert "jackfield/cli" not in said
    assert not (folder / "greeter.ocpkg").exists()
