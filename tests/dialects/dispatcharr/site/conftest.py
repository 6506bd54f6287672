"""A served installation: a real host, and the site on a real socket."""

from __future__ import annotations

import http.client
import importlib.util
import io
import json
import socket
import sys
import threading
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from jackfield.config import Config
from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.archive import NAMES
from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.folder import PluginsFolder
from jackfield.dialects.dispatcharr.site import make_site
from jackfield.dialects.dispatcharr.site.tokens import Tokens, Who
from jackfield.dialects.dispatcharr.site.updates import Updates
from jackfield.errors import Unavailable
from jackfield.host import Host
from jackfield.plugins.dialect import Core, PermissionInfo, PluginContext, PluginFailure, Runtime
from jackfield.plugins.events import Event, FilterResult, Subscriptions
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.spec import PluginSpec

SECRET = "a-secret-that-is-long-enough-for-signing-tokens"

PLUGIN = """
class Plugin:
    name = "My Plugin"
    version = "0.1.0"
    description = "Does something useful"
    fields = [
        {"id": "enabled", "label": "Enabled", "type": "boolean", "default": True},
        {"id": "limit", "label": "Item limit", "type": "number", "default": 5},
        {"id": "mode", "label": "Mode", "type": "select", "default": "safe", "options": [
            {"value": "safe", "label": "Safe"}, {"value": "fast", "label": "Fast"}]},
        {"id": "note", "label": "Note", "type": "string", "default": ""},
    ]
    actions = [{"id": "do_work", "label": "Do Work", "description": "Process items"}]

    def run(self, action, params, context):
        if action == "do_work":
            return {"status": "ok", "settings": context["settings"], "params": params}
        if action == "boom":
            raise ValueError("it went wrong")
        if action == "list":
            return [1, 2]
        return {"status": "error", "message": f"Unknown action {action}"}
"""


