"""Answers in the form that clients of Django REST framework expect.

Source: dispatcharr spec 2.8; the words of ``detail`` are that framework's, which clients show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from jackfield.dialects.dispatcharr.half_characters import encoded


class Refused(Exception):
    """The request is answered with this status and body.

    :param body: plain JSON.
    """

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Plain JSON as an answer that no cache keeps."""
    return Response(
        encoded(body),
        status,
        {"cache-control": "no-store", "vary": "Authorization", **(headers or {})},
        "application/json",
    )


def detail(status: int, text: str, **more: Any) -> Refused:
    """``{"detail": …}``: what the framework itself says."""
    return Refused(status, {"detail": text, **more})


def failed(status: int, text: str) -> Refused:
    """``{"success": false, "error": …}``: what the plugin endpoints say."""
    return Refused(status, {"success": False, "error": text})


def not_authenticated() -> Refused:
    """Nobody said who they are."""
    return Refused(
        401,
        {"detail": "Authentication credentials were not provided."},
        {"www-authenticate": 'Bearer realm="api"'},
    )


def bad_token(why: str = "Token is invalid") -> Refused:
    """A token that is no access token, or not any more."""
    return Refused(
        401,
        {
            "detail": "Given token not valid for any token type",
            "code": "token_not_valid",
            "messages": [{"token_class": "AccessToken", "token_type": "access", "message": why}],
        },
        {"www-authenticate": 'Bearer realm="api"'},
    )


def forbidden() -> Refused:
    """Their level is too low."""
    return detail(403, "You do not have permission to perform this action.")


def wrong_method(method: str, allowed: tuple[str, ...]) -> Refused:
    """The address does not know that verb."""
    return Refused(
        405, {"detail": f'Method "{method}" not allowed.'}, {"allow": ", ".join(allowed)}
    )


def throttled(seconds: int) -> Refused:
    """Too often."""
    unit = "second" if seconds == 1 else "seconds"
    return Refused(
        429,
        {"detail": f"Request was throttled. Expected available in {seconds} {unit}."},
        {"retry-after": str(seconds)},
    )
