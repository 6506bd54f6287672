"""Owncast's own HTTP surface: plugins' pages and event streams, and what they add to the page.

Source: owncast spec 4.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from jackfield.dialects.owncast.admin_api import AdminApi
from jackfield.dialects.owncast.admin_tickets import (
    SCRIPT,
    SCRIPT_PATH,
    AdminTickets,
    add_script,
)
from jackfield.dialects.owncast.composition import Composition
from jackfield.dialects.owncast.event_names import SSE_CONNECT, SSE_DISCONNECT
from jackfield.dialects.owncast.gate import OwncastGate
from jackfield.dialects.owncast.gate_settings import GateSettings
from jackfield.dialects.owncast.host_api import HostApi
from jackfield.dialects.owncast.http import MAX_REQUEST_BYTES
from jackfield.dialects.owncast.operator_request import failure, is_foreign
from jackfield.dialects.owncast.page_frames import ADDRESS as FRAMES
from jackfield.dialects.owncast.page_frames import PageFrames
from jackfield.dialects.owncast.pages import (
    ROOT,
    Answer,
    FileAnswer,
    PluginPages,
    StreamAnswer,
    add_admin_style,
    is_guarded,
    plain,
    with_html,
)
from jackfield.errors import Unavailable
from jackfield.plugins.dialect import Core
from jackfield.plugins.events import Event
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.page_isolation import forbidden_headers, isolation_headers, preflight
from jackfield.plugins.registry import Registry
from jackfield.services.accounts import Accounts
from jackfield.services.signin import MAX_SESSION_S
from jackfield.services.visitors import (
    NOBODY,
    Visitor,
    is_host_token,
    token_in,
    visitors_of,
)

KEEP_ALIVE_S = 15.0
Change = Callable[[bytes], bytes]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
_NO_CACHE = {"cache-control": "no-cache"}
_ADMIN_CSS = """\
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; }
button, input, select, textarea { font: inherit; }
table { border-collapse: collapse; } th, td { padding: .3rem .6rem; text-align: left; }
"""


def site(core: Core) -> Starlette:
    """The ASGI application; it answers below the root of the host's address."""
    return OwncastSite(core).app()


