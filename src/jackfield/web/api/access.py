"""Who may use the platform API."""

from __future__ import annotations

import secrets

from fastapi import Request

from jackfield.errors import PermissionDenied
from jackfield.host import Host
from jackfield.services.access_tokens import AccessTokens, TokenInfo
from jackfield.services.users import ADMIN, Users

_HINT = "send 'Authorization: Bearer TOKEN'; make a token with 'jackfield token create NAME'"


class Unauthorized(PermissionDenied):
    """No token, or one that nobody knows."""

    code = "unauthorized"
    status = 401


class AdminOnly:
    """A dependency that lets a request pass whose token has the scope ``ADMIN``.

    The token is a program's (``jackfield token create``), this process's own (the command line
    reads it from the data directory), or a person's who is an administrator.
    """

    def __init__(self, host: Host) -> None:
        self._tokens = host.services.get(AccessTokens)
        self._data = host.data
        self._users = host.services.get(Users)

    def __call__(self, request: Request) -> None:
        self.check(request.headers.get("authorization", ""))

    def is_local(self, request: Request) -> bool:
        """Whether the token is the one in the data directory: the sender can read that."""
        info = self._data.read_run_info(self._data.path) or {}
        ours = f"Bearer {info.get('token', '')}".encode()
        sent = request.headers.get("authorization", "").encode("latin-1")
        return "token" in info and secrets.compare_digest(ours, sent)

    def check(self, authorization: str) -> TokenInfo:
        """The token of that header.

        :raises Unauthorized: no token, or an unknown or expired one.
        :raises PermissionDenied: its scopes do not reach.
        """
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthorized("the platform API needs a token", hint=_HINT)
        token = self._tokens.find(secret.strip())
        if token is None:
            raise Unauthorized("this token is unknown, revoked or expired", hint=_HINT)
        if ADMIN not in self._scopes(token):
            raise PermissionDenied("the platform API needs a token with the scope ADMIN")
        return token

    def _scopes(self, token: TokenInfo) -> tuple[str, ...]:
        if token.user_id is None:
            return token.scopes
        user = self._users.get(token.user_id)
        return () if user is None or user.disabled_at else user.scopes
