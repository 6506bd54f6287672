"""A dialect, a dispatcher and plugins for tests of the registry."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jackfield.config import Config
from jackfield.errors import ManifestError, SurroundingsError
from jackfield.plugins.dialect import PermissionInfo, PluginContext, PluginFailure, Running
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.permissions import Permission
from jackfield.plugins.registry import Registry
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.settings import SettingField, SettingsSchema
from jackfield.plugins.spec import PluginSpec
from jackfield.store import Database, DataDir

MANIFEST = "stage.json"


class StageRuntime:
    """A started plugin; lives from :meth:`StageDialect.start` to :meth:`stop`."""

    subscriptions = Subscriptions(frozenset({"curtain"}))
    memory_bytes = 0

    def __init__(self, dialect: StageDialect, context: PluginContext) -> None:
        self.dialect = dialect
        self.context = context
        dialect.alive.append(self)

    def notify(self, event: Event) -> None:
        assert self in self.dialect.alive

    def filter(self, event: Event) -> FilterResult:
        return PASS

    def request(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        return None

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        return ""

    def stop(self, reason: str) -> None:
        self.dialect.alive.remove(self)
        if self.context.spec.details.get("stop") == "raises":
            raise RuntimeError("does not want to stop")


class StageDialect:
    """Plugins are a ``stage.json``; its ``start`` says how the start ends."""

    title = "Stage"
    suffixes: tuple[str, ...] = (".stage",)
    author: Any = None

    def __init__(self, name: str = "stage", manifest: str = MANIFEST) -> None:
        self.name = name
        self.manifest = manifest
        self.permissions: Mapping[str, PermissionInfo] = {
            p: PermissionInfo(p) for p in ("chat.send", "kv", "network.fetch", "users.read")
        }
        self.alive: list[StageRuntime] = []
        self.starts = 0
        self.gate: threading.Event | None = None
        self.at_gate = threading.Event()

    def recognises(self, files: PluginFiles) -> bool:
        return self.manifest in files.names()

    def read(self, files: PluginFiles) -> PluginSpec:
        try:
            found = json.loads(files.read(self.manifest))
        except ValueError as error:
            raise ManifestError(f"is not JSON: {error}", file=self.manifest) from error
        return PluginSpec(
            dialect=self.name,
            slug=found["slug"],
            name=found.get("name", found["slug"].title()),
            version=found.get("version", "1.0.0"),
            permissions=tuple(sorted(Permission.parse(p) for p in found.get("permissions", []))),
            settings=SettingsSchema(
                tuple(SettingField(**{"id": key, **field})
                      for key, field in found.get("settings", {}).items())
            ),
            icon=found.get("icon"),
            details=found,
        )  # fmt: skip

    def start(self, context: PluginContext) -> StageRuntime:
        self.starts += 1
        if self.gate is not None:
            self.at_gate.set()
            assert self.gate.wait(20)
        match context.spec.details.get("start", "runs"):
            case "fails":
                raise PluginFailure(
                    "NameError: no such prop", plugin=context.spec.slug, call="load",
                    traceback="stage.json, line 1",
                )  # fmt: skip
            case "bug":
                raise ZeroDivisionError("in the dialect")
        return StageRuntime(self, context)

    def attach(self, core: Any) -> None: ...

    def site(self, core: Any) -> None: ...


class StageDispatcher:
    """Remembers who is attached; refuses to attach twice."""

    def __init__(self) -> None:
        self.attached: dict[str, Running] = {}

    def attach(self, running: Running) -> None:
        assert running.spec.slug not in self.attached
        self.attached[running.spec.slug] = running

    def detach(self, slug: str) -> None:
        self.attached.pop(slug, None)

    def call(self, slug: str, kind: Any, function: Callable[[], Any]) -> Any:
        return function() if slug in self.attached else None


class Stage:
    """A registry on a real data directory and database."""

    def __init__(
        self, path: Path, dialects: Mapping[str, StageDialect] | None = None, **config: Any
    ) -> None:
        self.dialect = StageDialect()
        self.dialects = {"stage": self.dialect} if dialects is None else dict(dialects)
        self.dispatcher = StageDispatcher()
        self.data = DataDir(path)
        try:
            self.db = Database(self.data.database_url)
            self.registry = Registry(
                self.db, self.data, self.dialects, ServiceTable(), self.dispatcher,
                Config(data_dir=path, **config),
            )  # fmt: skip
        except BaseException:
            self.data.close()
            raise

    def close(self) -> None:
        self.registry.stop()
        self.db.close()
        self.data.close()


@contextmanager
def stage(path: Path, **options: Any) -> Iterator[Stage]:
    """A stage that is taken down at the end."""
    made = Stage(path, **options)
    try:
        yield made
    finally:
        made.close()


def folder(parent: Path, slug: str = "lamp", files: Mapping[str, str] | None = None,
           manifest: str = MANIFEST, **fields: Any) -> Path:  # fmt: skip
    """Write a plugin as a folder."""
    made = parent / f"{slug}-{fields.get('version', '1.0.0')}-{len(list(parent.iterdir()))}"
    made.mkdir()
    (made / manifest).write_text(json.dumps({"slug": slug, **fields}))
    for name, content in (files or {}).items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(content)
    return made


def archive(parent: Path, slug: str = "lamp", files: Mapping[str, str] | None = None,
            **fields: Any) -> Path:  # fmt: skip
    """Write a plugin as an archive."""
    made = parent / f"{slug}-{fields.get('version', '1.0.0')}-{len(list(parent.iterdir()))}.stage"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(MANIFEST, json.dumps({"slug": slug, **fields}))
        for name, content in (files or {}).items():
            out.writestr(name, content)
    return made


def stored_files(made: Stage) -> set[str]:
    """What lies in the plugins' and the staging folder of the data directory."""
    root = made.data.path
    found = (*made.data.plugins.rglob("*"), *made.data.staging.rglob("*"))
    return {p.relative_to(root).as_posix() for p in found if p.is_file()}


def refuse(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every write to the database end as a full disk does."""

    def begin() -> Any:
        raise SurroundingsError("the database failed: the disk is full", file=made.db.place)

    monkeypatch.setattr(made.db, "begin", begin)
