"""What the operator tells plugins about the server, over HTTP: ``/api/admin/...``.

Owncast has its stream and its settings itself. Here they come from outside: from the operator, and
from whatever makes the stream. Each address shows its document, and changes the members it is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jackfield.dialects.owncast import fediverse_inbound
from jackfield.dialects.owncast.operator_request import Identify, failure, operators_only
from jackfield.errors import InvalidInput
from jackfield.plugins.dialect import Core
from jackfield.plugins.page_isolation import isolation_headers
from jackfield.services.disk_uploads import ADDRESS, DiskUploads
from jackfield.services.fediverse import Fediverse
from jackfield.services.fediverse_account import FediverseAccount
from jackfield.services.json_body import json_object
from jackfield.services.notifications import Notifications
from jackfield.services.outgoing_notices import OutgoingNotices
from jackfield.services.own_server import OwnServer
from jackfield.services.server import Server
from jackfield.services.stream import Stream, StreamInfo
from jackfield.services.timestamps import now, rfc3339
from jackfield.services.told_stream import ToldStream
from jackfield.services.uploads import Uploads
from jackfield.services.video import VideoConfigUpdate, VideoSettings

JSON = dict[str, Any]
_FRESH = {"cache-control": "no-store"}
_HIDDEN = "(set)"
"""Stands for a secret that is set."""

_SECRETS = frozenset({"accessToken", "discord", "webhook"})


class HostApi:
    """The routes. What an application lends in place of a built-in service is changed there, and
    not here: such an address is not found."""

    def __init__(self, core: Core, identify: Identify) -> None:
        self._core = core
        self._identify = identify

    def routes(self) -> list[BaseRoute]:
        """Below the root of the site."""
        find = self._core.services.find
        routes: list[BaseRoute] = [
            Route("/api/status", self._status),
            self._for_operators("/api/admin/fediverse/inbound", None, self._inbound),
        ]
        server, stream, video = find(Server), find(Stream), find(VideoSettings)
        notices, account = find(Notifications), find(Fediverse)
        if isinstance(server, OwnServer):
            routes.append(
                self._for_operators(
                    "/api/admin/server", lambda: _json(server.document()), server.change
                )
            )
        if isinstance(stream, ToldStream):
            routes.append(self._for_operators("/api/admin/stream", self._stream, stream.report))
        if video is not None:
            routes.append(
                self._for_operators(
                    "/api/admin/video", lambda: _json(video.read()), lambda u: _write(video, u)
                )
            )
        if isinstance(notices, OutgoingNotices):
            routes.append(
                self._for_operators(
                    "/api/admin/notifications",
                    lambda: _json(notices.document()),
                    lambda told: notices.change(_without_hidden(told)),
                )
            )
        if isinstance(account, FediverseAccount):
            routes.append(
                self._for_operators(
                    "/api/admin/fediverse",
                    lambda: _json(account.document()),
                    lambda told: account.change(_without_hidden(told)),
                )
            )
        if isinstance(find(Uploads), DiskUploads):
            routes.append(Route(f"{ADDRESS}/{{slug}}/{{name}}", self._upload))
        return routes

    def _for_operators(
        self, path: str, show: Callable[[], JSON] | None, change: Callable[[JSON], Any]
    ) -> BaseRoute:
        async def answer(request: Request) -> Response:
            if request.method == "POST":
                told = await json_object(request)
                result = await run_in_threadpool(change, told)
                if show is None:
                    return JSONResponse(result, headers=_FRESH)
            assert show is not None
            return JSONResponse(await run_in_threadpool(show), headers=_FRESH)

        methods = ["POST"] if show is None else ["GET", "POST"]
        return Route(path, operators_only(self._identify, answer), methods=methods)

    def _inbound(self, told: JSON) -> JSON:
        return {"events": fediverse_inbound.tell(self._core.events, told)}

    def _stream(self) -> JSON:
        stream = self._core.services.get(Stream)
        return {**_json(stream.current()), "broadcaster": _json(stream.broadcaster())}

    async def _status(self, _request: Request) -> Response:
        stream = self._core.services.find(Stream)
        server = self._core.services.find(Server)
        info = StreamInfo() if stream is None else await run_in_threadpool(stream.current)
        version = "" if server is None else (await run_in_threadpool(server.info)).version
        answer = {
            "online": info.online,
            "viewerCount": info.viewers,
            "streamTitle": info.title,
            "lastConnectTime": info.started_at,
            "versionNumber": version,
            "serverTime": rfc3339(now()),
        }
        return JSONResponse(answer, headers=_FRESH)

    async def _upload(self, request: Request) -> Response:
        uploads = self._core.services.get(Uploads)
        assert isinstance(uploads, DiskUploads)
        params = request.path_params
        path = await run_in_threadpool(uploads.find, params["slug"], params["name"])
        headers = {name.lower(): value for name, value in request.headers.items()}
        if path is None:
            return failure(404, "no such file")
        # It may be a page with scripts: like a plugin's own pages it gets an origin of its own.
        fine = {**isolation_headers(headers), "x-content-type-options": "nosniff"}
        return FileResponse(path, headers={**fine, "cache-control": "no-cache"})


def _json(value: msgspec.Struct) -> JSON:
    found: JSON = msgspec.to_builtins(value)
    return {key: _HIDDEN if key in _SECRETS and one else one for key, one in found.items()}


def _without_hidden(told: JSON) -> JSON:
    """A document that was shown and is sent back changes no secret."""
    return {key: value for key, value in told.items() if value != _HIDDEN}


def _write(video: VideoSettings, told: JSON) -> None:
    try:
        update = msgspec.convert(told, VideoConfigUpdate)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error)) from None
    video.write("", update)
