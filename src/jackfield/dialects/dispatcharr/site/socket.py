"""``/ws/?token=…``: what happens, told to whoever watches. Source: dispatcharr spec 2.10."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Final

import re2  # type: ignore[import-untyped]
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from jackfield.dialects.dispatcharr.site.access import Access
from jackfield.dialects.dispatcharr.site.answers import Refused
from jackfield.dialects.dispatcharr.site.tokens import Who
from jackfield.dialects.dispatcharr.site.updates import EVENT, Updates, Watcher, frame
from jackfield.errors import JackfieldError

MAX_WATCHERS: Final = 1000
MAX_TEXT: Final = 64 * 1024
_OVERLOADED: Final = 1013


class UpdatesSocket:
    """The endpoint."""

    def __init__(self, updates: Updates, access: Access) -> None:
        self._updates = updates
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves. One without a good token is closed before it was let
        in, which its HTTP client sees as 403."""
        socket = WebSocket(scope, receive, send)
        who = await self._who(socket)
        if who is None:
            await socket.close(1000)
            return
        if len(self._updates) >= MAX_WATCHERS:
            await socket.close(_OVERLOADED)
            return
        watcher = Watcher(asyncio.get_running_loop(), admin=who.is_admin)
        await socket.accept()
        hello = {"success": True, "message": "WebSocket connection established"}
        await socket.send_text(frame("connection_established", hello))
        self._updates.join(watcher)
        hearing = asyncio.create_task(self._hear(socket, watcher, who))
        try:
            await self._tell(socket, watcher, hearing)
        finally:
            self._updates.leave(watcher)
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await hearing

    async def _who(self, socket: WebSocket) -> Who | None:
        token = socket.query_params.get("token", "")
        try:
            who = await self._access.by_token(token) if token else None
        except (Refused, JackfieldError):
            return None
        return who

    @staticmethod
    async def _tell(socket: WebSocket, watcher: Watcher, hearing: asyncio.Task[None]) -> None:
        while True:
            getting = asyncio.create_task(watcher.get())
            await asyncio.wait({getting, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                getting.cancel()
                return
            text = getting.result()
            try:
                if text is None:
                    await socket.close(_OVERLOADED, "too slow")
                    return
                await socket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                return

    async def _hear(self, socket: WebSocket, watcher: Watcher, who: Who) -> None:
        """Read what the client sends, until it leaves; what nobody knows is not answered."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or ""
            if not who.is_admin or not text or len(text) > MAX_TEXT:
                continue
            try:
                asked = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(asked, dict) and asked.get("type") == "m3u_profile_test":
                watcher.put(frame(EVENT, profile_test(asked)))


def profile_test(asked: dict[str, Any]) -> dict[str, Any]:
    """What an M3U profile's search and replacement make of an address.

    :param asked: ``url``, ``search`` and ``replace``.
    """
    url, search, replace = (str(asked.get(key) or "") for key in ("url", "search", "replace"))
    try:
        # An expression of a visitor: one that takes linear time whatever it says.
        pattern = re2.compile(search)
        found = pattern.search(url)
        result = pattern.sub(_python_groups(replace), url) if search else url
        marked = found.group(0) if found is not None and search else ""
    except (re2.error, IndexError) as error:
        return {"type": "m3u_profile_test", "success": False, "error": f"search: {error}"}
    return {
        "type": "m3u_profile_test",
        "success": True,
        "search_preview": marked,
        "result": result,
    }


def _python_groups(replace: str) -> str:
    """``$1``, as browsers write a group, is ``\\1``."""
    out, at = [], 0
    while at < len(replace):
        if replace[at] == "$" and at + 1 < len(replace) and replace[at + 1].isdigit():
            out.append("\\" + replace[at + 1])
            at += 2
        else:
            out.append(replace[at])
            at += 1
    return "".join(out)
