"""``/api/chat``: what a page needs before it opens the socket."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from jackfield.errors import InvalidInput
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom
from jackfield.services.ip_bans import household
from jackfield.services.moderation import Moderation
from jackfield.services.users import User
from jackfield.web.chat_socket import ChatSocket, Unknown

MAX_REQUEST_BYTES = 4096

Body = TypeVar("Body", bound=msgspec.Struct)


class Register(msgspec.Struct, rename="camel"):
    """A name to be known by."""

    display_name: str


class Registered(msgspec.Struct, rename="camel"):
    """Who one is now, and the secret that proves it: kept by the page, shown to nobody."""

    id: str
    access_token: str
    display_name: str
    display_color: int


class Claim(msgspec.Struct):
    """The secret of a one-time link."""

    code: str


class ChatApi:
    """The routes around the chat. All answers are JSON."""

    def __init__(self, room: ChatRoom, accounts: Accounts, moderation: Moderation) -> None:
        self._room = room
        self._accounts = accounts
        self._socket = ChatSocket(room, accounts, moderation)

    def routes(self) -> list[BaseRoute]:
        """Relative to ``/api/chat``."""
        return [
            Route("/register", self.register, methods=["POST"]),
            Route("/me", self.me),
            Route("/claim", self.claim, methods=["POST"]),
            WebSocketRoute("/socket", self._serve_socket),
        ]

    async def _serve_socket(self, socket: object) -> None:
        await self._socket(socket)  # type: ignore[arg-type]

    async def register(self, request: Request) -> Response:
        """Take a name; answers with the token."""
        wanted = await _body(request, Register)
        return _json(await run_in_threadpool(self._register, wanted.display_name, _remote(request)))

    def _register(self, name: str, address: str) -> Registered:
        self._room.check_address(address)
        self._room.limits.spend("register", household(address))
        user, token = self._accounts.register(name)
        return Registered(user.id, token, user.display_name, user.display_color)

    async def me(self, request: Request) -> Response:
        """Whose token that is."""
        return _json(await run_in_threadpool(self._user, request))

    async def claim(self, request: Request) -> Response:
        """Use a one-time link up, as the person whose token that is."""
        wanted = await _body(request, Claim)
        return _json(await run_in_threadpool(self._claim, request, wanted.code))

    def _claim(self, request: Request, code: str) -> User:
        user = self._user(request)
        self._room.limits.spend("register", household(_remote(request)))
        return self._accounts.claim(code.strip(), user.id)

    def _user(self, request: Request) -> User:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self._accounts.authenticate(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise Unknown("this token is unknown; register again")
        return user


def _remote(request: Request) -> str:
    return "" if request.client is None else request.client.host


def _json(value: object) -> Response:
    return Response(
        msgspec.json.encode(value),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


async def _body(request: Request, kind: type[Body]) -> Body:
    """Read a small JSON body.

    :raises InvalidInput: too large, not JSON, or not what is expected.
    """
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > MAX_REQUEST_BYTES:
            raise InvalidInput(f"the request is above {MAX_REQUEST_BYTES} bytes")
    try:
        return msgspec.json.decode(bytes(raw), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the request is not what was expected: {error}") from None
