"""A real host with ServeMSX plugins in a home folder, served on a real socket."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount

from jackfield.config import Config
from jackfield.dialects.servemsx import dialect
from jackfield.dialects.servemsx.host_state import PlainHostState
from jackfield.dialects.servemsx.plugin_answer import plugin_answer, to_response
from jackfield.dialects.servemsx.site.app import ServeMsxApp
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.host import Host


@dataclass(frozen=True)
class Got:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.body.decode()


class Served:
    """The plugins of one home folder, and a client for them.

    :ivar plugins: the folder ``plugins``.
    :ivar state: what ``server.settings`` tells; replace it as needed.
    """

    def __init__(self, folder: Path, services: Mapping[type, Any]) -> None:
        self.plugins = folder / "plugins"
        self.plugins.mkdir(parents=True)
        self.host = Host(
            Config(data_dir=folder / "data"), dialects={"servemsx": dialect}, services=services
        )
        self.host.registry.start()
        self.state = PlainHostState()
        site = ServeMsxApp({}, {}, self._answer)
        app = Starlette(routes=[Mount("/servemsx", site), Mount("", site)])
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(app, log_level="error", server_header=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def _answer(self, ask: Ask) -> Response:
        return to_response(
            plugin_answer(self.host.core, ask.plugin_request, self.state), ask.method
        )

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, name: str = "hello", adopt: bool = True, **files: str | bytes) -> Path:
        """Write a plugin; ``sub__x_tengo`` is ``sub/x.tengo``."""
        return self.write(
            name, {k.replace("__", "/").replace("_", "."): v for k, v in files.items()}, adopt
        )

    def write(self, name: str, files: Mapping[str, str | bytes], adopt: bool = True) -> Path:
        folder = self.plugins / name
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        if adopt:
            self.host.registry.adopt(folder, dialect="servemsx")
        return folder

    def script(self, source: str | bytes, name: str = "hello") -> None:
        """Replace the plugin's main script, the plugin running on."""
        self.write(name, {"main.tengo": source}, adopt=self.host.registry.running(name) is None)

    def get(
        self, path: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] = {}
    ) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body or None, dict(headers))
        answer = connection.getresponse()
        got = Got(answer.status, dict(answer.getheaders()), answer.read(), answer.getheaders())
        connection.close()
        return got

    def run(self, source: str | bytes, query: str = "", **request: Any) -> Got:
        """The answer of a script."""
        self.script(source)
        return self.get(f"/hello/{query}", **request)

    def say(self, expression: str, query: str = "", **request: Any) -> str:
        """What an expression is, as JSON; ``srv`` is the module."""
        got = self.run(
            'srv := import("server"); json := import("json"); '
            f"srv.write(json.encode({expression}))",
            query,
            **request,
        )
        assert got.status == 200, got.text
        return got.text

    def log(self, name: str = "hello") -> list[str]:
        """Level and text of the plugin's log."""
        return [f"{line.level} {line.text}" for line in self.host.registry.log(name).tail()]

    def reset(self) -> None:
        """Forget every plugin and its files."""
        for state in self.host.registry.list():
            self.host.registry.uninstall(state.slug, keep_data=False)
        for entry in self.plugins.parent.iterdir():
            if entry != self.host.data.path:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self.plugins.mkdir()
        self.state = PlainHostState()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.host.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One host for the tests of a module, because starting one takes longer than most of them."""
    made = Served(tmp_path_factory.mktemp("home"), {})
    yield made
    made.stop()


@pytest.fixture
def served(shared: Served) -> Iterator[Served]:
    """A host without plugins; those of the test are gone when it ends."""
    yield shared
    shared.reset()
