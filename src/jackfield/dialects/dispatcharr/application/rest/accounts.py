"""``/api/m3u/…``: accounts, their logins and filters, refreshing them."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused
from jackfield.dialects.dispatcharr.application.rest.resource import Resource, fields
from jackfield.dialects.dispatcharr.application.rest.tasks import queued
from jackfield.dialects.dispatcharr.application.rest.values import Unfit, from_json


def account_routes() -> list[BaseRoute]:
    base = "/api/m3u"
    return [
        *ACCOUNTS.routes(f"{base}/accounts/"),
        *LOGINS.routes(f"{base}/accounts/{{account:int}}/profiles/"),
        *FILTERS.routes(f"{base}/accounts/{{account:int}}/filters/"),
        *SERVER_GROUPS.routes(f"{base}/server-groups/"),
        route(
            f"{base}/accounts/{{id:int}}/group-settings/",
            _group_settings,
            methods=["PATCH", "POST"],
            level=ADMIN,
        ),
        route(f"{base}/refresh/", _refresh_all, methods=["POST"], level=ADMIN),
        route(f"{base}/refresh/{{id:int}}/", _refresh, methods=["POST"], level=ADMIN),
    ]


def _account_more(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.channels.models import ChannelGroupM3UAccount

    more: dict[Any, dict[str, Any]] = {
        row.pk: {"profiles": [], "filters": [], "channel_groups": []} for row in rows
    }
    for name, resource in (("profiles", LOGINS), ("filters", FILTERS)):
        table = resource.table.objects.filter(m3u_account__in=rows)
        found = list(table.order_by(*resource.order))
        for row, shown in zip(found, resource.shown(found), strict=True):
            more[row.m3u_account_id][name].append(shown)
    groups = ChannelGroupM3UAccount.objects.filter(m3u_account__in=rows)
    for link in groups.select_related("channel_group").order_by("channel_group__name"):
        more[link.m3u_account_id]["channel_groups"].append(
            {
                "id": link.pk,
                "channel_group": link.channel_group_id,
                "name": link.channel_group.name,
                "enabled": link.enabled,
                "auto_channel_sync": link.auto_channel_sync,
                "auto_sync_channel_start": link.auto_sync_channel_start,
                "auto_sync_channel_end": link.auto_sync_channel_end,
                "custom_properties": link.custom_properties or {},
                "is_stale": link.is_stale,
            }
        )
    return more


def _save_account(row: Any, _also: dict[str, Any], changed: set[str], _call: Call) -> None:
    if row.locked and row.pk is not None and changed - {"is_active", "max_streams"}:
        raise BadFields({"non_field_errors": [f"The account {row.name} is the host's own"]})
    url = row.server_url
    if "server_url" in changed and url and not url.lower().startswith(("http://", "https://")):
        raise BadFields({"server_url": ["An address with http:// or https:// is expected"]})
    if row.account_type == "XC":
        needed = ("server_url", "username", "password")
        missing = {
            name: ["An Xtream account needs this"] for name in needed if not getattr(row, name)
        }
        if missing:
            raise BadFields(missing)
    elif not row.locked and not row.server_url and not row.file_path:
        raise BadFields({"server_url": ["An address or a file_path is needed"]})
    row.save()


def _keep_locked(row: Any) -> None:
    if row.locked:
        raise Refused(f"The account {row.name} is the host's own and stays", 400)


ACCOUNTS = Resource(
    "apps.m3u.models:M3UAccount",
    fields(
        "name server_url file_path server_group max_streams is_active created_at updated_at status "
        "last_message user_agent locked stream_profile account_type username password "
        "custom_properties refresh_interval stale_stream_days priority",
        server_group="server_group_id",
        user_agent="user_agent_id",
        stream_profile="stream_profile_id",
    ),
    read_only=("created_at", "updated_at", "status", "last_message", "locked"),
    secret=("password",),
    search=("name",),
    filters={"is_active": "is_active", "account_type": "account_type"},
    order=("name",),
    more=_account_more,
    save=_save_account,
    check_delete=_keep_locked,
)


def _keep_default(row: Any) -> None:
    if row.is_default:
        raise Refused(f"The profile {row.name} is its account's default one and stays", 400)


LOGINS = Resource(
    "apps.m3u.models:M3UAccountProfile",
    fields(
        "name is_default max_streams is_active search_pattern replace_pattern current_viewers "
        "custom_properties exp_date"
    ),
    read_only=("is_default", "current_viewers"),
    search=("name",),
    order=("-is_default", "name"),
    parent=("m3u_account_id", "account"),
    check_delete=_keep_default,
)

FILTERS = Resource(
    "apps.m3u.models:M3UFilter",
    fields("filter_type regex_pattern exclude order custom_properties"),
    order=("order",),
    parent=("m3u_account_id", "account"),
)

SERVER_GROUPS = Resource(
    "apps.m3u.models:ServerGroup", fields("name"), search=("name",), order=("name",)
)


def _group_settings(call: Call) -> Response:
    """``{"group_settings": [{channel_group, enabled?, auto_channel_sync?, …}]}``: all of it, or
    nothing."""
    from apps.channels.models import ChannelGroupM3UAccount
    from django.db import transaction

    account = ACCOUNTS.row(call, call.args["id"])
    said = call.json().get("group_settings")
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise BadFields({"group_settings": ["A list of objects is expected"]})
    meta = ChannelGroupM3UAccount._meta  # noqa: SLF001
    names = (
        "enabled",
        "auto_channel_sync",
        "auto_sync_channel_start",
        "auto_sync_channel_end",
        "custom_properties",
    )
    with transaction.atomic():
        for number, one in enumerate(said):
            try:
                group = from_json(meta.get_field("channel_group"), one.get("channel_group"))
                values = {n: from_json(meta.get_field(n), one[n]) for n in names if n in one}
            except Unfit as error:
                raise BadFields({"group_settings": [f"entry {number}: {error}"]}) from None
            ChannelGroupM3UAccount.objects.update_or_create(
                m3u_account=account, channel_group_id=group, defaults=values
            )
    return JSONResponse({"message": f"{len(said)} groups set"})


def _refresh_all(_call: Call) -> Response:
    return queued(
        "apps.m3u.tasks.refresh_m3u_accounts", message="The refresh of all accounts was queued"
    )


def _refresh(call: Call) -> Response:
    account = ACCOUNTS.row(call, call.args["id"])
    if not account.is_active:
        raise Refused(f"The account {account.name} is switched off", 400)
    return queued(
        "apps.m3u.tasks.refresh_single_m3u_account",
        account.pk,
        message=f"The refresh of {account.name} was queued",
    )
