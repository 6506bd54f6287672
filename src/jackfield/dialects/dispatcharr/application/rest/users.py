"""``/api/accounts/…`` but for tokens: users and their API keys."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN, STREAMER
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused, too_low
from jackfield.dialects.dispatcharr.application.rest.resource import Resource, fields

SHORTEST = 8
"""Characters of a password."""


def user_routes() -> list[BaseRoute]:
    base = "/api/accounts"
    return [
        route(f"{base}/users/me/", _me, methods=["GET", "PATCH"], level=STREAMER),
        *USERS.routes(f"{base}/users/"),
        route(f"{base}/api-keys/generate/", _make_key, methods=["POST"], level=STREAMER),
        route(f"{base}/api-keys/revoke/", _revoke_key, methods=["POST"], level=STREAMER),
    ]


def _profiles_of(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    return {
        row.pk: {
            "channel_profiles": list(row.channel_profiles.values_list("pk", flat=True)),
            "has_api_key": bool(row.api_key),
        }
        for row in rows
    }


def _save_user(row: Any, also: dict[str, Any], _changed: set[str], _call: Call) -> None:
    from apps.channels.models import ChannelProfile

    if also.get("password"):
        if not isinstance(also["password"], str) or len(also["password"]) < SHORTEST:
            raise BadFields({"password": [f"At least {SHORTEST} characters are expected"]})
        row.set_password(also["password"])
    elif row.pk is None:
        row.set_unusable_password()
    if row.pk is not None and (row.user_level < ADMIN or not row.is_active):
        _keep_one_administrator(row)
    row.is_staff = row.is_superuser = row.user_level >= ADMIN
    row.save()
    profiles = also.get("channel_profiles")
    if profiles is not None:
        if not isinstance(profiles, list) or not all(type(key) is int for key in profiles):
            raise BadFields({"channel_profiles": ["A list of profiles' ids is expected"]})
        row.channel_profiles.set(ChannelProfile.objects.filter(pk__in=profiles))


def _keep_one_administrator(row: Any) -> None:
    others = USERS.table.objects.filter(user_level__gte=ADMIN, is_active=True).exclude(pk=row.pk)
    was = USERS.table.objects.filter(pk=row.pk, user_level__gte=ADMIN).exists()
    if was and not others.exists():
        raise BadFields({"non_field_errors": ["The last administrator stays one"]})


USERS = Resource(
    "apps.accounts.models:User",
    fields(
        "username email user_level is_active first_name last_name custom_properties stream_limit "
        "date_joined last_login"
    ),
    read_only=("date_joined", "last_login"),
    also=("password", "channel_profiles"),
    search=("username", "email"),
    order=("username",),
    level=ADMIN,
    more=_profiles_of,
    save=_save_user,
    check_delete=_keep_one_administrator,
)


def _own(call: Call) -> Any:
    """:raises Refused: 404, the visitor is one of the host's own accounts."""
    row = USERS.table.objects.filter(pk=call.visitor.id).first()
    if row is None:
        raise Refused("Your account is the host's, not one of Dispatcharr's users", 404)
    return row


def _me(call: Call) -> Response:
    if call.visitor.id == 0 and call.method == "GET":
        return JSONResponse(
            {
                "id": 0,
                "username": call.visitor.name,
                "user_level": call.visitor.level,
                "is_active": True,
                "api_key": "",
                "channel_profiles": [],
                "custom_properties": {},
            }
        )
    row = _own(call)
    if call.method == "PATCH":
        said = call.json()
        allowed = {"email", "first_name", "last_name", "password", "custom_properties"}
        if set(said) - allowed and not row.is_admin:
            raise too_low()
        USERS.change(call, row, said)
    return JSONResponse({**USERS.shown([row])[0], "api_key": row.api_key or ""})


def _whose(call: Call) -> Any:
    """The user whose key it is about: an administrator may name another by ``user_id``."""
    wanted = call.json().get("user_id")
    if wanted is None or wanted == call.visitor.id:
        return _own(call)
    if call.visitor.level < ADMIN:
        raise too_low()
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise BadFields({"user_id": ["The id of a user is expected"]})
    return USERS.row(call, wanted)


def _make_key(call: Call) -> Response:
    row = _whose(call)
    row.api_key = secrets.token_urlsafe(32)
    row.save(update_fields=["api_key"])
    return JSONResponse({"key": row.api_key, "api_key": row.api_key, "user": row.pk})


def _revoke_key(call: Call) -> Response:
    row = _whose(call)
    row.api_key = None
    row.save(update_fields=["api_key"])
    return JSONResponse({"success": True})
