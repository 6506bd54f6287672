"""``/api/accounts/token/…``: logging in with name and password for JSON Web Tokens.

Source: dispatcharr spec 2.8; bodies as djangorestframework-simplejwt writes them.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from jackfield.dialects.dispatcharr.site import asking
from jackfield.dialects.dispatcharr.site.answers import Refused, detail, reply, throttled
from jackfield.dialects.dispatcharr.site.people import People
from jackfield.dialects.dispatcharr.site.tokens import BadToken, Tokens, Who
from jackfield.services.ip_bans import household
from jackfield.services.rate_limits import RateLimited, RateLimits

LIMITS: Final = {"address": "20/minute; 200/hour", "name": "10/minute; 60/hour"}
"""Log-ins from one address, and with one name from wherever."""


class Accounts:
    """The three endpoints."""

    def __init__(self, tokens: Tokens, people: People) -> None:
        self._tokens = tokens
        self._people = people
        self._limits = RateLimits(LIMITS)

    async def log_in(self, request: Request) -> Response:
        """``POST token/`` with username and password."""
        ask = await asking.read(request, None)
        name, password = _texts(ask, "username", "password")
        self._spend(request, name)
        who = await self._people.log_in(name, password)
        if who is None:
            raise detail(401, "No active account found with the given credentials")
        return reply({"refresh": self._tokens.refresh(who), "access": self._tokens.access(who)})

    def _spend(self, request: Request, name: str) -> None:
        address = request.client.host if request.client is not None else ""
        try:
            self._limits.spend("address", household(address))
            self._limits.spend("name", name.casefold()[:150])
        except RateLimited as error:
            raise throttled(error.retry_after) from None

    async def refresh(self, request: Request) -> Response:
        """``POST token/refresh/`` with a refresh token: a new access token, for the user as they
        are now."""
        ask = await asking.read(request, None)
        (token,) = _texts(ask, "refresh")
        who = await self._people.still(self._read(token, "refresh"))
        if who is None:
            raise _bad("No active account found for the given token.")
        return reply({"access": self._tokens.access(who)})

    async def verify(self, request: Request) -> Response:
        """``POST token/verify/`` with any token: nothing, if it is good."""
        ask = await asking.read(request, None)
        (token,) = _texts(ask, "token")
        self._read(token, None)
        return reply({})

    def _read(self, token: str, kind: str | None) -> Who:
        try:
            return self._tokens.read(token, kind)  # type: ignore[arg-type]
        except BadToken as error:
            raise _bad(str(error)) from None


def _bad(text: str) -> Refused:
    return Refused(
        401,
        {"detail": text, "code": "token_not_valid"},
        {"www-authenticate": 'Bearer realm="api"'},
    )


def _texts(ask: asking.Ask, *names: str) -> list[str]:
    """:raises Refused: 400 with what is missing, by field."""
    wrong: dict[str, list[str]] = {}
    found = []
    if not isinstance(ask.data, dict):
        kind = type(ask.data).__name__
        raise Refused(
            400,
            {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]},
        )
    for name in names:
        value = ask.value(name)
        if value is None:
            wrong[name] = ["This field is required."]
        elif not isinstance(value, str):
            wrong[name] = ["Not a valid string."]
        elif not value:
            wrong[name] = ["This field may not be blank."]
        else:
            found.append(value)
    if wrong:
        raise Refused(400, wrong)
    return found