class OwncastSite:
    """Translates between ASGI and :class:`~jackfield.dialects.owncast.pages.PluginPages`.

    :param open_admin: as there.
    """

    def __init__(self, core: Core, *, open_admin: bool = False) -> None:
        self._core = core
        self._open_admin = open_admin
        self._pages = PluginPages(core, open_admin=open_admin)
        self._tickets = AdminTickets()
        self._composition = Composition(core)
        self._frames = PageFrames(self._composition)
        self._visitors = visitors_of(core.services)
        self._gate = OwncastGate(core)
        self._host_api = HostApi(core, self._visitor)
        self._admin_api = (
            AdminApi(core.plugins, GateSettings(core.services), self._visitor)
            if isinstance(core.plugins, Registry)
            else None
        )

    def app(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/plugins/{slug}", self._bare),
                Route("/plugins/{slug}/{rest:path}", self._page, methods=METHODS),
                Route("/api/plugins/actions", self._actions),
                Route("/api/plugins/{slug}/icon", self._icon),
                Route("/api/config", self._config),
                Route("/customjavascript", self._scripts),
                Route("/styles/plugin.css", _admin_css),
                Route(SCRIPT_PATH, _admin_script),
                Route("/api/page", self._page_parts),
                Route(f"{FRAMES}/{{name}}", self._frame),
                Route("/api/auth/session", self._session, methods=["GET", "POST"]),
                *self._host_api.routes(),
                *(self._admin_api.routes() if self._admin_api is not None else ()),
            ]
        )

    # -- plugins' own pages -------------------------------------------------------------------

    async def _bare(self, request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", 301)

    async def _page(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if (allowed := preflight(headers, request.method)) is not None:
            return Response(status_code=204, headers=allowed)
        response = await self._answer(request)
        for name in forbidden_headers(headers):
            del response.headers[name]
        response.headers.update(isolation_headers(headers))
        response.headers.add_vary_header("Origin")
        return response

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _response(plain(413, "request body too large"))
        visitor = await self._visitor(request)
        slug = request.path_params["slug"]
        mount = request.scope.get("root_path", "")
        asked = _plain_request(request, body, visitor)
        answer = await run_in_threadpool(self._pages.answer, slug, asked)
        response = await self._to_response(answer, visitor, self._script(asked, slug, mount))
        if response.status_code == 301 and isinstance(answer, HttpResponse):
            # The pages do not know where the application is mounted.
            location = response.headers.get("location", "")
            if location.startswith(f"{ROOT}/{slug}/"):
                response.headers["location"] = mount + location
        return response

    def _script(self, asked: HttpRequest, slug: str, mount: str) -> Change | None:
        """What a page for operators gets, so that it reaches its plugin."""
        running = self._core.plugins.running(slug)
        if self._open_admin or not asked.admin or running is None:
            return None
        if not is_guarded(running, asked.path):
            return None
        return lambda page: add_script(page, slug, self._tickets.issue(slug), mount)

    async def _to_response(
        self, answer: Answer, visitor: Visitor, script: Change | None
    ) -> Response:
        if isinstance(answer, HttpResponse):
            return _response(answer if script is None else with_html(answer, script))
        if isinstance(answer, StreamAnswer):
            return self._stream(answer, visitor)
        if answer.admin and answer.path.suffix.lower() in (".html", ".htm"):
            html = add_admin_style(await run_in_threadpool(answer.path.read_bytes))
            page = html if script is None else script(html)
            return Response(page, media_type="text/html", headers=_NO_CACHE)
        return _file(answer)

    def _stream(self, answer: StreamAnswer, visitor: Visitor) -> Response:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ready.set)

        try:
            stream = answer.hub.open(answer.slug, answer.channel, wake)
        except Unavailable as error:
            return _response(plain(503, error.message))
        payload: dict[str, Any] = {"channel": answer.channel, "connectionId": stream.number}
        if visitor.user is not None:
            payload["user"] = msgspec.to_builtins(visitor.user)

        async def frames() -> AsyncIterator[bytes]:
            try:
                self._core.events.deliver(answer.slug, Event(SSE_CONNECT, payload))
                yield b": connected\n\n"
                while not stream.closed:
                    try:
                        await asyncio.wait_for(ready.wait(), KEEP_ALIVE_S)
                    except TimeoutError:
                        yield b": keep-alive\n\n"
                        continue
                    ready.clear()
                    if data := stream.take():
                        yield data
            finally:
                answer.hub.leave(answer.slug, stream)
                self._core.events.deliver(answer.slug, Event(SSE_DISCONNECT, payload))

        headers = {"cache-control": "no-cache", "connection": "keep-alive"}
        return StreamingResponse(frames(), media_type="text/event-stream", headers=headers)

    async def _visitor(self, request: Request) -> Visitor:
        """Who asks: by a token, by a ticket for a page of operators, or by a session that the
        plugin at the door has granted (owncast spec 4.2)."""
        if self._visitors is None:
            return NOBODY
        headers = {name.lower(): value for name, value in request.headers.items()}
        token = request.query_params.get("accessToken", "")
        visitor = await run_in_threadpool(self._visitors.identify, headers, token)
        slug = request.path_params.get("slug")
        if visitor is NOBODY and slug and self._tickets.admits(slug, token):
            return Visitor(admin=True)
        if visitor is NOBODY and (user := await run_in_threadpool(self._gate.viewer, headers)):
            return Visitor(user)
        return visitor

    # -- what plugins add to the page ---------------------------------------------------------

    async def _actions(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._composition.actions))

    async def _icon(self, request: Request) -> Response:
        running = self._core.plugins.running(request.path_params["slug"])
        if running is None or running.spec.dialect != "owncast" or running.spec.icon is None:
            return _response(plain(404, "404 page not found"))
        path = running.context.root / running.spec.icon
        return FileResponse(path, media_type="image/png", headers=_NO_CACHE)

    async def _config(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        user = None if visitor.user is None else msgspec.to_builtins(visitor.user)

        def collect() -> dict[str, Any]:
            composition = self._composition
            return {
                "customStyles": composition.styles(),
                "extraPageContent": composition.page_content(user),
                "pluginTabs": composition.tabs(user),
                "externalActions": composition.all_actions(),
            }

        return JSONResponse(await run_in_threadpool(collect), headers={"cache-control": "no-store"})

    async def _page_parts(self, request: Request) -> Response:
        visitor = await self._visitor(request)
        user = None if visitor.user is None else msgspec.to_builtins(visitor.user)
        parts = await run_in_threadpool(self._frames.page, user)
        return JSONResponse(parts, headers={"cache-control": "no-store"})

    async def _frame(self, request: Request) -> Response:
        document = self._frames.take(request.path_params["name"])
        if document is None:
            return _response(plain(404, "404 page not found"))
        headers = isolation_headers({})
        return HTMLResponse(document, headers={**headers, "cache-control": "no-store"})

    async def _session(self, request: Request) -> Response:
        """Whom the plugin at the door has let in; asked by POST, with a token for the chat. Only
        the host's own page learns it: no other page may read the answer."""
        if is_foreign(request):
            return failure(403, "a page of another origin may not do this")
        headers = {name.lower(): value for name, value in request.headers.items()}
        user = await run_in_threadpool(self._gate.viewer, headers)
        accounts = self._core.services.find(Accounts)
        if user is None or accounts is None:
            return failure(401, "there is no session")
        answer = {"id": user.id, "displayName": user.display_name}
        if request.method == "POST":
            answer["accessToken"] = await run_in_threadpool(
                accounts.tokens.create_for_user, user.id, timedelta(seconds=MAX_SESSION_S)
            )
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    async def _scripts(self, _request: Request) -> Response:
        code = await run_in_threadpool(self._composition.scripts)
        return Response(code, media_type="text/javascript", headers=_NO_CACHE)


async def _admin_css(_request: Request) -> Response:
    return Response(_ADMIN_CSS, media_type="text/css", headers=_NO_CACHE)


async def _admin_script(_request: Request) -> Response:
    return Response(SCRIPT, media_type="text/javascript", headers=_NO_CACHE)


async def _body(request: Request) -> bytes | None:
    """The request's body; ``None`` when it is larger than a plugin may be sent."""
    body = bytearray()
    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST_BYTES:
                return None
    return bytes(body)


def _plain_request(request: Request, body: bytes, visitor: Visitor) -> HttpRequest:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    if visitor is not NOBODY or is_host_token(token_in(request.headers.get("authorization", ""))):
        # With the viewer's or operator's own token a plugin could act in their name.
        headers.pop("authorization", None)
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    client = request.client
    return HttpRequest(
        request.method,
        "/" + request.path_params["rest"],
        query,
        headers,
        body,
        remote="" if client is None else f"{client.host}:{client.port}",
        user=None if visitor.user is None else msgspec.to_builtins(visitor.user),
        admin=visitor.admin,
        # The server puts what a trusted proxy says (``serve --proxy``) into the scheme. The header
        # itself may come from anybody.
        secure=request.url.scheme == "https",
    )


def _response(answer: HttpResponse) -> Response:
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        if name.lower() != "content-length":
            response.headers.append(name, value)
    return response


def _file(answer: FileAnswer) -> Response:
    response: Response = FileResponse(answer.path, headers=_NO_CACHE)
    return response
