"""A real host with a ServeMSX home, its site on a real socket, and servers for it to reach."""

from __future__ import annotations

import http.client
import io
import json
import socket
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from jackfield.config import Config
from jackfield.dialects.servemsx import dialect
from jackfield.dialects.servemsx.home import Home
from jackfield.dialects.servemsx.site import make_site
from jackfield.host import Host


class Got:
    """One answer."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def action(self) -> str:
        """What the client is told to do."""
        assert self.status == 200, self.text
        found: str = self.json["response"]["data"]["action"]
        return found

    @property
    def data(self) -> Any:
        return self.json["response"]["data"]["data"]


class World:
    """A home that is served.

    :ivar folder: the home.
    """

    def __init__(self, folder: Path, *, original: bool) -> None:
        self.folder = folder / "home"
        self.folder.mkdir()
        self.original = original
        self.host = Host(Config(data_dir=folder / "data"), dialects={"servemsx": dialect})
        self.host.registry.start()
        self.home = Home(self.folder, original=original, stream_wait=0)
        site = make_site(self.host.core, self.home)
        app = Starlette(routes=[Mount("/servemsx", site), Mount("", site)])
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.base = f"http://{self.address}"
        config = uvicorn.Config(app, log_level="error", server_header=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def get(
        self,
        path: str,
        method: str = "GET",
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        """One request, its path sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        raw = body.encode() if isinstance(body, str) else body
        connection.request(method, path, raw or None, dict(headers or {}))
        got = Got(connection.getresponse())
        connection.close()
        return got

    def post(self, path: str, data: Any, **headers: str) -> Got:
        """``{"data": …}`` as Media Station X sends it."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.get(path, "POST", json.dumps({"data": data}), sent)

    def upload(self, name: str, content: bytes, path: str = "/install", **headers: str) -> Got:
        """A package, as the page sends it."""
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        sent["content-type"] = "multipart/form-data; boundary=xyz"
        head = f'--xyz\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        return self.get(path, "POST", head.encode() + content + b"\r\n--xyz--\r\n", sent)

    def write(self, path: str, content: bytes | str = b"x") -> Path:
        """A file of the home."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.home.close()
        self.host.stop()


def package(files: Mapping[str, str | bytes]) -> bytes:
    """A gzipped tar archive of those files, names as they are."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


SCRIPT = 'srv := import("server")\nsrv.write("{} ", srv.path, " ", srv.base_url)\n'


def script(word: str = "hi") -> str:
    """A plugin that says *word* and where it is."""
    return SCRIPT.replace("{}", word)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The folder of an installation of the original."""
    made = World(tmp_path, original=True)
    yield made
    made.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """A host's own folder; its plugins are in the registry."""
    made = World(tmp_path, original=False)
    yield made
    made.stop()


Answerer = Callable[[str, str, bytes], tuple[int, Mapping[str, str], bytes]]


class Upstream:
    """A server of somebody else. ``answers`` maps a path with its query to status, headers, body.

    :ivar asked: method, target, headers and body of each request.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Mapping[str, str], bytes]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {k.lower(): v for k, v in self.headers.items()}
                upstream.asked.append((self.command, self.path, headers, body))
                status, more, content = upstream.answer(self.path, body)
                self.send_response(status)
                for name, value in {**more, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(BrokenPipeError):
                    self.wfile.write(content)

            do_GET = do_POST = _answer

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.base = f"http://{self.address}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, target: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        return self.answers.get(target, (404, {}, b"nothing here"))

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class TorrServer(Upstream):
    """Speaks the part of the MatriX API that the site uses."""

    def __init__(self) -> None:
        super().__init__()
        self.version = b"MatriX.132"
        self.torrents: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []

    def answer(self, target: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if target == "/echo":
            return 200, {}, self.version
        if target == "/torrents":
            command = json.loads(body)
            self.commands.append(command)
            if command["action"] == "list":
                return 200, {}, json.dumps(self.torrents).encode()
            return 200, {}, b""
        if target.startswith("/stream/?stat&link="):
            wanted = target.rpartition("=")[2]
            for torrent in self.torrents:
                if torrent["hash"] == wanted:
                    return 200, {}, json.dumps(torrent).encode()
        return 404, {}, b"404 page not found"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture
def torrserver() -> Iterator[TorrServer]:
    made = TorrServer()
    yield made
    made.stop()
