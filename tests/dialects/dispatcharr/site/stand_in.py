"""An application process of the test's own: it answers on a real Unix socket what the contract
says, and says what it was sent."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dialects.dispatcharr.site.conftest import serve

USERS = {
    "ann": {"id": 1, "username": "ann", "level": 10, "password": "pw", "api_key": "key-ann"},
    "bob": {"id": 2, "username": "bob", "level": 1, "password": "pw", "api_key": "key-bob"},
    "sue": {"id": 3, "username": "sue", "level": 0, "password": "pw", "api_key": "key-sue"},
}


class StandIn:
    """See the module.

    :ivar asked: bodies of ``/internal/authenticate``.
    :ivar left: set when a client of ``/endless`` has left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[Any] = []
        self.users = {name: dict(user) for name, user in USERS.items()}
        self.left = threading.Event()
        self.first_part = threading.Event()
        self.started = threading.Event()
        app = Starlette(
            routes=[
                Route("/internal/authenticate", self._authenticate, methods=["POST"]),
                Route("/endless", self._endless),
                Route("/cut", self._cut),
                Route("/slow", self._slow),
                Route("/upload", self._upload, methods=["POST"]),
                Route("/{path:path}", self._echo, methods=["GET", "POST", "PUT", "DELETE"]),
            ]
        )
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        self._server, self._thread = serve(app, listener)

    def __call__(self) -> Path:
        return self.path

    def stop(self) -> None:
        self._server.force_exit = True
        self._server.should_exit = True
        self._thread.join(10)

    async def _authenticate(self, request: Request) -> Response:
        asked = await request.json()
        self.asked.append(asked)
        for user in self.users.values():
            named = asked.get("username") == user["username"]
            right = named and asked.get("password") == user["password"]
            if (
                right
                or asked.get("api_key") == user["api_key"]
                or asked.get("user_id") == user["id"]
            ):
                return JSONResponse({k: user[k] for k in ("id", "username", "level")})
        return JSONResponse({"detail": "No."}, 401)

    async def _echo(self, request: Request) -> Response:
        body = await request.body()
        if request.url.path == "/teapot":
            return Response(b"short", 418, {"x-own": "1", "set-cookie": "a=b"})
        return JSONResponse(
            {
                "method": request.method,
                "target": request.scope["raw_path"].decode(),
                "query": request.scope["query_string"].decode(),
                "headers": [[k.decode(), v.decode("latin-1")] for k, v in request.scope["headers"]],
                "body": body.decode("latin-1"),
            }
        )

    async def _endless(self, request: Request) -> Response:
        part = b"x" * int(request.query_params.get("size", "1000"))

        async def parts() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                while True:
                    await asyncio.sleep(0.01)
                    yield part
            finally:
                self.left.set()

        return StreamingResponse(parts(), media_type="video/mp2t")

    async def _slow(self, request: Request) -> Response:
        self.started.set()
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        self.left.set()
        return Response(b"")

    async def _cut(self, _request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError("broken in the middle")

        return StreamingResponse(parts(), headers={"content-length": "1000"})

    async def _upload(self, request: Request) -> Response:
        sizes = []
        async for part in request.stream():
            if part:
                self.first_part.set()
                sizes.append(len(part))
        return JSONResponse({"size": sum(sizes), "parts": len(sizes)})


def echoed(body: bytes) -> dict[str, Any]:
    """What was sent, with its headers by name."""
    found = json.loads(body)
    found["headers"] = dict(found["headers"])
    return dict(found)
