"""The chat's WebSocket: from frames to the chat room and back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import anyio
from anyio import to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from jackfield.errors import JackfieldError, PermissionDenied
from jackfield.services.accounts import Accounts
from jackfield.services.chat import MessageDropped
from jackfield.services.chat_frames import Bye, Done, Failed, Frame, History, Refused
from jackfield.services.chat_room import ChatRoom, Connection
from jackfield.services.moderation import Moderation
from jackfield.services.rate_limits import RateLimited
from jackfield.services.users import User
from jackfield.web import chat_requests as ask
from jackfield.web.chat_wire import CLOSE_CODES, SocketWire

T = TypeVar("T")

_log = logging.getLogger(__name__)

SUBPROTOCOL = "jackfield.chat.v1"
TOKEN_SUBPROTOCOL = "jackfield.token."  # noqa: S105 - a prefix, not a secret

MAX_PAGE = 100
"""Messages in one page of history."""


class ChatSocket:
    """Serves ``/api/chat/socket``. One instance serves all clients.

    :param origins: origins of other sites whose pages may connect, such as
        ``https://example.org``; the own origin always may.
    """

    def __init__(
        self,
        room: ChatRoom,
        accounts: Accounts,
        moderation: Moderation,
        origins: tuple[str, ...] = (),
    ) -> None:
        self._room = room
        self._accounts = accounts
        self._moderation = moderation
        self._origins = origins
        # Filters may think for long; they get threads of their own, so that nobody who only
        # connects or pages back waits for them.
        self._posting = anyio.CapacityLimiter(16)
        self._asking = anyio.CapacityLimiter(8)

    async def __call__(self, socket: WebSocket) -> None:
        """Serve one client until it or the server closes."""
        if not self._origin_allowed(socket):
            await socket.close(CLOSE_CODES["forbidden"])  # before it is accepted: HTTP 403
            return
        offered: list[str] = socket.scope.get("subprotocols") or []
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        settings = self._room.settings
        wire = SocketWire(socket, settings.queue, settings.ping_seconds)
        try:
            connection = await self._connect(socket, wire, _token(socket, offered))
        except JackfieldError as error:
            await _refuse(socket, error)
            return
        except WebSocketDisconnect:
            return
        try:
            await self._serve(socket, wire, connection)
        finally:
            with anyio.CancelScope(shield=True):
                await self._run(self._room.disconnect, connection)

    async def _connect(self, socket: WebSocket, wire: SocketWire, token: str) -> Connection:
        user = await self._run(self._accounts.authenticate, token)
        if user is None:
            raise Unknown("this token is unknown; register again")
        since = socket.query_params.get("since", "")
        return await self._run(
            partial(
                self._room.connect,
                user,
                wire,
                address="" if socket.client is None else socket.client.host,
                agent=socket.headers.get("user-agent", ""),
                since=int(since) if since.isdecimal() and len(since) < 18 else None,
            )
        )

    async def _serve(self, socket: WebSocket, wire: SocketWire, connection: Connection) -> None:
        """Read and write side by side until one of them ends."""
        reading = asyncio.create_task(self._read(socket, wire, connection))
        writing = asyncio.create_task(wire.pump())
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
            ends = await asyncio.gather(reading, writing, return_exceptions=True)
            if isinstance(ends[0], Exception) and not isinstance(ends[0], WebSocketDisconnect):
                _log.error("a chat connection failed", exc_info=ends[0])

    async def _read(self, socket: WebSocket, wire: SocketWire, connection: Connection) -> None:
        """Take one request at a time: so the messages of one sender keep their order."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            wire.alive = True
            if text is None or len(text) > self._room.settings.max_frame:
                _end(wire, "frame", "that frame is too large, or is not text")
                await asyncio.sleep(1)
                return
            try:
                self._room.limits.spend("request", str(connection.client_id))
            except RateLimited:
                _end(wire, "flood", "you send too much")
                await asyncio.sleep(1)
                return
            await self._handle(text, wire, connection)

    async def _handle(self, text: str, wire: SocketWire, connection: Connection) -> None:
        try:
            request = ask.decode(text)
        except JackfieldError as error:
            _send(wire, Failed(error=error.to_dict()))
            return
        if isinstance(request, ask.Post):
            await self._post(request, wire, connection)
            return
        try:
            answer = await self._answer(request, connection)
        except JackfieldError as error:
            answer = Failed(error=error.to_dict(), request=request.request)
        if answer is not None:
            _send(wire, answer)

    async def _post(self, request: ask.Post, wire: SocketWire, connection: Connection) -> None:
        post = partial(
            self._room.post,
            connection.user,
            request.body,
            client_id=connection.client_id,
            nonce=request.nonce,
        )
        try:
            await to_thread.run_sync(post, limiter=self._posting)
        except MessageDropped as error:
            refused = Refused(
                nonce=request.nonce, code=error.code, reason=error.message, by=error.by
            )
        except RateLimited as error:
            refused = Refused(
                nonce=request.nonce,
                code=error.code,
                reason=error.message,
                retry_after=error.retry_after,
            )
        except JackfieldError as error:
            retry = 5 if error.status >= 500 else 0
            refused = Refused(
                nonce=request.nonce, code=error.code, reason=error.message, retry_after=retry
            )
        else:
            return  # the room acknowledged it, in its place among everybody's messages
        _send(wire, refused)

    async def _answer(self, request: ask.AnyRequest, connection: Connection) -> Frame | None:
        user = connection.user
        match request:
            case ask.Pong():
                return None
            case ask.Older(before=before, limit=limit):
                window = await self._run(
                    partial(
                        self._room.store.newest,
                        max(1, min(limit, MAX_PAGE)),
                        hidden=connection.moderates,
                        before=before,
                    )
                )
                return History(messages=window.messages, more=window.more)
            case ask.Rename(name=name):
                await self._run(self._rename, user, name)
            case ask.Recolor(color=color):
                await self._run(self._recolor, user, color)
            case ask.Hide(id=message_id):
                await self._run(self._moderation.hide, user, message_id)
            case ask.Restore(id=message_id):
                await self._run(self._moderation.restore, user, message_id)
            case ask.Kick(user=target):
                await self._run(self._moderation.kick, user, target)
            case ask.Ban(user=target, reason=reason, address=address):
                ban = partial(self._moderation.ban, user, target, reason[:500], address=address)
                await self._run(ban)
            case ask.Unban(user=target):
                await self._run(self._moderation.unban, user, target)
        return Done(request=request.request)

    def _rename(self, user: User, name: str) -> None:
        self._room.limits.spend("rename", user.id)
        self._accounts.rename(user.id, name)

    def _recolor(self, user: User, color: int) -> None:
        self._room.limits.spend("rename", user.id)
        self._accounts.set_color(user.id, color)

    async def _run(self, call: Callable[..., T], *args: object) -> T:
        return await to_thread.run_sync(partial(call, *args), limiter=self._asking)

    def _origin_allowed(self, socket: WebSocket) -> bool:
        """A browser names the page's origin; programs name none."""
        origin = socket.headers.get("origin")
        if origin is None or origin in self._origins:
            return True
        try:
            return urlsplit(origin).netloc == socket.headers.get("host", "")
        except ValueError:  # no origin that a browser would name
            return False


class Unknown(PermissionDenied):
    """No token, or one that nobody has."""

    code = "unauthorized"
    status = 401


def _token(socket: WebSocket, offered: list[str]) -> str:
    """The caller's secret. As a subprotocol it stays out of the logs of proxies."""
    for name in offered:
        if name.startswith(TOKEN_SUBPROTOCOL):
            return name.removeprefix(TOKEN_SUBPROTOCOL)
    return socket.query_params.get("token", "")


def _send(wire: SocketWire, frame: Frame) -> None:
    wire.send(frame.encoded())


def _end(wire: SocketWire, code: str, reason: str) -> None:
    _send(wire, Bye(code=code, reason=reason, retry=False))
    wire.close(code)


async def _refuse(socket: WebSocket, error: JackfieldError) -> None:
    """Tell a client that was accepted by HTTP why the chat does not let it in."""
    code = {401: "unauthorized", 403: "banned"}.get(error.status, "full")
    bye = Bye(code=code, reason=error.message, retry=error.status >= 429)
    with contextlib.suppress(Exception):
        await socket.send_text(bye.encoded())
        await socket.close(CLOSE_CODES[code], code)
