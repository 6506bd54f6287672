"""Requests to a plugin's own code and its answers, in the forms of the wire.

Source: owncast spec 4.2.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from jackfield.dialects.owncast.call_scope import SESSION_COOKIE, RequestScope
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.services.sniffing import sniff

MAX_REQUEST_BYTES = 1024 * 1024
MAX_RESPONSE_BYTES = 10 * 1024 * 1024

ALLOWED_HEADERS = frozenset(
    {
        "content-type",
        "content-encoding",
        "content-language",
        "cache-control",
        "last-modified",
        "etag",
        "location",
        "vary",
        "link",
        "set-cookie",
    }
)
ALLOWED_PREFIX = "access-control-"

# HTTP has no body after these; a server that is given one breaks off the connection.
_WITHOUT_BODY = frozenset({204, 304})

_SENDABLE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SENDABLE_VALUE = re.compile(r"[\t\x20-\x7e]*")

_HIDDEN_HEADERS = frozenset({"cookie", "host"})
_HIDDEN_QUERY = "accessToken"


class BadAnswer(ValueError):
    """What the plugin returned is no answer to a request; the text says why."""


def to_wire(request: HttpRequest) -> dict[str, Any]:
    """The request as the plugin sees it: nothing that would let it act as the viewer."""
    wire: dict[str, Any] = {
        "method": request.method,
        "path": request.path.rstrip("/") or "/",
        "query": {k: v[0] for k, v in request.query.items() if v and k != _HIDDEN_QUERY},
        "headers": {
            canonical(name): values[0]
            for name, values in request.headers.items()
            if values and name.lower() not in _HIDDEN_HEADERS
        },
        "body": request.body.decode("utf-8", "replace"),
        "remoteAddr": request.remote,
        "authenticated": request.admin,
    }
    if request.user is not None:
        wire["user"] = dict(request.user)
    return wire


def canonical(name: str) -> str:
    """A header's name as plugins know it: ``content-type`` is ``Content-Type``."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def from_wire(answer: Any, scope: RequestScope | None = None) -> HttpResponse:
    """The plugin's answer, with only the headers that it may set and the host's cookies.

    :raises BadAnswer: of the wrong form, or too large.
    """
    if not isinstance(answer, Mapping):
        raise BadAnswer(f"expected an object, found {type(answer).__name__}")
    status = answer.get("status") or 200
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise BadAnswer(f"status: expected a number from 200 to 599, found {status!r:.40}")
    body = _body(answer)
    if status in _WITHOUT_BODY:
        body = b""
    headers = _headers(answer.get("headers") or {})
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", sniff(body)))
    headers += [("Set-Cookie", cookie) for cookie in (scope.cookies if scope else ())]
    return HttpResponse(status, tuple(headers), body)


def _body(answer: Mapping[str, Any]) -> bytes:
    text, packed = answer.get("body"), answer.get("bodyBase64")
    if text and packed:
        raise BadAnswer("both body and bodyBase64 are given")
    if packed:
        if not isinstance(packed, str):
            raise BadAnswer(f"bodyBase64: expected text, found {type(packed).__name__}")
        try:
            body = base64.b64decode(packed, validate=True)
        except binascii.Error as error:
            raise BadAnswer(f"bodyBase64: {error}") from None
    elif text is None or isinstance(text, str):
        body = (text or "").encode("utf-8", "surrogatepass")
    else:
        raise BadAnswer(f"body: expected text, found {type(text).__name__}")
    if len(body) > MAX_RESPONSE_BYTES:
        raise BadAnswer(f"the body is {len(body):,} bytes; {MAX_RESPONSE_BYTES:,} are allowed")
    return body


def _headers(given: Any) -> list[tuple[str, str]]:
    if not isinstance(given, Mapping):
        raise BadAnswer(f"headers: expected an object, found {type(given).__name__}")
    headers: list[tuple[str, str]] = []
    for name, value in given.items():
        if not isinstance(value, str):
            raise BadAnswer(f"headers.{name}: expected text, found {type(value).__name__}")
        lowered = name.lower()
        if lowered not in ALLOWED_HEADERS and not lowered.startswith(ALLOWED_PREFIX):
            continue
        # The session is the host's: a plugin can neither forge nor end it by a header. A cookie
        # without a name ("=a=b") comes back as its value alone, which reads as one with a name.
        if lowered == "set-cookie" and value.lstrip(" \t=").split("=")[0].strip() == SESSION_COOKIE:
            continue
        if not _SENDABLE_NAME.fullmatch(name) or not _SENDABLE_VALUE.fullmatch(value):
            continue
        headers.append((canonical(name), value))
    return headers
