"""A dialect of its own: a plugin is a ``replies.json`` that says what to answer to what.

    {"slug": "house-rules", "version": "1.0", "replies": {"!rules": "Be kind."}}

It goes in as a folder, or as a zip that ends in ``.replies``.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jackfield import (
    AuthorTools,
    Chat,
    Core,
    Event,
    FilterResult,
    HttpRequest,
    HttpResponse,
    ManifestError,
    Permission,
    PermissionInfo,
    PluginContext,
    PluginFiles,
    PluginSpec,
    Subscriptions,
)

MANIFEST = "replies.json"
RECEIVED = "chat.message.received"
SEND = "chat.send"


class RepliesRuntime:
    """A started plugin. It runs no code of its author's, so it needs no sandbox."""

    subscriptions = Subscriptions(frozenset({RECEIVED}))
    memory_bytes = 0

    def __init__(self, context: PluginContext) -> None:
        self._context = context
        self._replies: Mapping[str, str] = context.spec.details["replies"]

    def notify(self, event: Event) -> None:
        answer = self._replies.get(event.payload["body"].strip().lower())
        if answer is None:
            return
        if SEND not in self._context.grants:  # what was not granted is not there
            self._context.log.warning("may not answer: chat.send was not granted")
            return
        spec = self._context.spec
        self._context.services.get(Chat).send_as_bot(spec.slug, spec.name, answer)

    def filter(self, event: Event) -> FilterResult:
        return FilterResult("pass")

    def request(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(404)

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        return None

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        return ""

    def stop(self, reason: str) -> None:
        return None


class RepliesAuthor:
    """What ``jackfield new``, ``build`` and ``package`` do for this dialect."""

    def new(self, folder: Path, *, slug: str) -> list[Path]:
        folder.mkdir(parents=True)
        manifest = {"slug": slug, "version": "1.0", "replies": {"!rules": "Be kind."}}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        return [folder / MANIFEST]

    def build(self, folder: Path) -> list[Path]:
        read_manifest((folder / MANIFEST).read_bytes(), folder.name)
        return []

    def package(self, folder: Path, out: Path | None = None) -> Path:
        self.build(folder)
        out = out or folder / f"{folder.name}.replies"
        with zipfile.ZipFile(out, "w") as archive:
            archive.write(folder / MANIFEST, MANIFEST)
        return out


class RepliesDialect:
    """What the host asks of a dialect: ``jackfield.Dialect``."""

    name = "replies"
    title = "Replies"
    suffixes: tuple[str, ...] = (".replies",)
    permissions: Mapping[str, PermissionInfo] = {SEND: PermissionInfo("Write into the chat")}
    site_prefix = "/replies"
    native_port: int | None = None
    author: AuthorTools = RepliesAuthor()

    def recognises(self, files: PluginFiles) -> bool:
        return MANIFEST in files.names()

    def read(self, files: PluginFiles) -> PluginSpec:
        manifest = read_manifest(files.read(MANIFEST), files.source)
        return PluginSpec(
            dialect=self.name,
            slug=manifest["slug"],
            name=manifest.get("name", manifest["slug"]),
            version=manifest.get("version", "1.0"),
            permissions=(Permission(SEND),),
            details={"replies": {ask.lower(): say for ask, say in manifest["replies"].items()}},
        )

    def start(self, context: PluginContext) -> RepliesRuntime:
        return RepliesRuntime(context)

    def attach(self, core: Core) -> None:
        return None

    def site(self, core: Core) -> Any | None:
        return None


def read_manifest(raw: bytes, plugin: str) -> dict[str, Any]:
    """The manifest, checked: nothing of a plugin is trusted.

    :raises ManifestError: naming the field and what was expected.
    """
    try:
        manifest: Any = json.loads(raw)
    except ValueError as error:
        raise ManifestError(f"is not JSON: {error}", plugin=plugin, file=MANIFEST) from None
    for field, kind in {"slug": str, "replies": dict}.items():
        found = manifest.get(field) if isinstance(manifest, dict) else None
        if not isinstance(found, kind):
            raise ManifestError(
                f"expected {kind.__name__}, found {type(found).__name__}",
                plugin=plugin,
                file=MANIFEST,
                field=field,
            )
    for ask, answer in manifest["replies"].items():
        if not isinstance(answer, str):
            raise ManifestError(
                f"expected a text, found {answer!r}", plugin=plugin, file=MANIFEST,
                field=f"replies.{ask}",
            )  # fmt: skip
    return dict(manifest)


dialect = RepliesDialect()
