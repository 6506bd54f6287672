"""The Xtream player API, as IPTV apps log in: ``player_api.php``, ``get.php``, ``xmltv.php``.

A channel's stream id is its primary key, a category's that of its group. Source: the API's public
descriptions (Xtream Codes v2: actions, field names, titles and descriptions in base64).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jackfield.dialects.dispatcharr.application.calls import Call, in_thread, route
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused, no_such
from jackfield.dialects.dispatcharr.application.outputs import xtream_guide, xtream_library
from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed, lineup
from jackfield.dialects.dispatcharr.application.outputs.playlists import (
    guide_response,
    logo_url,
    options_of,
    playlist_response,
)
from jackfield.dialects.dispatcharr.application.outputs.xtream_login import log_in
from jackfield.dialects.dispatcharr.application.stream.catchup import (
    LONGEST,
    find_catchup,
    start_of,
)
from jackfield.dialects.dispatcharr.application.stream.library import (
    Kind,
    Library,
    Work,
    find_work,
)
from jackfield.dialects.dispatcharr.application.stream.routes import channel_to_watch, watch
from jackfield.dialects.dispatcharr.application.stream.session import Channel
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard
from jackfield.dialects.dispatcharr.application.visitor import Visitor, visitor_of

_NO_GROUP = 0


def xtream_routes(switchboard: Switchboard, library: Library) -> list[BaseRoute]:
    """Everything but the shortest form of a stream's address."""
    live = _live(switchboard)

    def player_api(call: Call) -> Response:
        return _player_api(call, switchboard)

    return [
        route("/player_api.php", player_api, methods=["GET", "POST"]),
        route("/panel_api.php", player_api, methods=["GET", "POST"]),
        route("/get.php", _playlist, methods=["GET", "POST"]),
        route("/xmltv.php", _guide, methods=["GET", "POST"]),
        Route("/live/{user}/{password}/{stream}", live, methods=["GET"]),
        Route("/movie/{user}/{password}/{stream}", _on_demand(library, "movie"), methods=["GET"]),
        Route(
            "/series/{user}/{password}/{stream}", _on_demand(library, "episode"), methods=["GET"]
        ),
        Route(
            "/timeshift/{user}/{password}/{minutes:int}/{start}/{stream}",
            _catchup(library),
            methods=["GET"],
        ),
    ]


def xtream_short_routes(switchboard: Switchboard) -> list[BaseRoute]:
    """``/<user>/<password>/<id>``: looks like anything, so it comes after everything else."""
    return [Route("/{user}/{password}/{stream}", _live(switchboard), methods=["GET"])]


# Who ---------------------------------------------------------------------------------------------


def _said(call: Call) -> dict[str, Any]:
    return {**dict(call.query), **(call.form() if call.method == "POST" else {})}


def _who(call: Call) -> tuple[Any, dict[str, Any]]:
    """The user and what was asked.

    :raises Refused: see :func:`~.xtream_login.log_in`.
    """
    said = _said(call)
    return log_in(call.visitor, said.get("username"), said.get("password")), said


def _lineup(user: Any) -> list[Listed]:
    return lineup(level=user.user_level, user=user)


# The API -----------------------------------------------------------------------------------------


def _player_api(call: Call, switchboard: Switchboard) -> Response:
    try:
        user, said = _who(call)
    except Refused as error:
        return JSONResponse({"user_info": {"auth": 0, "message": str(error)}}, error.answer)
    action = str(said.get("action") or "")
    if not action or action in ("get_account_info", "get_user_info"):
        return JSONResponse(_account(call, user, said, switchboard))
    made = _ACTIONS.get(action)
    if made is None:
        return JSONResponse({"error": f"There is no action {action!r}"}, 400)
    return JSONResponse(made(call, user, said))


def _account(
    call: Call, user: Any, said: dict[str, Any], switchboard: Switchboard
) -> dict[str, Any]:
    now = datetime.now(UTC)
    address = urlsplit(call.visitor.base)
    default = 443 if address.scheme == "https" else 80
    watching = sum(
        client.user_id == user.pk
        for session in list(switchboard.sessions.values())
        for client in list(session.clients.values())
    )
    return {
        "user_info": {
            "username": user.username,
            "password": said["password"],
            "message": "",
            "auth": 1,
            "status": "Active",
            "exp_date": None,
            "is_trial": "0",
            "active_cons": str(watching),
            "created_at": str(int(user.date_joined.timestamp())),
            "max_connections": str(user.stream_limit or 100),
            "allowed_output_formats": ["ts"],
        },
        "server_info": {
            "url": address.hostname or "",
            "port": str(address.port or (80 if address.scheme == "https" else default)),
            "https_port": str(address.port or 443),
            "server_protocol": address.scheme,
            "rtmp_port": "0",
            "timezone": "UTC",
            "timestamp_now": int(now.timestamp()),
            "time_now": now.strftime("%Y-%m-%d %H:%M:%S"),
            "process": True,
        },
    }


def _categories(_call: Call, user: Any, _said: dict[str, Any]) -> list[dict[str, Any]]:
    groups: dict[int, str] = {}
    for channel in _lineup(user):
        groups.setdefault(channel.group_id or _NO_GROUP, channel.group or "Default")
    return [
        {"category_id": str(key), "category_name": name, "parent_id": 0}
        for key, name in groups.items()
    ]


