"""``/_dev/``: the bench as a page and as endpoints."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from jackfield.errors import InvalidInput
from jackfield.services.json_body import json_object
from jackfield.web.dev.bench import DevBench
from jackfield.web.errors import HANDLERS
from jackfield.web.security import SecurityHeaders

PREFIX = "/_dev"

_PAGE = {
    "": ("index.html", "text/html; charset=utf-8"),
    "dev.js": ("dev.js", "text/javascript; charset=utf-8"),
    "dev.css": ("dev.css", "text/css; charset=utf-8"),
}


class DevSite:
    """An ASGI application that answers under ``/_dev/`` and leaves the rest to the host's own.

    - ``GET /_dev/state?after=N``: the plugin, its log above entry N, the chat
    - ``GET /_dev/chat``; ``POST /_dev/chat`` ``{"user", "body"}``: say something as anybody
    - ``POST /_dev/event`` ``{"type", "payload"}``: fire any event
    - ``POST /_dev/action`` ``{"id", "params"}``: run an action
    - ``POST /_dev/reload``: build and load again now
    """

    def __init__(self, app: ASGIApp, bench: DevBench) -> None:
        self._app = app
        self._bench = bench
        self._own = SecurityHeaders(
            Starlette(
                routes=[
                    Route(PREFIX, lambda _: RedirectResponse(f"{PREFIX}/")),
                    Route(f"{PREFIX}/state", self._state),
                    Route(f"{PREFIX}/chat", self._chat, methods=["GET", "POST"]),
                    Route(f"{PREFIX}/event", self._event, methods=["POST"]),
                    Route(f"{PREFIX}/action", self._action, methods=["POST"]),
                    Route(f"{PREFIX}/reload", self._reload, methods=["POST"]),
                    *(Route(f"{PREFIX}/{path}", _file(*file)) for path, file in _PAGE.items()),
                ],
                exception_handlers=HANDLERS,
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] == "http" and (scope["path"] + "/").startswith(f"{PREFIX}/")
        await (self._own if own else self._app)(scope, receive, send)

    async def _state(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdigit():
            raise InvalidInput(f"expected a number, found {after!r}", field="after")
        return _json(await run_in_threadpool(self._bench.state, int(after)))

    async def _chat(self, request: Request) -> Response:
        if request.method != "POST":
            return _json({"messages": await run_in_threadpool(self._bench.chat)})
        body = await _body(request)
        text = _text(body, "body")
        user = body.get("user") or ""
        name = user.get("displayName", "") if isinstance(user, dict) else user
        if not isinstance(name, str):
            raise InvalidInput("expected a name", field="user")
        return _json(await run_in_threadpool(self._bench.say, name, text))

    async def _event(self, request: Request) -> Response:
        body = await _body(request)
        name = _text(body, "type").strip()
        if not name:
            raise InvalidInput("the event needs a name", field="type")
        return _json(await run_in_threadpool(self._bench.fire, name, body.get("payload")))

    async def _action(self, request: Request) -> Response:
        body = await _body(request)
        params = body.get("params") or {}
        if not isinstance(params, dict):
            raise InvalidInput("expected an object", field="params")
        return _json(await run_in_threadpool(self._bench.press, _text(body, "id"), params))

    async def _reload(self, _request: Request) -> Response:
        await run_in_threadpool(self._bench.load)
        return _json(await run_in_threadpool(self._bench.state))


def _file(name: str, media_type: str) -> Any:
    def answer(_request: Request) -> Response:
        content = files("jackfield.web.dev").joinpath(name).read_bytes()
        return Response(content, media_type=media_type, headers={"cache-control": "no-cache"})

    return answer


async def _body(request: Request) -> dict[str, Any]:
    """The request's JSON object. Only as JSON: another site's page cannot send that unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise InvalidInput("expected the content type application/json")
    return await json_object(request)


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str):
        raise InvalidInput("expected a text", field=field)
    return value


def _json(value: Any) -> Response:
    return JSONResponse(value, headers={"cache-control": "no-store"})
