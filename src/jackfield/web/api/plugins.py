"""``/api/v1/plugins``: install, enable, watch and remove plugins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from jackfield.operations import Operations
from jackfield.web.api.access import AdminOnly
from jackfield.web.api.log_stream import log_events
from jackfield.web.api.models import Enable, Rollback, Run, Settings
from jackfield.web.api.small_body import SmallBodyRoute
from jackfield.web.api.uploads import OPENAPI_BODY, received_plugin

# What an icon may do when it is opened as a page of its own: nothing. An SVG can hold scripts.
_ICON_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
}


def routes(operations: Operations, admin_only: AdminOnly) -> APIRouter:
    """The routes of this module."""
    router = APIRouter(prefix="/plugins", tags=["plugins"], route_class=SmallBodyRoute)

    @router.get("")
    def list_plugins() -> list[dict[str, Any]]:
        """Every installed plugin, sorted by slug."""
        return operations.plugins()

    @router.post("", status_code=201, openapi_extra=OPENAPI_BODY)
    async def install(request: Request) -> dict[str, Any]:
        """Install an archive. Its code does not run before it is enabled."""
        by_path = admin_only.is_local(request)
        async with received_plugin(request, by_path=by_path) as (source, dialect):
            return await run_in_threadpool(operations.install, source, dialect=dialect)

    @router.get("/{slug}")
    def get_plugin(slug: str) -> dict[str, Any]:
        """One installed plugin."""
        return operations.plugin(slug)

    @router.delete("/{slug}")
    def uninstall(
        slug: str,
        delete_data: Annotated[bool, Query(description="Also what the plugin stored.")] = False,
    ) -> dict[str, Any]:
        """Remove a plugin; what it stored stays unless ``delete_data`` is true."""
        return operations.uninstall(slug, keep_data=not delete_data)

    @router.post("/{slug}/enable")
    def enable(slug: str, body: Enable | None = None) -> dict[str, Any]:
        """Enable a plugin. 409 ``approval_needed`` lists permissions that are not granted."""
        return operations.enable(slug, None if body is None else body.grant)

    @router.post("/{slug}/disable")
    def disable(slug: str) -> dict[str, Any]:
        """Stop a plugin and keep it stopped."""
        return operations.disable(slug)

    @router.post("/{slug}/reload")
    def reload(slug: str) -> dict[str, Any]:
        """Stop a plugin and start it again from its files."""
        return operations.reload(slug)

    @router.post("/{slug}/update", openapi_extra=OPENAPI_BODY)
    async def update(slug: str, request: Request) -> dict[str, Any]:
        """Take another version. If it asks for more, it waits for approval."""
        by_path = admin_only.is_local(request)
        async with received_plugin(request, by_path=by_path) as (source, _):
            return await run_in_threadpool(operations.update, slug, source)

    @router.post("/{slug}/rollback")
    def rollback(slug: str, body: Rollback | None = None) -> dict[str, Any]:
        """Return to a kept version, by default the one before."""
        return operations.rollback(slug, None if body is None else body.version)

    @router.get("/{slug}/versions")
    def versions(slug: str) -> list[dict[str, Any]]:
        """The versions that are kept."""
        return operations.versions(slug)

    @router.get("/{slug}/settings")
    def get_settings(slug: str) -> dict[str, Any]:
        """The settings' fields and values. Secrets are never among the values."""
        return operations.settings(slug)

    @router.put("/{slug}/settings")
    def put_settings(slug: str, body: Settings) -> dict[str, Any]:
        """Store settings; fields that are not named keep their value, unless ``replace``."""
        return operations.set_settings(slug, body.values, replace=body.replace)

    @router.get("/{slug}/actions")
    def actions(slug: str) -> list[dict[str, Any]]:
        """What the plugin can be told to do, and what to ask before."""
        return operations.actions(slug)

    @router.post("/{slug}/run")
    def run(slug: str, body: Run, response: Response) -> dict[str, Any]:
        """Run an action and answer with its job, which has ended; 202 in the ``background``."""
        if body.background:
            response.status_code = 202
        return operations.run(
            slug, body.action, body.params, confirm=body.confirm, background=body.background
        )

    @router.get("/{slug}/stats")
    def stats(slug: str) -> dict[str, Any]:
        """Calls, errors, timeouts, strikes, seconds and memory since the host started."""
        return operations.stats(slug)

    @router.get("/{slug}/logs")
    def logs(
        slug: str,
        lines: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: Annotated[int, Query(ge=0, description="Only entries with a higher number.")] = 0,
    ) -> list[dict[str, Any]]:
        """The newest entries of the plugin's log, oldest first."""
        return operations.log(slug, lines=lines, after=after)

    @router.get("/{slug}/logs/stream")
    async def follow(request: Request, slug: str) -> StreamingResponse:
        """The log as server-sent events, from now on or from ``Last-Event-ID``."""
        events = await log_events(operations, slug, request)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    @router.get("/{slug}/icon", response_class=Response)
    def icon(slug: str) -> Response:
        """The plugin's picture."""
        content, media_type = operations.icon(slug)
        return Response(content, media_type=media_type, headers=_ICON_HEADERS)

    @router.get("/{slug}/instructions")
    def instructions(slug: str) -> dict[str, str]:
        """The plugin's help for its operator: its Markdown, and that as sanitised HTML."""
        return operations.instructions(slug)

    return router