def _streams(call: Call, user: Any, said: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = str(said.get("category_id") or "")
    options = options_of(replace(call, query=type(call.query)("")))
    rows = []
    for number, channel in enumerate(_lineup(user), 1):
        group = str(channel.group_id or _NO_GROUP)
        if wanted and wanted != group:
            continue
        rows.append(
            {
                "num": int(channel.channel_number) if channel.channel_number else number,
                "name": channel.name,
                "stream_type": "live",
                "stream_id": channel.pk,
                "stream_icon": logo_url(call, channel, options),
                "epg_channel_id": channel.guide_id("channel_number"),
                "added": str(int(channel.created_at.timestamp())),
                "is_adult": str(int(channel.is_adult)),
                "category_id": group,
                "category_ids": [int(group)],
                "custom_sid": None,
                "tv_archive": int(channel.is_catchup),
                "tv_archive_duration": channel.catchup_days,
                "direct_source": "",
            }
        )
    return rows


def _channel(user: Any, said: dict[str, Any]) -> Listed:
    """:raises Refused: 404, the user has no such channel."""
    wanted = str(said.get("stream_id") or "")
    if wanted.isascii() and wanted.isdecimal():
        for channel in lineup(level=user.user_level, user=user, only=int(wanted)):
            return channel
    raise no_such(f"Channel {wanted or '(no stream_id was given)'}")


def _short_epg(_call: Call, user: Any, said: dict[str, Any]) -> dict[str, Any]:
    limit = str(said.get("limit") or "4")
    return xtream_guide.listings(_channel(user, said), limit=int(limit) if limit.isdecimal() else 4)


def _whole_epg(_call: Call, user: Any, said: dict[str, Any]) -> dict[str, Any]:
    return xtream_guide.listings(_channel(user, said), with_past=True)


Action = Callable[[Call, Any, dict[str, Any]], Any]

_ACTIONS: dict[str, Action] = {
    "get_live_categories": _categories,
    "get_live_streams": _streams,
    "get_short_epg": _short_epg,
    "get_simple_data_table": _whole_epg,
    "get_vod_categories": xtream_library.film_categories,
    "get_vod_streams": xtream_library.films,
    "get_vod_info": xtream_library.film,
    "get_series_categories": xtream_library.series_categories,
    "get_series": xtream_library.all_series,
    "get_series_info": xtream_library.series,
}


# Playlist, guide, streams ------------------------------------------------------------------------


def _playlist(call: Call) -> Response:
    user, said = _who(call)
    name, password = quote(said["username"], safe=""), quote(said["password"], safe="")
    login = urlencode({"username": said["username"], "password": said["password"]})
    return playlist_response(
        call,
        _lineup(user),
        options_of(call),
        call.link(f"/xmltv.php?{login}"),
        lambda channel: call.link(f"/live/{name}/{password}/{channel.pk}.ts"),
    )


def _guide(call: Call) -> Response:
    user, _ = _who(call)
    return guide_response(call, _lineup(user), options_of(call))


def _live(switchboard: Switchboard) -> Any:
    async def live(request: Request) -> Response:
        user, known, key = await _in_path(request)

        def find(_visitor: Visitor) -> tuple[Channel, str | None]:
            return _find(user, key)

        return await watch(
            request, switchboard, find, visitor=known, user_limit=max(user.stream_limit, 0)
        )

    return live


def _on_demand(library: Library, kind: Kind) -> Any:
    async def on_demand(request: Request) -> Response:
        _, known, key = await _in_path(request)
        return await library.answer(request, known, lambda: find_work(kind, key))

    return on_demand


def _catchup(library: Library) -> Any:
    async def catchup(request: Request) -> Response:
        user, known, key = await _in_path(request)
        minutes = request.path_params["minutes"]
        start = start_of(request.path_params["start"])
        if not 1 <= minutes <= LONGEST:
            raise BadFields({"minutes": [f"A number from 1 to {LONGEST} is expected"]})

        def find() -> Work:
            return find_catchup(_row(user, key), start, minutes)

        return await library.answer(request, known, find)

    return catchup


async def _in_path(request: Request) -> tuple[Any, Visitor, int]:
    """User, visitor and key of ``/…/<user>/<password>/<key>.<extension>``.

    :raises Refused: 404 for something else, and see :func:`~.xtream_login.log_in`.
    """
    args = request.path_params
    key = args["stream"].partition(".")[0]
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        raise no_such("This page")
    visitor = visitor_of(request)
    user = await in_thread(lambda: log_in(visitor, args["user"], args["password"]))
    known = replace(visitor, id=user.pk, name=user.username, level=user.user_level)
    return user, known, int(key)


def _find(user: Any, key: int) -> tuple[Channel, str | None]:
    return channel_to_watch(_row(user, key), user.user_level)


def _row(user: Any, key: int) -> Any:
    """:raises Refused: 404, the user has no such channel."""
    from apps.channels.models import Channel as Row

    if not lineup(level=user.user_level, user=user, only=key):
        raise no_such(f"Channel {key}")
    return Row.objects.get(pk=key)
