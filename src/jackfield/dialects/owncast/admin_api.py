"""Owncast's own addresses for managing plugins, ``/api/admin/plugins``.

Source: owncast spec 4.4 and 5.3. They do what the platform API does, in the original's words; what
installs a plugin here runs none of its code.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jackfield.dialects.owncast.gate_settings import GateSettings
from jackfield.dialects.owncast.operator_request import Handler, Identify, failure, operators_only
from jackfield.errors import InvalidInput, JackfieldError, NotFound
from jackfield.plugins.registry import Registry
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.states import PluginState
from jackfield.services.json_body import json_object
from jackfield.services.limited_body import limited_body

DIALECT = "owncast"
SUFFIX = ".ocpkg"
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
_ENVELOPE_BYTES = 64 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_NO_CACHE = {"cache-control": "no-cache"}


class _TooLarge(JackfieldError):
    code = "too_large"
    status = 413


class AdminApi:
    """The routes. All but files answer with JSON.

    :param gate: the settings of the plugin that lets viewers in.
    """

    def __init__(self, registry: Registry, gate: GateSettings, identify: Identify) -> None:
        self._registry = registry
        self._gate = gate
        self._identify = identify

    def routes(self) -> list[BaseRoute]:
        """Below the root of the site."""
        root, reads, writes = "/api/admin/plugins", ["GET"], ["POST"]
        one = f"{root}/{{slug}}"
        return [
            self._route(root, self._list, reads),
            self._route(root, self._upload, writes),
            self._route(f"{one}/instructions", self._instructions, reads),
            self._route(f"{one}/config", self._config, reads),
            self._route(f"{one}/config", self._set_config, writes),
            self._route(f"{one}/auth-settings", self._auth_settings, reads),
            self._route(f"{one}/auth-settings", self._set_auth_settings, writes),
            self._route(f"{one}/{{action}}", self._act, writes),
        ]

    def _route(self, path: str, handler: Handler, methods: list[str]) -> BaseRoute:
        return Route(path, operators_only(self._identify, handler), methods=methods)

    # -- plugins --------------------------------------------------------------------------------

    async def _list(self, _request: Request) -> Response:
        def every() -> list[dict[str, Any]]:
            return [
                self._entry(state) for state in self._registry.list() if state.dialect == DIALECT
            ]

        return JSONResponse(await run_in_threadpool(every), headers=_NO_CACHE)

    async def _upload(self, request: Request) -> Response:
        limited = Request(
            request.scope, limited_body(request, MAX_UPLOAD_BYTES + _ENVELOPE_BYTES, _too_large)
        )
        try:
            form = await limited.form(max_files=1, max_fields=8)
        except (MultiPartException, ClientDisconnect, HTTPException) as error:
            why = getattr(error, "detail", "") or getattr(error, "message", "") or "it ends early"
            raise InvalidInput(f"the form cannot be read: {why}") from None
        try:
            sent = form.get("plugin")
            if not isinstance(sent, UploadFile):
                raise InvalidInput(f"expected a form with the field 'plugin', a {SUFFIX} file")
            name = (sent.filename or "").replace("\\", "/").rpartition("/")[2]
            if not name.lower().endswith(SUFFIX):
                raise InvalidInput(f"expected a file that ends in {SUFFIX}, found {name[:60]!r}")
            data = await sent.read()
            return JSONResponse(await run_in_threadpool(self._install, name, data))
        finally:
            await form.close()

    def _install(self, name: str, data: bytes) -> dict[str, Any]:
        if len(data) > MAX_UPLOAD_BYTES:
            raise _too_large()
        with tempfile.TemporaryDirectory(prefix="jackfield-upload-") as folder:
            path = Path(
                folder, "".join(c if c.isalnum() or c in ".-_" else "_" for c in name)[-100:]
            )
            path.write_bytes(data)
            # A plugin that is there already is not replaced: Conflict.
            return self._entry(self._registry.install(path, dialect=DIALECT))

    async def _act(self, request: Request) -> Response:
        slug, action = request.path_params["slug"], request.path_params["action"]
        acts: dict[str, Callable[[], object]] = {
            "enable": lambda: self._registry.enable(slug, "all"),
            "disable": lambda: self._registry.disable(slug),
            "reload": lambda: self._registry.reload(slug),
            "uninstall": lambda: self._registry.uninstall(slug),
        }
        if action not in acts:
            known = ", ".join(acts)
            return failure(400, f"there is no action {action[:40]!r}; there are: {known}")

        def act() -> None:
            try:
                self._get(slug)
                acts[action]()
            except NotFound as error:
                raise InvalidInput(str(error)) from None
            if action in ("enable", "reload"):
                state = self._registry.get(slug)
                if state.state not in ("running", "disabled", "starting"):
                    raise InvalidInput(state.reason or state.state, plugin=slug)

        await run_in_threadpool(act)
        return JSONResponse({"status": "ok", "slug": slug, "action": action})

    def _get(self, slug: str) -> PluginState:
        state = self._registry.get(slug)
        if state.dialect != DIALECT:
            raise NotFound("is no plugin for Owncast", plugin=slug)
        return state

    def _spec(self, slug: str) -> PluginSpec:
        self._get(slug)
        return self._registry.spec(slug)

    def _entry(self, state: PluginState) -> dict[str, Any]:
        """A plugin as Owncast lists it."""
        running = self._registry.running(state.slug)
        entry: dict[str, Any] = {
            "slug": state.slug,
            "name": state.name,
            "version": state.version,
            "description": state.description,
            "homepage": state.homepage,
            "path": "",
            "enabled": state.enabled,
            "loaded": running is not None,
            "autoDisabled": state.state == "suspended",
            "hasIcon": state.has_icon,
            "hasInstructions": state.has_instructions,
            "pendingPermissions": [text.partition("(")[0] for text in state.missing],
            "lastError": state.last_error or (state.reason if state.state == "suspended" else ""),
            "discoveredAt": state.installed_at,
        }
        if state.state != "discovered":
            details = self._registry.spec(state.slug).details
            entry |= {
                "botDisplayName": details.get("bot"),
                "permissions": details.get("permissions"),
                "path": str(self._registry.folder(state.slug)),
                "allowedHosts": details.get("allowedHosts"),
                "adminPages": details.get("adminPages"),
                "config": details.get("config"),
            }
        if running is not None:
            entry["commands"] = _commands(running.runtime)
        always = ("slug", "name", "path", "enabled", "loaded", "discoveredAt")
        return {key: value for key, value in entry.items() if value or key in always}

    # -- what belongs to one plugin -------------------------------------------------------------

    async def _instructions(self, request: Request) -> Response:
        slug = request.path_params["slug"]

        def read() -> bytes:
            spec = self._spec(slug)
            if spec.instructions is None:
                raise NotFound("has no instructions", plugin=slug)
            return (self._registry.folder(slug) / spec.instructions).read_bytes()

        text = await run_in_threadpool(read)
        return Response(text, media_type="text/markdown", headers=_NO_CACHE)

    async def _config(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        return JSONResponse(await run_in_threadpool(self._values, slug), headers=_NO_CACHE)

    def _values(self, slug: str) -> dict[str, Any]:
        spec = self._spec(slug)
        if not spec.settings:
            raise NotFound("has no configuration", plugin=slug)
        return spec.settings.effective(self._registry.stored_settings(slug))

    async def _set_config(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        values = await json_object(request)

        def store() -> dict[str, Any]:
            self._values(slug)
            self._registry.set_settings(slug, values, replace=True)
            return self._values(slug)

        return JSONResponse(await run_in_threadpool(store), headers=_NO_CACHE)

    async def _auth_settings(self, request: Request) -> Response:
        slug = request.path_params["slug"]

        def read() -> dict[str, Any]:
            self._require_gate(slug)
            return self._gate.of(slug).to_dict()

        return JSONResponse(await run_in_threadpool(read), headers=_NO_CACHE)

    async def _set_auth_settings(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        values = await json_object(request)

        def store() -> dict[str, Any]:
            self._require_gate(slug)
            return self._gate.change(slug, values).to_dict()

        return JSONResponse(await run_in_threadpool(store), headers=_NO_CACHE)

    def _require_gate(self, slug: str) -> None:
        if "auth.gate" not in self._spec(slug).details["permissions"]:
            raise NotFound("does not ask for auth.gate", plugin=slug)


def _commands(runtime: object) -> list[dict[str, Any]]:
    commands = getattr(runtime, "commands", None)
    told = [msgspec.to_builtins(command) for command in getattr(commands, "all", ())]
    return [{k: v for k, v in command.items() if k != "selfRouted"} for command in told]


def _too_large() -> _TooLarge:
    return _TooLarge(f"the package is above {MAX_UPLOAD_BYTES:,} bytes")
