"""``/api/v1/users`` and ``/api/v1/tokens``: people, and the tokens of programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from jackfield.operations import Operations
from jackfield.web.api.models import ChangeUser, NewToken, NewUser
from jackfield.web.api.small_body import SmallBodyRoute


def routes(operations: Operations) -> APIRouter:
    """The routes of this module."""
    router = APIRouter(tags=["accounts"], route_class=SmallBodyRoute)

    @router.get("/users")
    def list_users() -> list[dict[str, Any]]:
        """Everybody who is not a bot, newest first."""
        return operations.users()

    @router.post("/users", status_code=201)
    def create_user(body: NewUser) -> dict[str, Any]:
        """A new person. The answer's ``token`` is shown this once."""
        return operations.create_user(body.name, body.scopes)

    @router.patch("/users/{name_or_id}")
    def change_user(name_or_id: str, body: ChangeUser) -> dict[str, Any]:
        """Give or take scopes, ban somebody, or let them in again."""
        return operations.change_user(
            name_or_id,
            add_scopes=body.add_scopes,
            remove_scopes=body.remove_scopes,
            banned=body.banned,
            reason=body.reason,
        )

    @router.post("/admin-link", status_code=201)
    def admin_link() -> dict[str, Any]:
        """A secret that makes the first person who presents it an administrator."""
        return operations.admin_link()

    @router.get("/tokens")
    def list_tokens() -> list[dict[str, Any]]:
        """The tokens of programs, without their secrets."""
        return operations.tokens()

    @router.post("/tokens", status_code=201)
    def create_token(body: NewToken) -> dict[str, Any]:
        """A token for a program. The answer's ``token`` is shown this once."""
        return operations.create_token(body.name, body.scopes, body.days)

    @router.delete("/tokens/{token_id}")
    def revoke_token(token_id: str) -> dict[str, Any]:
        """Make a token worthless."""
        return operations.revoke_token(token_id)

    return router
