"""Sending a channel to one player."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from jackfield.dialects.dispatcharr.application.stream.packets import FILLER
from jackfield.dialects.dispatcharr.application.stream.ring import Overrun
from jackfield.dialects.dispatcharr.application.stream.session import Client, Session
from jackfield.dialects.dispatcharr.application.stream.source import StreamError

_BATCH = 256 * 1024

_HEADERS = [
    (b"content-type", b"video/mp2t"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Playing:
    """An ASGI response: the channel's bytes for as long as player and channel go on.

    Nothing is answered before the first byte is there, so that a channel that cannot be played
    is an HTTP error and not an empty stream. A player that takes longer than ``limits.send`` for
    one piece, or that the ring overran, is dropped.
    """

    def __init__(
        self, session: Session, client: Client, left: Callable[[Session, Client], None]
    ) -> None:
        self._session = session
        self._client = client
        self._left = left

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; the session has the client already, *left* is called with both at the end."""
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            self._left(self._session, self._client)
        if sending.done() and not sending.cancelled():
            await sending  # an error of ours is not swallowed

    async def _send_all(self, send: Send) -> None:
        session, client = self._session, self._client
        try:
            async with asyncio.timeout(session.limits.start):
                await session.ready.wait()
        except TimeoutError:
            await refuse(
                send,
                StreamError(
                    f"Channel {session.channel.name!r}: nothing came for "
                    f"{session.limits.start:g} seconds"
                ),
            )
            return
        if session.failure is not None and session.ring.head == 0:
            await refuse(send, session.failure)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        try:
            await self._pieces(send)
        except Overrun:
            client.ended = client.ended or "too slow: the stream overran it"
            return  # the connection is closed without an end: there is no end to pretend
        except TimeoutError:
            client.ended = client.ended or f"too slow: took {session.limits.send:g} seconds"
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self, send: Send) -> None:
        session, client = self._session, self._client
        while not client.ended:
            data, position = session.ring.read(client.position)
            if data:
                while len(data) < _BATCH and position < session.ring.head:
                    more, position = session.ring.read(position)
                    data += more
                await self._one(send, data)
                session.took(client, position)
            elif session.finished.is_set():
                return
            elif (
                not await session.more(client, session.limits.filler)
                and session.is_transport_stream
                and session.state != "active"
            ):
                # The source is being replaced: say something that players skip.
                await self._one(send, FILLER)

    async def _one(self, send: Send, data: bytes) -> None:
        async with asyncio.timeout(self._session.limits.send):
            await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return


async def refuse(send: Send, error: StreamError) -> None:
    """Answer *error* as JSON with its status."""
    body = json.dumps({"error": str(error), "code": error.code}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if error.status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
