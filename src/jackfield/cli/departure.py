"""Lets go of streams when the server stops."""

from __future__ import annotations

import asyncio
from typing import Any

_TEXT = b'{"error":{"code":"unavailable","message":"the host stopped before this was done"}}'
_CUT = (
    {
        "type": "http.response.start",
        "status": 503,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(_TEXT)).encode()),
        ],
    },
    {"type": "http.response.body", "body": _TEXT},
)


class Departure:
    """An ASGI application around another, whose streams it can end.

    A stream of events never ends by itself, so a server that stops would wait for it in vain. To
    the application it then looks as if the client had gone; requests that are still being read or
    answered notice nothing. One that the server cuts off in the end is answered with 503.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._begun = asyncio.Event()

    def begin(self) -> None:
        """Let go of every stream, now and from now on. To be called in the server's loop."""
        self._begun.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = False

        async def receive_or_leave() -> Any:
            nonlocal read
            if not read:
                message = await receive()
                read = not message.get("more_body", False)
                return message
            if self._begun.is_set():  # told at once, for those who only look in passing
                return {"type": "http.disconnect"}
            client = asyncio.ensure_future(receive())
            server = asyncio.ensure_future(self._begun.wait())
            try:
                await asyncio.wait({client, server}, return_when=asyncio.FIRST_COMPLETED)
                return client.result() if client.done() else {"type": "http.disconnect"}
            finally:
                client.cancel()
                server.cancel()

        answering = False

        async def send_and_note(message: Any) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._app(scope, receive_or_leave, send_and_note)
        except asyncio.CancelledError:
            # The server waits for a request so long and no longer. Whoever asked is told.
            if answering or not self._begun.is_set():
                raise
            for message in _CUT:
                await send(message)
