"""A server on this machine that answers as tests say: well, badly, slowly, or not to the end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

Answer = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request, with short ways to answer it."""

    server: Provider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        answer = self.server.answers.get(parts.path)
        if answer is None:
            self.say(b"no such thing", 404)
        else:
            answer(self)

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Provider(ThreadingHTTPServer):
    """Path → what answers; ``asked`` has the paths and headers of requests."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.xtream: dict[str | None, Any] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests want."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def serve(self, path: str, body: bytes | str, status: int = 200, **headers: str) -> str:
        """Answer *path* with *body*; gives the address."""
        data = body.encode() if isinstance(body, str) else body
        self.answers[path] = lambda request: request.say(data, status, **headers)
        return self.url + path

    def cut(self, path: str, body: bytes, announced: int) -> str:
        """Announce more than is sent, and hang up."""

        def answer(request: Request) -> None:
            request.send_response(200)
            request.send_header("Content-Length", str(announced))
            request.end_headers()
            request.wfile.write(body)
            request.close_connection = True

        self.answers[path] = answer
        return self.url + path

    def drip(self, path: str, piece: bytes, pause: float, pieces: int = 100) -> str:
        """Send a piece, wait, and so on."""

        def answer(request: Request) -> None:
            request.send_response(200)
            request.send_header("Connection", "close")
            request.end_headers()
            request.close_connection = True
            for _ in range(pieces):
                try:
                    request.wfile.write(piece)
                    request.wfile.flush()
                except OSError:
                    return
                time.sleep(pause)

        self.answers[path] = answer
        return self.url + path

    def be_xtream(self, username: str = "me", password: str = "secret") -> str:
        """Answer ``player_api.php`` from :attr:`xtream`; gives the server's address."""
        self.xtream.setdefault(None, {"user_info": {"auth": 1}, "server_info": {}})

        def answer(request: Request) -> None:
            login = request.query.get("username"), request.query.get("password")
            if login != (username, password):
                request.say(b'{"user_info": {"auth": 0}}')
                return
            said = self.xtream.get(request.query.get("action"), [])
            if callable(said):
                said = said(request.query)
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            request.say(data, Content_Type="application/json")

        self.answers["/player_api.php"] = answer
        return self.url


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def closed_port() -> str:
    """An address at which nobody listens."""
    server = Provider()
    url = server.url
    server.server_close()
    return url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
