"""Accounts, moderation of people, and who may come in."""

from __future__ import annotations

from typing import Any

import msgspec

from jackfield.dialects.owncast.hostfunctions.answers import read_request, with_error
from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.errors import InvalidInput
from jackfield.services.signin import DEFAULT_SESSION_S, MAX_SESSION_S, Registration, SignIn
from jackfield.services.users import User, Users


class GrantRequest(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """Who is let in, and for how many seconds; 0 is the host's choice."""

    user_id: str = ""
    ttl: int = 0


def functions(caller: Caller) -> Functions:
    """Sources: owncast spec 2.2 and 2.6."""
    slug = caller.slug

    def users_list() -> list[User]:
        return caller.service(Users, "users.read").all()

    def user_get(user_id: str) -> User | None:
        return caller.service(Users, "users.read").get(user_id)

    def set_enabled(user_id: str, enabled: int, why: str) -> None:
        caller.service(Users, "users.moderate").set_enabled(user_id, enabled == 1, why)

    def ban_ip(address: str) -> None:
        caller.service(Users, "users.moderate").ban_ip(address)

    def register(request: Any) -> Any:
        service = caller.service(SignIn, "users.register")
        registration = read_request(request, Registration)
        if not registration.auth_id:
            raise InvalidInput("is empty", field="authId")
        return {"userId": service.register(slug, registration)}

    def grant_session(request: Any) -> None:
        asked = read_request(request, GrantRequest)
        if not asked.user_id:
            raise InvalidInput("is empty", field="userId")
        service = caller.service(SignIn, "auth.gate")
        answering = caller.scope.request
        if answering is None:
            raise InvalidInput("a session can only be granted while answering a request")
        token = service.grant(slug, asked.user_id, asked.ttl)
        ttl = min(asked.ttl, MAX_SESSION_S) if asked.ttl > 0 else DEFAULT_SESSION_S
        answering.set_session(token, ttl)

    def end_session() -> None:
        service = caller.service(SignIn, "auth.gate")
        if caller.scope.request is not None:
            caller.scope.request.clear_session()
            service.ended(slug)

    return {
        "owncast_users_list": users_list,
        "owncast_user_get": user_get,
        "owncast_user_set_enabled": set_enabled,
        "owncast_ban_ip": ban_ip,
        "owncast_users_register": with_error(register),
        "owncast_auth_grant_session": grant_session,
        "owncast_auth_end_session": end_session,
    }
