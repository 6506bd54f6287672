"""Asks the host's gates before anything answers a request."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jackfield.services.gates import Gates, Knock, Refused


class Gatekeeper:
    """Middleware; does nothing as long as no gate is closed."""

    def __init__(self, app: ASGIApp, gates: Gates) -> None:
        self._app = app
        self._gates = gates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not self._gates.closed():
            await self._app(scope, receive, send)
            return
        answer = await run_in_threadpool(self._gates.check, _knock(scope))
        if isinstance(answer, Refused):
            if scope["type"] == "websocket":
                await receive()
                # Before it is accepted: HTTP 403, without a reason.
                await send({"type": "websocket.close", "code": 1008})
                return
            response = Response(answer.body, answer.status)
            _add(response.headers, answer.headers)
            await response(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), answer.headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _add(headers: MutableHeaders, more: tuple[tuple[str, str], ...]) -> None:
    for name, value in more:
        headers.append(name, value)


def _knock(scope: Scope) -> Knock:
    mount = scope.get("root_path", "").rstrip("/")
    path = scope["path"].removeprefix(mount) or "/"
    return Knock(
        path,
        scope.get("query_string", b"").decode("latin-1"),
        {name.lower(): value for name, value in Headers(scope=scope).items()},
        mount=mount,
        secure=scope["scheme"] in ("https", "wss"),
        socket=scope["type"] == "websocket",
    )
