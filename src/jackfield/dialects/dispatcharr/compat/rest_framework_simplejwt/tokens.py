"""Tokens as objects. ``str()`` of one is what is sent."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings

from jackfield.dialects.dispatcharr.site.tokens import BadToken, Kind, Tokens, Who
from rest_framework_simplejwt.exceptions import TokenError


class Token:
    """A token that was read, or made for somebody.

    :param token: as it was sent.
    :raises TokenError: it is not valid.
    """

    kind: ClassVar[Kind]

    def __init__(self, token: str) -> None:
        try:
            self._who = _tokens().read(str(token), self.kind)
        except BadToken as error:
            raise TokenError(str(error)) from None
        self._text = str(token)

    @classmethod
    def for_user(cls, user: Any) -> Self:
        """A new token for a row of ``apps.accounts.models.User``."""
        who = Who(user.pk, user.get_username(), int(user.user_level))
        tokens = _tokens()
        return cls(tokens.access(who) if cls.kind == "access" else tokens.refresh(who))

    def __str__(self) -> str:
        return self._text

    def __getitem__(self, claim: str) -> Any:
        return {
            "user_id": self._who.id,
            "username": self._who.name,
            "user_level": self._who.level,
            "token_type": self.kind,
        }[claim]


class AccessToken(Token):
    """For requests."""

    kind = "access"


class RefreshToken(Token):
    """For new access tokens."""

    kind = "refresh"

    @property
    def access_token(self) -> AccessToken:
        """A new token for requests."""
        return AccessToken(_tokens().access(self._who))


def _tokens() -> Tokens:
    return Tokens(settings.SECRET_KEY)
