"""``/api/core/…``: settings, user agents, profiles, events, notifications, version."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN, STANDARD
from jackfield.dialects.dispatcharr.application.rest.resource import Resource, fields


def core_routes() -> list[BaseRoute]:
    base = "/api/core"
    return [
        route(f"{base}/version/", _version),
        route(f"{base}/settings/env/", _env, level=STANDARD),
        *SETTINGS.routes(f"{base}/settings/"),
        *USER_AGENTS.routes(f"{base}/useragents/"),
        *STREAM_PROFILES.routes(f"{base}/streamprofiles/"),
        *OUTPUT_PROFILES.routes(f"{base}/outputprofiles/"),
        route(f"{base}/system-events/", _events, level=STANDARD),
        *NOTIFICATIONS.routes(f"{base}/notifications/"),
    ]


def _version(_call: Call) -> Response:
    from version import __version__

    return JSONResponse({"version": __version__, "timestamp": None})


def _env(call: Call) -> Response:
    return JSONResponse(
        {
            "authenticated": True,
            "public_ip": None,
            "local_ip": None,
            "country_code": None,
            "country_name": None,
            "env_mode": "prod",
            "base_url": call.visitor.base,
        }
    )


SETTINGS = Resource(
    "core.models:CoreSettings",
    fields("key name value"),
    search=("key", "name"),
    filters={"key": "key"},
    order=("key",),
)

USER_AGENTS = Resource(
    "core.models:UserAgent",
    fields("name user_agent description is_active created_at updated_at"),
    read_only=("created_at", "updated_at"),
    search=("name", "user_agent"),
    order=("name",),
)

STREAM_PROFILES = Resource(
    "core.models:StreamProfile",
    fields("name command parameters locked is_active user_agent", user_agent="user_agent_id"),
    read_only=("locked",),
    search=("name",),
    order=("name",),
)

OUTPUT_PROFILES = Resource(
    "core.models:OutputProfile",
    fields("name command parameters locked is_active"),
    read_only=("locked",),
    search=("name",),
    order=("name",),
)

EVENTS = Resource(
    "core.models:SystemEvent",
    fields("event_type timestamp channel_id channel_name details"),
    search=("event_type", "channel_name"),
    filters={"event_type": "event_type", "channel_id": "channel_id"},
    order=("-timestamp",),
    verbs=("GET",),
)


def _events(call: Call) -> Response:
    """The newest ones: ``limit`` of them, from ``offset`` on."""
    rows = EVENTS.filtered(call)
    limit, offset = _up_to(call, "limit", 100, 1000), _up_to(call, "offset", 0, 100_000)
    total = rows.count()
    shown = EVENTS.shown(list(rows[offset : offset + limit]))
    return JSONResponse({"events": shown, "count": len(shown), "total": total, "offset": offset})


def _up_to(call: Call, name: str, otherwise: int, most: int) -> int:
    text = call.query.get(name, "")
    return min(int(text[:9]), most) if text.isascii() and text.isdigit() else otherwise


def _for_them(rows: Any, call: Call) -> Any:
    return rows if call.visitor.level >= ADMIN else rows.filter(admin_only=False)


NOTIFICATIONS = Resource(
    "core.models:SystemNotification",
    fields(
        "notification_key notification_type priority source title message action_data is_active "
        "admin_only expires_at created_at"
    ),
    read_only=("created_at",),
    search=("title", "message"),
    filters={"is_active": "is_active"},
    order=("-created_at",),
    narrow=_for_them,
)
