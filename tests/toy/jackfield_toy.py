"""A dialect of its own distribution, as small as one can be: for tests, and as an example.

A plugin is a folder or zip with ``toy.json``: ``slug``, ``version``, ``permissions``, ``settings``
and what to do: ``greets`` (answer each message), ``drops`` (a word), ``broken`` (fail to start),
``actions`` (as the core has them: ``complain``, ``fail`` and ``work`` do what they say, all others
return what they were given), ``open`` (take any setting).
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from jackfield.errors import Conflict, ManifestError
from jackfield.plugins.dialect import Core, PermissionInfo, PluginContext, PluginFailure
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.files import PluginFiles
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.job import current_job
from jackfield.plugins.permissions import Permission
from jackfield.plugins.settings import SettingField, SettingsSchema
from jackfield.plugins.spec import Action, PluginSpec
from jackfield.services.chat import Chat

RECEIVED = "chat.message.received"
WAVE = {"id": "wave", "label": "Wave"}


class ToyRuntime:
    memory_bytes = 4096

    def __init__(self, context: PluginContext) -> None:
        self.context = context
        self.manifest: dict[str, Any] = dict(context.spec.details)
        filters = {RECEIVED: 10} if "drops" in self.manifest else {}
        self.subscriptions = Subscriptions(frozenset({RECEIVED, "toy.poke"}), filters)

    def notify(self, event: Event) -> None:
        if event.name != RECEIVED:
            self.context.log.info(f"{event.name} {json.dumps(event.payload)}")
            return
        body = event.payload["body"]
        self.context.log.info(f"heard {body}")
        if "greets" in self.manifest and "chat.send" in self.context.grants:
            greeting = self.context.settings()["greeting"]
            spec = self.context.spec
            self.context.services.get(Chat).send_as_bot(spec.slug, spec.name, f"{greeting}: {body}")

    def filter(self, event: Event) -> FilterResult:
        if self.manifest["drops"] in event.payload["body"]:
            return FilterResult("drop", reason="not that word")
        return PASS

    def request(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(body=request.path.encode())

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        match action:
            case "fail":
                raise PluginFailure("it fell over", plugin=self.context.spec.slug, call=action)
            case "complain":
                return {"status": "error", "message": "nothing to wave at"}
            case "work":
                return self._work(int(params.get("steps", 3)))
        return {"ran": action, **params}

    def _work(self, steps: int) -> Any:
        job = current_job()
        assert job is not None
        for step in range(steps):
            job.report(step / steps, f"step {step + 1} of {steps}")
            self.context.log.info(f"step {step + 1}")
            time.sleep(0.05)
            job.check()
        return {"status": "ok", "message": f"{steps} steps done", "file": "/exports/steps.csv"}

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        return ""

    def stop(self, reason: str) -> None:
        self.context.log.info(f"stopped: {reason}")


class ToyAuthor:
    def new(self, folder: Path, *, slug: str) -> list[Path]:
        if folder.exists():
            raise Conflict("exists already", file=str(folder))
        folder.mkdir(parents=True)
        file = folder / "toy.json"
        file.write_text(json.dumps({"slug": slug, "greets": True, "permissions": ["chat.send"]}))
        return [file]

    def build(self, folder: Path) -> list[Path]:
        read(json.loads((folder / "toy.json").read_text()), folder.name)
        built = folder / "built.txt"
        built.write_text("built\n")
        return [built]

    def package(self, folder: Path, out: Path | None = None) -> Path:
        self.build(folder)
        out = out or folder / f"{folder.name}.toy"
        with zipfile.ZipFile(out, "w") as archive:
            archive.write(folder / "toy.json", "toy.json")
        return out


class ToyDialect:
    name = "toy"
    title = "Toy"
    suffixes = (".toy",)
    site_prefix = "/toy"
    native_port = None
    permissions: ClassVar = {
        "chat.send": PermissionInfo("Post in the chat", "medium"),
        "network.fetch": PermissionInfo("Reach other servers", "high"),
    }
    author = ToyAuthor()

    def recognises(self, files: PluginFiles) -> bool:
        return "toy.json" in files.names()

    def read(self, files: PluginFiles) -> PluginSpec:
        try:
            manifest = json.loads(files.read("toy.json"))
        except ValueError as error:
            raise ManifestError(f"is not JSON: {error}", file="toy.json") from None
        return read(manifest, files.source)

    def start(self, context: PluginContext) -> ToyRuntime:
        if context.spec.details.get("broken"):
            trace = 'Traceback:\n  File "toy.json", line 3'
            raise PluginFailure(
                "it is broken", plugin=context.spec.slug, call="load", traceback=trace
            )
        return ToyRuntime(context)

    def attach(self, core: Core) -> None:
        return None

    def site(self, core: Core) -> Any | None:
        return None


def read(manifest: dict[str, Any], source: str) -> PluginSpec:
    slug = manifest.get("slug")
    if not isinstance(slug, str):
        raise ManifestError(
            f"expected a text, found {slug!r}", plugin=source, file="toy.json", field="slug"
        )
    return PluginSpec(
        dialect="toy",
        slug=slug,
        name=slug.title(),
        version=manifest.get("version", "1.0"),
        author="The toy makers",
        permissions=tuple(sorted(map(Permission.parse, manifest.get("permissions", [])))),
        settings=SettingsSchema(
            (
                SettingField("greeting", label="What it says", default="hello"),
                SettingField("loud", "boolean", default=False),
                SettingField("key", secret=True, default=""),
            ),
            open=bool(manifest.get("open")),
        ),
        actions=tuple(Action(**one) for one in manifest.get("actions", [WAVE])),
        icon="icon.svg" if manifest.get("icon") else None,
        instructions="help.md" if manifest.get("help") else None,
        details=manifest,
    )


dialect = ToyDialect()
