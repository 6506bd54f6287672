"""Requests that only an operator may make, and what they are answered when they may not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jackfield.errors import JackfieldError, NotFound

if TYPE_CHECKING:
    from jackfield.services.visitors import Visitor

REALM = 'Basic realm="Owncast", charset="UTF-8"'

Handler = Callable[[Request], Awaitable[Response]]
Identify = Callable[[Request], Awaitable["Visitor"]]

_READING = frozenset({"GET", "HEAD"})


def operators_only(identify: Identify, handler: Handler) -> Handler:
    """*handler* for those who prove to be an operator: by a token as ``Bearer``, or as the password
    of HTTP Basic authentication.

    A browser sends a password by itself once it knows it, so a request that changes something must
    not come from a page of somebody else: from another site, or from a plugin's own page.
    """

    async def guarded(request: Request) -> Response:
        if not (await identify(request)).admin:
            return failure(401, "only an operator may do this", {"www-authenticate": REALM})
        if request.method not in _READING and is_foreign(request):
            return failure(403, "a page of another origin may not do this")
        try:
            return await handler(request)
        except NotFound as error:
            return failure(404, str(error))
        except JackfieldError as error:
            return failure(413 if error.status == 413 else 400, error)

    return guarded


def failure(status: int, reason: object, headers: dict[str, str] | None = None) -> Response:
    """A refusal in Owncast's form: ``{"error": text}``."""
    return JSONResponse({"error": str(reason)}, status, headers=headers)


def is_foreign(request: Request) -> bool:
    """Whether a browser says that a page of another origin makes the request."""
    site = request.headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin"):
        return True
    origin = request.headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != request.headers.get("host", "")
    except ValueError:
        return True
