"""Says who makes a request, and whether that is enough.

GET needs a user of level 1, everything else an administrator. Source: dispatcharr spec 2.8.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection

from jackfield.dialects.dispatcharr.application.contract import COOKIE, STANDARD
from jackfield.dialects.dispatcharr.site.answers import bad_token, forbidden, not_authenticated
from jackfield.dialects.dispatcharr.site.people import People
from jackfield.dialects.dispatcharr.site.tokens import BadToken, Tokens, Who
from jackfield.services.visitors import is_host_token

_READS: Final = ("GET", "HEAD", "OPTIONS")


class Access:
    """See the module."""

    def __init__(self, tokens: Tokens, people: People) -> None:
        self._tokens = tokens
        self._people = people

    async def identify(self, request: HTTPConnection) -> Who | None:
        """Who asks, by token or API key; ``None`` for somebody who does not say.

        :raises Refused: what they say is not true.
        :raises Unavailable: the key cannot be checked now.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        match scheme.lower():
            case "bearer":
                return await self._bearer(secret)
            case "apikey":
                return await self._key(secret)
        key = request.headers.get("x-api-key", "").strip()
        return await self._key(key) if key else None

    async def _bearer(self, secret: str) -> Who:
        if is_host_token(secret):
            who = await self._people.by_host_token(secret)
            if who is None:
                raise bad_token()
            return who
        try:
            who = await self._people.behind(self._tokens.read(secret))
        except BadToken as error:
            raise bad_token(str(error)) from None
        if who is None:
            raise bad_token("User not found")
        return who

    async def _key(self, key: str) -> Who:
        who = await self._people.by_key(key) if key else None
        if who is None:
            raise bad_token("Invalid API key.")
        return who

    async def identify_player(self, request: HTTPConnection) -> Who | None:
        """As :meth:`identify`, for what players and pages read: a token in a cookie or in the
        address counts, too, and a bad one there is none."""
        who = await self.identify(request)
        if who is not None or request.scope.get("method") not in ("GET", "HEAD"):
            return who
        for secret in (request.cookies.get(COOKIE), request.query_params.get("token")):
            if secret and (who := await self.by_token(secret)) is not None:
                return who
        return None

    async def by_token(self, secret: str) -> Who | None:
        """Whose access token that is, or ``None``."""
        if is_host_token(secret):
            return await self._people.by_host_token(secret)
        try:
            return await self._people.behind(self._tokens.read(secret))
        except BadToken:
            return None

    async def require(self, request: HTTPConnection) -> Who:
        """Who asks, if they may.

        :raises Refused: 401 for nobody, 403 for too low a level.
        """
        who = await self.identify(request)
        if who is None:
            raise not_authenticated()
        reads = request.scope.get("method") in _READS
        if not (who.level >= STANDARD if reads else who.is_admin):
            raise forbidden()
        return who
