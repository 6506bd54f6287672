"""Who makes a request to a site."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jackfield.plugins.service_table import ServiceTable
from jackfield.services.access_tokens import AccessTokens
from jackfield.services.accounts import Accounts
from jackfield.services.users import ADMIN, User


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of whoever makes the request.

    :param admin: they proved to be an operator.
    """

    user: User | None = None
    admin: bool = False


NOBODY = Visitor()

_OF_A_HOST = re.compile(r"jf[a-z]_")  # see services.tokens


class Visitors(Protocol):
    """Recognises people by what their requests carry. Thread-safe."""

    def identify(self, headers: Mapping[str, str], access_token: str = "") -> Visitor:
        """Who that is.

        :param headers: lower-cased name → value.
        :param access_token: the token in the address, where there is one.
        """
        ...


class TokenVisitors:
    """Recognises the host's own tokens: as ``Bearer``, in the address, or as the password of HTTP
    Basic authentication, which a browser asks for by itself."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._tokens: AccessTokens = accounts.tokens

    def identify(self, headers: Mapping[str, str], access_token: str = "") -> Visitor:
        for secret in (token_in(headers.get("authorization", "")), access_token):
            if secret and (visitor := self._find(secret)) is not NOBODY:
                return visitor
        return NOBODY

    def _find(self, secret: str) -> Visitor:
        token = self._tokens.find(secret)
        if token is None:
            return NOBODY
        if token.user_id is None:
            return Visitor(admin=ADMIN in token.scopes)
        user = self._accounts.get(token.user_id)
        if user is None or user.disabled_at is not None:
            return NOBODY
        return Visitor(user, ADMIN in user.scopes)


def visitors_of(services: ServiceTable) -> Visitors | None:
    """What recognises people on that host: its own, else by the tokens of its accounts."""
    lent = services.find(Visitors)
    if lent is not None:
        return lent
    accounts = services.find(Accounts)
    return None if accounts is None else TokenVisitors(accounts)


def token_in(authorization: str) -> str:
    """The secret in an ``Authorization`` header; empty when there is none."""
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "basic":
            try:
                return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""


def is_host_token(secret: str) -> bool:
    """Whether that is a token of a Jackfield host, of this one or another, good or revoked."""
    return _OF_A_HOST.match(secret) is not None
