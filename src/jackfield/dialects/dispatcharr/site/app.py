"""The site as an ASGI application: which endpoint answers which address.

Source: dispatcharr spec 2.8, 2.10 and 2.12. What is not here, the application process answers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from jackfield.dialects.dispatcharr.site import asking
from jackfield.dialects.dispatcharr.site.access import Access
from jackfield.dialects.dispatcharr.site.answers import (
    Refused,
    detail,
    failed,
    reply,
    wrong_method,
)
from jackfield.dialects.dispatcharr.site.asking import Ask
from jackfield.errors import JackfieldError, Unavailable

Endpoint = Callable[[Ask], Response]

THREADS: Final = {"quick": 8, "slow": 16, "run": 64}
"""How many requests of each kind are answered at once. Actions, and what starts plugins or fetches
from other servers, may take long; nobody else waits for them."""

_ALWAYS: Final = ("HEAD", "OPTIONS")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Address:
    """One address of the REST interface, with a slash at its end.

    :param verbs: verb → what answers it, in a thread.
    :param open_to_all: whether anybody may ask.
    :param upload: whether files may come with it.
    :param limiter: which of :data:`THREADS` it takes one of.
    """

    path: str
    verbs: Mapping[str, Endpoint]
    open_to_all: bool = False
    upload: bool = False
    limiter: str = "quick"


@dataclass(frozen=True)
class Door:
    """An address whose endpoint is asynchronous and judges the visitor itself."""

    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    verb: str = "POST"


class DispatcharrApp:
    """The application.

    :param socket: the endpoint of ``/ws/``.
    :param other: answers everything else.
    """

    def __init__(
        self,
        addresses: list[Address],
        doors: list[Door],
        access: Access,
        socket: ASGIApp,
        other: ASGIApp,
    ) -> None:
        self._access = access
        self._other = other
        self._limiters: dict[str, CapacityLimiter] = {}
        routes: list[BaseRoute] = [WebSocketRoute("/ws/", socket)]
        for address in addresses:
            routes += self._with_slash(address.path, self._answering(address))
        for door in doors:
            routes += self._with_slash(door.path, self._opening(door))
        self._router = Router(routes, redirect_slashes=False, default=self._default)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one socket."""
        await self._router(scope, receive, send)

    async def _default(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._other(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    @staticmethod
    def _with_slash(path: str, endpoint: ASGIApp) -> list[BaseRoute]:
        return [Route(path, endpoint), Route(path.removesuffix("/"), _Slashless())]

    def _answering(self, address: Address) -> ASGIApp:
        async def answer(request: Request) -> Response:
            who = None
            if not address.open_to_all:
                who = await self._access.require(request)
            verb = "GET" if request.method == "HEAD" else request.method
            allowed = (*address.verbs, *_ALWAYS)
            if verb == "OPTIONS":
                return reply({}, headers={"allow": ", ".join(allowed)})
            if verb not in address.verbs:
                raise wrong_method(request.method, allowed)
            ask = await asking.read(request, who, upload=address.upload)
            limiter = self._limiter(address.limiter)
            return await to_thread.run_sync(address.verbs[verb], ask, limiter=limiter)

        return _Answering(answer)

    @staticmethod
    def _opening(door: Door) -> ASGIApp:
        async def answer(request: Request) -> Response:
            if request.method == "OPTIONS":
                return reply({}, headers={"allow": f"{door.verb}, OPTIONS"})
            if request.method != door.verb:
                raise wrong_method(request.method, (door.verb, "OPTIONS"))
            return await door.endpoint(request)

        return _Answering(answer)

    def _limiter(self, name: str) -> CapacityLimiter:
        if name not in self._limiters:  # made on the event loop that uses it
            self._limiters[name] = CapacityLimiter(THREADS[name])
        return self._limiters[name]


class _Answering:
    """Turns whatever an endpoint does into an answer."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(Request(scope, receive))
        except Refused as refused:
            response = reply(refused.body, refused.status, refused.headers)
        except Unavailable as error:
            body = {"detail": str(error), "code": error.code}
            response = reply(body, 503, {"retry-after": "2"})
        except JackfieldError as error:
            problem = failed(error.status, str(error))
            response = reply(problem.body, problem.status)
        except Exception:  # noqa: BLE001 - a fault of ours: the others are answered all the same
            _log.exception("Dispatcharr: %s %s failed", scope["method"], scope["path"])
            response = reply({"detail": "A server error occurred."}, 500)
        await response(scope, receive, send)


class _Slashless:
    """What an address without its slash answers: where it is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method in ("GET", "HEAD"):
            there = request.url.replace(path=f"{request.url.path}/")
            response: Response = RedirectResponse(str(there), 301)
        else:
            problem = detail(404, f"Not found: the address ends with a slash, {scope['path']}/")
            response = reply(problem.body, 404)
        await response(scope, receive, send)
