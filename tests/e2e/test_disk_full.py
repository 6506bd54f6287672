"""A disk that gets full while the host serves, and one that is read-only: the real thing."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from e2e.serving import Server, jackfield, serving
from toy_plugins import toy_archive

pytestmark = pytest.mark.e2e


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"may not mount a file system here: {done.stderr.strip()}")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB of its own; skips where there is no right to mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mount("-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Leave no byte free; the file that takes the room."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 512, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return ballast


@contextmanager
def chatting(server: Server) -> Iterator[Any]:
    """Somebody in the chat, past the hello."""
    request = urllib.request.Request(
        f"{server.url}/api/chat/register",
        json.dumps({"displayName": "Ann"}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        token = json.loads(answer.read())["accessToken"]
    with connect(
        f"ws://127.0.0.1:{server.info['port']}/api/chat/socket",
        subprotocols=["jackfield.chat.v1", f"jackfield.token.{token}"],  # type: ignore[list-item]
    ) as socket:
        next_of(socket, "hello")
        yield socket


def next_of(socket: Any, *kinds: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(30))
        if frame["type"] in kinds:
            return frame


def post(socket: Any, body: str) -> dict[str, Any]:
    """Say something, again where that was too fast; whether it was taken or refused."""
    while True:
        socket.send(json.dumps({"type": "post", "body": body, "nonce": body[:20]}))
        answer = next_of(socket, "ack", "refused")
        if answer.get("code") != "rate_limited":
            return answer
        time.sleep(answer["retryAfter"])


def stored(data: Path) -> list[str]:
    """What was said, as it lies in the database."""
    with contextlib.closing(sqlite3.connect(data / "jackfield.db")) as db:
        return [body for (body,) in db.execute("SELECT body FROM chat_messages ORDER BY seq")]


def still_serves(server: Server) -> None:
    for path in ("/", "/api/viewer", "/healthz"):
        with urllib.request.urlopen(f"{server.url}{path}", timeout=30) as answer:
            assert answer.status == 200
    assert server.api("GET", "/plugins")[0] == 200


def refused(socket: Any) -> dict[str, Any]:
    """Post until the room that files have left inside themselves is used up."""
    for number in range(200):
        answer = post(socket, f"{number} " + "x" * 1900)
        if answer["type"] == "refused":
            return answer
    raise AssertionError("nothing was refused")


def test_a_full_disk_refuses_what_must_be_stored_and_nothing_else(
    small: Path, tmp_path: Path
) -> None:
    data = small / "data"
    with serving(data, "--only", "toy") as server, chatting(server) as ann:
        assert post(ann, "before")["type"] == "ack"
        ballast = fill(small)
        answer = refused(ann)
        assert answer["code"] == "surroundings"
        assert "the disk is full" in answer["reason"]
        assert answer["retryAfter"] > 0
        still_serves(server)
        status, answer = server.api("POST", "/plugins", {"path": str(toy_archive(tmp_path))})
        assert status == 500
        assert "the disk is full" in answer["error"]["message"]
        assert server.api("GET", "/plugins/greeter")[0] == 404
        ballast.unlink()
        assert post(ann, "after")["type"] == "ack"
        status, answer = server.api("POST", "/plugins", {"path": str(toy_archive(tmp_path))})
        assert status == 201, answer
        code, _, err = server.stop()
        assert code == 0
        assert "Traceback" not in err
    with serving(data, "--only", "toy") as server:
        assert server.api("GET", "/plugins/greeter")[0] == 200
    kept = stored(data)
    assert "before" in kept
    assert "after" in kept


def test_a_read_only_data_directory_is_one_line_and_stays_as_it_is(small: Path) -> None:
    data = small / "data"
    with serving(data, "--only", "toy") as server, chatting(server) as ann:
        assert post(ann, "before")["type"] == "ack"
        server.stop()
    mount("-o", "remount,ro", str(small))
    for command in (("serve", "--port", "0", "--only", "toy"), ("list",)):
        result = jackfield(*command, data=data)
        assert result.returncode == 6, result.stdout
        assert result.stderr.count("\n") == 1
        assert "read-only" in result.stderr
    mount("-o", "remount,rw", str(small))
    with serving(data, "--only", "toy"):
        assert stored(data) == ["before"]
