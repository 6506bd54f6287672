"""The JSON Web Tokens that clients of Dispatcharr log in with: access 30 minutes, refresh a day.

Source: dispatcharr spec 2.8; claims as djangorestframework-simplejwt names them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import jwt

ACCESS_S: Final = 30 * 60
REFRESH_S: Final = 24 * 3600
_ALGORITHM: Final = "HS256"

Kind = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who proved who they are.

    :ivar id: of the user in Dispatcharr's database; 0 for one of the host's own accounts.
    :ivar level: 10 administrator, 1 standard, 0 streamer.
    :ivar proof: of one of the host's own accounts, the id of the host's token that proved it.
    """

    id: int
    name: str
    level: int
    proof: str = ""

    @property
    def is_admin(self) -> bool:
        """Whether they may change things."""
        return self.level >= 10


class BadToken(Exception):
    """``str()`` says what is wrong, in the words that clients expect."""


class Tokens:
    """Signs and reads tokens.

    :param secret: of the installation; others' tokens are worthless here.
    :param clock: Unix seconds; for tests.
    """

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        if not secret:
            raise ValueError("tokens are signed with a secret; there is none")
        self._secret = secret
        self._clock = clock

    def access(self, who: Who) -> str:
        """A token for requests."""
        return self._sign(who, "access", ACCESS_S)

    def refresh(self, who: Who) -> str:
        """A token for new access tokens."""
        return self._sign(who, "refresh", REFRESH_S)

    def _sign(self, who: Who, kind: Kind, seconds: int) -> str:
        now = int(self._clock())
        claims = {
            "token_type": kind,
            "iat": now,
            "exp": now + seconds,
            "jti": secrets.token_hex(16),
            "user_id": str(who.id),
            "username": who.name,
            "user_level": who.level,
        }
        if who.proof:
            claims["host_token"] = who.proof
        return jwt.encode(claims, self._secret, _ALGORITHM)

    def read(self, token: str, kind: Kind | None = "access") -> Who:
        """Whose token that is.

        :param kind: which one it has to be; ``None`` for either.
        :raises BadToken: it is none of this installation, of another kind, or too old.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                options={"require": ["exp"], "verify_exp": False, "verify_iat": False},
            )
            who = Who(
                int(claims["user_id"]),
                str(claims["username"]),
                int(claims["user_level"]),
                str(claims.get("host_token", "")),
            )
            ends, found = float(claims["exp"]), claims["token_type"]
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise BadToken("Token is invalid") from None
        if ends <= self._clock():
            raise BadToken("Token is expired")
        if found not in (("access", "refresh") if kind is None else (kind,)):
            raise BadToken("Token has wrong type")
        return who
