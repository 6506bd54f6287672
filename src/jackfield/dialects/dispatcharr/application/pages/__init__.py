"""Plain list pages under the site, so that the effect of a plugin's action can be seen.

Rendered here with Jinja2, without a build step. The log-in is the API's own: the page's script asks
``/api/accounts/token/`` and keeps the access token in the cookie that the site reads for GET.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from jackfield.dialects.dispatcharr.application.failures import no_such
from jackfield.dialects.dispatcharr.application.pages import guide, lists, overview
from jackfield.dialects.dispatcharr.application.pages.frame import login, page
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard

STATIC = Path(__file__).with_name("static")
_KINDS = {"site.css": "text/css", "site.js": "text/javascript"}


def page_routes(switchboard: Switchboard) -> list[BaseRoute]:
    return [
        Route("/pages/{name}", _static, methods=["GET"]),
        login("/login"),
        page("/", "overview.html", overview.overview(switchboard)),
        page("/channels", "channels.html", lists.channels),
        page("/streams", "streams.html", lists.streams),
        page("/accounts", "accounts.html", lists.accounts),
        page("/sources", "sources.html", lists.sources),
        page("/guide", "guide.html", guide.now_and_next),
        page("/plugins", "plugins.html", lists.plugins),
        page("/events", "events.html", lists.events),
    ]


async def _static(request: Request) -> Response:
    kind = _KINDS.get(request.path_params["name"])
    if kind is None:
        raise no_such("This file")
    return FileResponse(
        STATIC / request.path_params["name"],
        media_type=kind,
        headers={"cache-control": "no-cache", "x-content-type-options": "nosniff"},
    )
