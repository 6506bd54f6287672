"""Puts the application together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application import failures
from jackfield.dialects.dispatcharr.application.internal import internal_routes
from jackfield.dialects.dispatcharr.application.outputs import output_routes
from jackfield.dialects.dispatcharr.application.outputs.xtream import xtream_short_routes
from jackfield.dialects.dispatcharr.application.pages import page_routes
from jackfield.dialects.dispatcharr.application.rest import rest_routes
from jackfield.dialects.dispatcharr.application.stream.events import SystemEvents
from jackfield.dialects.dispatcharr.application.stream.library import Library
from jackfield.dialects.dispatcharr.application.stream.limits import Limits
from jackfield.dialects.dispatcharr.application.stream.routes import stream_routes
from jackfield.dialects.dispatcharr.application.stream.selection import DatabaseChooser
from jackfield.dialects.dispatcharr.application.stream.statistics import RedisStatistics
from jackfield.dialects.dispatcharr.application.stream.switchboard import Switchboard
from jackfield.errors import JackfieldError

_logger = logging.getLogger(__name__)


def create_app(limits: Limits | None = None) -> Starlette:
    """The application over the database that Django is configured for.

    Its lifespan starts and ends the stream proxy, which is ``app.state.switchboard`` meanwhile.

    :param limits: of the stream proxy; the operator's ``proxy_settings`` when ``None``.
    """
    chooser = DatabaseChooser()
    events = SystemEvents()
    switchboard = Switchboard(
        chooser=chooser,
        tell=events,
        statistics=RedisStatistics(chooser.connections),
        limits=limits or _limits,
    )
    library = Library(chooser, events, limits)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.switchboard = switchboard
        try:
            yield
        finally:
            await switchboard.close()
            await library.close()
            events.close()

    routes: list[BaseRoute] = [
        *internal_routes(),
        *stream_routes(switchboard, library),
        *output_routes(switchboard, library),
        *rest_routes(),
        *page_routes(switchboard),
        *xtream_short_routes(switchboard),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={
            JackfieldError: failures.answer,
            HTTPException: _http_error,
            Exception: _unexpected,
        },
    )


def _limits() -> Limits:
    """The limits as they are set now."""
    from core.models import CoreSettings

    return Limits().with_settings(CoreSettings.get_proxy_settings())


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return failures.response_for(error)
