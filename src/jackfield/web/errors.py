"""Errors as answers: ``{"error": {"code", "message", ...}}`` with a fitting status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jackfield.errors import InvalidInput, JackfieldError
from jackfield.services.rate_limits import RateLimited

_log = logging.getLogger(__name__)


def _answer(
    status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    return JSONResponse(
        {"error": dict(error)}, status, headers={"cache-control": "no-store", **(headers or {})}
    )


def on_jackfield_error(_request: Request, error: Exception) -> Response:
    """A mistake that has a name."""
    assert isinstance(error, JackfieldError)
    wait = {"retry-after": str(error.retry_after)} if isinstance(error, RateLimited) else None
    return _answer(error.status, error.to_dict(), wait)


def on_http_error(_request: Request, error: Exception) -> Response:
    """What the framework refuses: no such page, a method that is not allowed."""
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return _answer(error.status_code, {"code": code, "message": error.detail}, error.headers)


def on_validation_error(_request: Request, error: Exception) -> Response:
    """A request to the platform API that does not have the documented form."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        at = first["loc"][-1]
        wrong = InvalidInput(f"the body is not JSON: {first['ctx']['error']} at character {at}")
    else:
        field = ".".join(str(part) for part in first["loc"][1:])
        wrong = InvalidInput(str(first["msg"]), field=field or None)
    return _answer(wrong.status, wrong.to_dict())


def on_bug(request: Request, error: Exception) -> Response:
    """Our own fault. The log has the traceback; the visitor need not see it."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = "something went wrong inside the host; its log says what"
    return _answer(500, {"code": "internal", "message": message})


HANDLERS: dict[Any, Any] = {
    JackfieldError: on_jackfield_error,
    HTTPException: on_http_error,
    RequestValidationError: on_validation_error,
    Exception: on_bug,
}
"""For Starlette and FastAPI: by kind of exception."""