class InProcess:
    """A runtime that runs the class in the test's own process: the site is what is tested here."""

    subscriptions = Subscriptions()
    memory_bytes = 0

    def __init__(self, context: PluginContext, learn: Callable[[str, PluginSpec], None]) -> None:
        self.learn = learn
        details = context.spec.details
        file = context.root / str(details["folder"]) / str(details["entry"])
        name = f"_tested_{context.spec.slug}".replace("-", "_").replace(".", "_")
        found = importlib.util.spec_from_file_location(name, file)
        assert found is not None and found.loader is not None
        module = importlib.util.module_from_spec(found)
        sys.dont_write_bytecode = True
        try:
            found.loader.exec_module(module)
            self._plugin = module.Plugin()
        except Exception as error:
            raise PluginFailure(str(error), plugin=context.spec.slug, call="load") from None
        self._context = context

    def refresh(self) -> None:
        """Read its fields anew, as the real runtime does."""
        spec = manifest.described(self._context.spec, {"fields": self._plugin.fields})
        self.learn(self._context.spec.slug, spec)

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        context = {"settings": dict(self._context.stored_settings()), "actions": {}}
        try:
            return self._plugin.run(action, params, context)
        except Exception as error:
            raise PluginFailure(
                str(error), plugin=self._context.spec.slug, call="run",
                traceback=traceback.format_exc(),
            ) from None  # fmt: skip

    def notify(self, event: Event) -> None: ...

    def filter(self, event: Event) -> FilterResult:
        raise NotImplementedError

    def request(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        return ""

    def stop(self, reason: str) -> None: ...


class ToyDialect:
    """Reads plugins as the dialect does, and runs them in this process."""

    name = "dispatcharr"
    title = "Dispatcharr"
    suffixes: tuple[str, ...] = (".zip",)
    permissions: Mapping[str, PermissionInfo] = {
        manifest.PERMISSION: PermissionInfo("Run as trusted code over the IPTV database", "high")
    }
    archive_names = NAMES
    site_prefix = "/dispatcharr"
    native_port: int | None = 9191
    author: Any = None

    def __init__(self, era: Era) -> None:
        self._era = era

    def recognises(self, files: PluginFiles) -> bool:
        return manifest.recognises(files)

    def read(self, files: PluginFiles) -> PluginSpec:
        return manifest.read(files, era=self._era)

    def start(self, context: PluginContext) -> Runtime:
        return InProcess(context, self._core.plugins.learn)

    def attach(self, core: Core) -> None:
        self._core = core

    def site(self, core: Core) -> Any | None:
        return None


@dataclass
class Backend:
    """One installation."""

    home: Path
    secret: str
    era: Era
    plugins: PluginsFolder
    updates: Updates
    socket: Callable[[], Path]

    def application(self) -> Path:
        return self.socket()


class Got:
    """One answer."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"Got({self.status}, {self.body[:300]!r})"


def serve(app: Any, listener: socket.socket) -> tuple[uvicorn.Server, threading.Thread]:
    """Serve on that socket, in a thread."""
    config = uvicorn.Config(
        app,
        log_level="error",
        server_header=False,
        lifespan="off",
        ws="websockets-sansio",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    return server, thread


class World:
    """See the module.

    :ivar root: the plugins folder.
    """

    def __init__(
        self, folder: Path, era: Era = "seed", services: Mapping[type, Any] | None = None
    ) -> None:
        self.home = folder / "home"
        self.root = self.home / "plugins"
        self.root.mkdir(parents=True)
        self.era: Era = era
        dialects = {"dispatcharr": ToyDialect(era)}
        self.host = Host(
            Config(data_dir=folder / "data"), dialects=dialects, services=dict(services or {})
        )
        self.host.registry.start()
        self.registry = self.host.registry
        self.updates = Updates()
        self.application: Callable[[], Path] = self._no_application
        self.plugins = PluginsFolder(self.root, self.registry)
        self.backend = Backend(
            self.home, SECRET, era, self.plugins, self.updates, lambda: self.application()
        )
        site = make_site(self.host.core, self.backend)
        app = Starlette(routes=[Mount("/dispatcharr", site), Mount("", site)])
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._server, self._thread = serve(app, listener)
        self.tokens = Tokens(SECRET)
        self.admin = self.tokens.access(Who(1, "ann", 10))
        self.viewer = self.tokens.access(Who(2, "bob", 1))
        self.streamer = self.tokens.access(Who(3, "sue", 0))

    @staticmethod
    def _no_application() -> Path:
        raise Unavailable("there is no application process here")

    def get(
        self,
        path: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Got:
        """One request, its path sent as it is; by the administrator unless told otherwise."""
        sent = dict(headers or {})
        token = self.admin if token is None else token
        if token:
            sent.setdefault("authorization", f"Bearer {token}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        raw = body.encode() if isinstance(body, str) else body
        connection.request(method, path, raw, sent)
        got = Got(connection.getresponse())
        connection.close()
        return got

    def post(self, path: str, value: Any = None, method: str = "POST", **more: Any) -> Got:
        """JSON sent to ``/api/plugins/plugins/`` or an absolute path."""
        where = path if path.startswith("/") else f"/api/plugins/plugins/{path}"
        headers = {"content-type": "application/json", **more.pop("headers", {})}
        return self.get(where, method, json.dumps(value), headers, **more)

    def list(self, **more: Any) -> dict[str, Any]:
        """The list's entries, by key."""
        got = self.get("/api/plugins/plugins/", **more)
        assert got.status == 200, got
        return {entry["key"]: entry for entry in got.json["plugins"]}

    def write(self, name: str, files: Mapping[str, str | bytes] | str = PLUGIN) -> Path:
        """A plugin in the folder."""
        folder = self.root / name
        for path, content in ({"plugin.py": files} if isinstance(files, str) else files).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    def upload(self, name: str, content: bytes, fields: Mapping[str, str] | None = None) -> Got:
        """An archive, as the page sends it."""
        parts = [
            f'--xyz\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
            for k, v in (fields or {}).items()
        ]
        head = f'--xyz\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = b"".join(parts) + head.encode() + content + b"\r\n--xyz--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=xyz"}
        return self.get("/api/plugins/plugins/import/", "POST", body, headers)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.host.stop()


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """An archive of those files, names as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An installation in the seed's era."""
    made = World(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def current(tmp_path: Path) -> Iterator[World]:
    """An installation in the current era."""
    made = World(tmp_path, "current")
    yield made
    made.stop()


@pytest.fixture
def application(world: World, tmp_path: Path) -> Iterator[Any]:
    """A stand-in for the application process of ``world``."""
    from dialects.dispatcharr.site.stand_in import StandIn

    made = StandIn(tmp_path / "application.sock")
    world.application = made
    yield made
    made.stop()
