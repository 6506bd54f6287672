"""The viewer page at ``/``, its files, and what it asks about the host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import Running
from jackfield.services.accounts import Accounts
from jackfield.services.chat_room import ChatRoom
from jackfield.services.gates import Gates
from jackfield.services.stream import Stream
from jackfield.services.users import ADMIN

if TYPE_CHECKING:
    from jackfield.host import Host

STATIC = Path(__file__).with_name("static")

_REVALIDATE = {"cache-control": "no-cache"}


class _Files(StaticFiles):
    """Files that browsers keep but ask about, so that an upgraded host is never half old."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_REVALIDATE)
        return response


def viewer_routes(host: Host) -> list[BaseRoute]:
    """``/``, ``/static`` and ``/api/viewer``."""

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "viewer.html", headers=_REVALIDATE)

    async def state(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        answer = await run_in_threadpool(viewer_state, host, token)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return [
        Route("/", page),
        Route("/api/viewer", state),
        Mount("/static", _Files(directory=STATIC), name="static"),
    ]


def viewer_state(host: Host, token: str = "") -> dict[str, Any]:
    """What the page shows of the host.

    ``chat``: whether there is one. ``stream``: title and viewers of a stream that is live, as far
    as anybody tells the host of one; else ``None``. ``starting``: plugins that are not up yet.
    ``commands``: whether a running plugin has chat commands, which ``!help`` then lists.
    ``parts``: whether plugins may add to the page, which ``/api/page`` then tells. ``gated``:
    whether a plugin decides who comes in. An operator also gets the sandbox engine's state and the
    plugins that failed.
    """
    states = host.registry.list()
    engine = host.engine.to_dict()
    answer: dict[str, Any] = {
        "chat": host.services.find(ChatRoom) is not None,
        "stream": _stream(host),
        "starting": sum(s.state == "starting" for s in states),
        "commands": any(_takes_commands(one) for one in host.registry.all_running()),
        "parts": any(not host.dialects[name].site_prefix for name in host.sites),
        "gated": (gates := host.services.find(Gates)) is not None and gates.closed(),
    }
    if _is_admin(host, token):
        answer["engine"] = engine
        answer["failed"] = [
            {"slug": s.slug, "state": s.state, "reason": s.reason or s.last_error}
            for s in states
            if s.state in ("failed", "suspended")
        ]
    return answer


def _stream(host: Host) -> dict[str, Any] | None:
    source = host.services.find(Stream)
    current = None if source is None else source.current()
    if current is None or not current.online:
        return None
    return {"title": current.title, "viewers": current.viewers}


def _takes_commands(running: Running) -> bool:
    """Whether anybody may call a command of that plugin. Not every dialect knows commands; the
    runtimes of those that do list them as ``commands.all``."""
    commands = getattr(running.runtime, "commands", None)
    return any(not command.mod_only for command in getattr(commands, "all", ()))


def _is_admin(host: Host, token: str) -> bool:
    accounts = host.services.find(Accounts)
    if accounts is None or not token:
        return False
    try:
        user = accounts.authenticate(token)
    except JackfieldError:
        return False  # the database fails; the page still shows what needs none
    return user is not None and user.disabled_at is None and ADMIN in user.scopes
