"""A host behind a real nginx: the visitor's address is the visitor's, not the proxy's."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from e2e.serving import Server, jackfield, serving

pytestmark = pytest.mark.e2e

CONFIG = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
            proxy_buffering off;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, behind: int) -> Iterator[int]:
    """An nginx on a free port in front of that port; skips where there is none."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("no nginx: install the system package 'nginx-light'")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, behind=behind))
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    )
    try:
        for _ in range(200):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def register(port: int, name: str, at: str) -> str:
    """A new person who comes from that address; their token."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(at, 0))
    connection.request(
        "POST",
        "/api/chat/register",
        json.dumps({"displayName": name}),
        # What a visitor claims of themselves counts for nothing.
        {"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.9"},
    )
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    assert answer.status in (200, 201), found
    return str(found["accessToken"])


@contextmanager
def chatting(port: int, token: str, at: str) -> Iterator[Any]:
    """A chat socket of somebody at that address, of a page of that site."""
    with connect(
        f"ws://127.0.0.1:{port}/api/chat/socket",
        subprotocols=["jackfield.chat.v1", f"jackfield.token.{token}"],  # type: ignore[list-item]
        origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
        source_address=(at, 0),
    ) as connection:
        yield connection


def next_of(connection: Any, *kinds: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(connection.recv(30))
        if frame["type"] in kinds:
            return frame


def ban_with_address(server: Server, port: int) -> tuple[str, str]:
    """Ann, who comes past the proxy, bans Bob at 127.0.0.2 with his address; tokens of Cem, Dan."""
    ann, bob = register(port, "Ann", "127.0.0.5"), register(port, "Bob", "127.0.0.2")
    cem, dan = register(port, "Cem", "127.0.0.2"), register(port, "Dan", "127.0.0.3")
    status, answer = server.api("PATCH", "/users/Ann", {"add_scopes": ["MODERATOR"]})
    assert status == 200, answer
    here = server.info["port"]
    with chatting(here, ann, "127.0.0.5") as mod, chatting(port, bob, "127.0.0.2") as bad:
        banned = next_of(bad, "hello")["you"]["id"]
        next_of(mod, "hello")
        mod.send(json.dumps({"type": "ban", "user": banned, "address": True, "request": "1"}))
        assert next_of(mod, "done", "error")["type"] == "done"
    return cem, dan


def test_a_trusted_proxys_word_on_the_visitor_counts(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data", "--trusted-proxy", "127.0.0.1/32") as server,
        nginx(tmp_path / "nginx", server.info["port"]) as port,
    ):
        cem, dan = ban_with_address(server, port)
        with chatting(port, cem, "127.0.0.2") as same_address:
            assert next_of(same_address, "hello", "bye")["type"] == "bye"
        with chatting(port, dan, "127.0.0.3") as another:
            assert next_of(another, "hello", "bye")["type"] == "hello"
            another.send(json.dumps({"type": "post", "body": "hi", "nonce": "1"}))
            assert next_of(another, "ack", "refused")["type"] == "ack"
        with chatting(port, cem, "127.0.0.4") as moved:
            assert next_of(moved, "hello", "bye")["type"] == "hello"


def test_without_it_all_visitors_are_the_proxy(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data") as server,
        nginx(tmp_path / "nginx", server.info["port"]) as port,
    ):
        _, dan = ban_with_address(server, port)
        with chatting(port, dan, "127.0.0.3") as another, pytest.raises(ConnectionClosed):
            assert next_of(another, "hello", "bye")["type"] == "bye"
            another.recv(30)


def test_a_proxy_that_is_no_address_is_one_line(tmp_path: Path) -> None:
    result = jackfield("serve", "--trusted-proxy", "nginx.local", data=tmp_path / "data")
    assert result.returncode == 2
    assert "--trusted-proxy" in result.stderr
    assert "found 'nginx.local'" in result.stderr
    assert result.stderr.count("\n") == 1
