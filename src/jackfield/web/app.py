"""The ASGI application of a host: its page, chat, platform API, and the dialects' own sites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

import jackfield
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom
from jackfield.services.gates import Gates
from jackfield.services.moderation import Moderation
from jackfield.web.api import api_router
from jackfield.web.chat_api import ChatApi
from jackfield.web.errors import HANDLERS
from jackfield.web.gatekeeper import Gatekeeper
from jackfield.web.health import health_routes
from jackfield.web.logs import quieten_logs
from jackfield.web.security import OwnPolicy, SecurityHeaders
from jackfield.web.viewer import viewer_routes

if TYPE_CHECKING:
    from jackfield.host import Host


def create_app(host: Host, *, manage: bool = True) -> Starlette:
    """The application. It serves alone, or is mounted in another under any prefix.

    :param manage: whether its lifespan starts and stops *host*. An application that mounts this
        one must do that itself: a mounted application's lifespan is not run.
    """
    quieten_logs()
    return Starlette(
        routes=[
            *viewer_routes(host),
            *health_routes(host),
            *_chat(host),
            Mount("/api/v1", _platform_api(host)),
            *_sites(host),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Gatekeeper, gates=host.services.find(Gates) or Gates()),
        ],
        exception_handlers=HANDLERS,
        lifespan=_lifespan(host) if manage else None,
    )


def _lifespan(host: Host) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(host.start)
        try:
            yield
        finally:
            await run_in_threadpool(host.stop)

    return lifespan


def _chat(host: Host) -> list[BaseRoute]:
    """The built-in chat. An application that lends plugins its own chat has its own page too."""
    room = host.services.find(ChatRoom)
    accounts = host.services.find(Accounts)
    moderation = host.services.find(Moderation)
    if room is None or accounts is None or moderation is None:
        return []
    return [Mount("/api/chat", routes=ChatApi(room, accounts, moderation).routes())]


def _platform_api(host: Host) -> FastAPI:
    api = FastAPI(
        title="Jackfield",
        summary="Install, enable, watch and remove plugins.",
        version=jackfield.__version__,
        docs_url=None,  # its page loads scripts from another site
        redoc_url=None,
        exception_handlers=HANDLERS,
    )
    api.include_router(api_router(host))
    return api


def _sites(host: Host) -> list[BaseRoute]:
    """Each dialect's own site below its prefix; the one without a prefix comes last."""
    mounts: list[tuple[str, BaseRoute]] = []
    for name, site in host.sites.items():
        prefix = host.dialects[name].site_prefix
        mounts.append((prefix, Mount(prefix, OwnPolicy(site), name=f"site-{name}")))
        if prefix:  # without this the site at the root would answer for it
            mounts.append((prefix, Route(prefix, _with_slash)))
    return [route for _, route in sorted(mounts, key=lambda mount: -len(mount[0]))]


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path=f"{request.url.path}/"), 307)


def site_app(host: Host, dialect: str) -> ASGIApp:
    """One dialect's site at the root, for an address of its own."""
    return Starlette(
        routes=[Mount("", OwnPolicy(host.sites[dialect]))], exception_handlers=HANDLERS
    )
