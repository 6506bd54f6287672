"""``owncast-plugin-serve`` as a process. Source: owncast spec 6.4 and 11."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast.package import pack
from jackfield.plugins.files import FolderFiles
from jackfield.services.engine import SandboxEngine

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]

COMMAND = [sys.executable, "-c", "from jackfield.cli.owncast_tools import serve; serve()"]

SOURCE = (
    "print('loaded')\n"
    "seen = set()\n"
    "def once(what):\n"
    "    if what not in seen: print(what)\n"
    "    seen.add(what)\n"
    "owncast.timer.set_timeout(lambda: once('timer'), 100)\n"
    "@plugin.filter_chat_message\n"
    "def f(msg):\n"
    "    if msg.body == 'bad': return filter.drop('rude')\n"
    "    return filter.modify({**msg.raw, 'body': msg.body.strip()})\n"
    "@plugin.on_chat_message\n"
    "def g(msg):\n"
    "    owncast.log.warning('heard ' + msg.body)\n"
    "    owncast.chat.send(f'{msg.user.display_name} said {msg.body}')\n"
    "@plugin.on('ours')\n"
    "def h(p):\n"
    "    owncast.chat.send(p)\n"
    "@plugin.on_tick\n"
    "def t(e):\n"
    "    once('tick')\n"
    "@plugin.get('/seen')\n"
    "def s(req):\n"
    "    return ' '.join(sorted(seen))\n"
    "plugin.commands({'up': {'run': lambda ctx: ctx.reply('is up')}})\n"
    "@plugin.on_http_request\n"
    "def r(req):\n"
    "    return f'{req.path} {req.authenticated} {req.user.display_name if req.user else None}'\n"
)
PERMISSIONS = ["chat.send", "chat.filter", "http.serve"]
ADMIN = {"pages": {"/admin": {"title": "Admin"}}}


class Server:
    """A running server; :attr:`out` and :attr:`err` after :meth:`stop`."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.base = f"http://127.0.0.1:{port}"
        self.out = self.err = ""

    def get(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def say(self, body: str, **more: Any) -> Any:
        return json.loads(self.get("/_dev/chat", "POST", {"body": body, **more})[1])

    def bodies(self) -> list[str]:
        messages = json.loads(self.get("/_dev/chat")[1])["messages"]
        return [message["body"] for message in messages]

    def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            self.out, self.err = self.process.communicate(timeout=60)


Start = Callable[..., Server]


@pytest.fixture
def start(sandbox_engine: SandboxEngine) -> Iterator[Start]:
    sandbox_engine.get()  # compiled before the clock of a process runs
    with contextlib.ExitStack() as stack:

        def run(source: Path) -> Server:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            process = subprocess.Popen(
                [*COMMAND, str(source)],
                env={**os.environ, "PORT": str(port)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            server = Server(process, port)
            stack.callback(server.stop)
            for _ in range(1200):
                assert process.poll() is None, process.communicate()
                try:
                    server.get("/")
                except OSError:
                    time.sleep(0.05)
                else:
                    return server
            raise AssertionError("the server did not come up")

        yield run


def built(folder: Path, source: str = SOURCE) -> Path:
    return project(
        folder,
        {"bot.py": source, "public/a.txt": "text"},
        permissions=PERMISSIONS,
        admin=ADMIN,
    )


def test_the_whole_of_it(start: Start, tmp_path: Path) -> None:
    server = start(built(tmp_path / "p"))
    status, index = server.get("/")
    assert status == 200
    assert "/_dev/chat" in index

    # chat
    said = server.say("hi ", user="alice")
    assert (said["allowed"], said["reason"]) == (True, "")
    assert said["message"]["body"] == "hi"
    assert said["message"]["id"].startswith("dev-")
    assert server.say("bad") == {"allowed": False, "reason": "rude"}
    assert (
        server.say("x", user={"id": "u9", "displayName": "Nine"})["message"]["user"]["id"] == "u9"
    )
    assert server.say("y")["message"]["user"]["displayName"] == "dev-user"
    server.say("!up", user="bob")
    assert server.get("/_dev/event", "POST", {"type": "bot.ours", "payload": "fired"}) == (
        200,
        '{"dispatched":"bot.ours"}',
    )
    assert server.bodies() == [
        *("hi", "alice said hi", "x", "Nine said x", "y", "dev-user said y"),
        *("!up", "bob said !up", "is up", "fired"),
    ]

    # what is refused
    assert server.get("/_dev/chat", "POST", b"{")[0] == 400
    assert server.get("/_dev/chat", "POST", b"[]")[0] == 400
    assert server.get("/_dev/chat", "POST", {"body": 5})[0] == 400
    assert server.get("/_dev/chat", "POST", {"body": "x", "user": 5})[0] == 400
    assert server.get("/_dev/chat", "PUT", {"body": "x"})[0] == 405
    assert server.get("/_dev/event", "POST", {"type": " "})[0] == 400
    assert server.get("/_dev/event")[0] == 405
    assert server.get("/nothing")[0] == 404
    assert server.get("/_dev/nothing")[0] == 404

    # pages
    assert server.get("/plugins/bot/a.txt") == (200, "text")
    assert server.get("/plugins/bot/x") == (200, "/x False None")
    assert server.get("/plugins/bot/x", Authorization="Bearer admin")[1] == "/x True None"
    assert server.get("/plugins/bot/x", Authorization="Bearer user:eve")[1] == "/x False eve"
    assert server.get("/plugins/bot/admin") == (200, "/admin True None")
    while server.get("/plugins/bot/seen")[1] != "tick timer":
        time.sleep(0.1)
    server.stop()
    assert server.process.returncode == 130
    assert f"Bot is served at http://localhost:{server.base.rpartition(':')[2]}/plugins/bot/" \
        in server.out  # fmt: skip
    assert "static files: public/" in server.out
    assert "admin pages need no login here: /admin" in server.out
    assert "curl -X POST" in server.out
    assert "--> GET /plugins/bot/a.txt\n<-- 200 GET /plugins/bot/a.txt\n" in server.out
    lines = server.err.splitlines()
    for line in (
        "[bot] loaded",
        "[chat.send by Bot] alice said hi",
        "[warning from plugin bot] heard hi",
        "[bot] tick",
        "[bot] timer",
    ):
        assert lines.count(line) == 1


def test_a_package_is_served_too(start: Start, tmp_path: Path) -> None:
    folder = built(tmp_path / "p")
    package = tmp_path / "bot.ocpkg"
    package.write_bytes(pack(FolderFiles(folder), "from owncast_plugin import *\n" + SOURCE))
    server = start(package)
    assert server.say("hi")["allowed"] is True
    assert server.get("/plugins/bot/a.txt") == (200, "text")


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_what_cannot_be_served(tmp_path: Path) -> None:
    built(tmp_path / "broken", "raise ValueError('not today')\n")
    project(tmp_path / "unbuilt")
    (tmp_path / "text.txt").write_text("x")
    cases = {
        "none": "there is no such folder or package",
        "unbuilt": "there is no bot.py",
        "text.txt": "expected a folder or a .ocpkg package",
        "broken": "ValueError: not today",
    }
    for name, what in cases.items():
        code, out, err = run(str(tmp_path / name), PORT="0")
        assert (code, out) == (2, ""), name
        message = next(line for line in err.splitlines() if line.startswith("owncast-plugin-serve"))
        assert what in message


def test_ports_that_cannot_be_used(tmp_path: Path) -> None:
    folder = str(built(tmp_path / "p"))
    assert "PORT is not the number of a port: 'x'" in run(folder, PORT="x")[2]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = run(folder, PORT=str(taken.getsockname()[1]))
    assert code == 2
    assert "cannot listen on 127.0.0.1" in err


def test_version() -> None:
    assert run("--version")[1].startswith("owncast-plugin-serve 0.")
