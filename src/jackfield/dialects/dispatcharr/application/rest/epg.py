"""``/api/epg/…``: guides, their channels and programmes, refreshing them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN, STANDARD
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused
from jackfield.dialects.dispatcharr.application.outputs import dummy
from jackfield.dialects.dispatcharr.application.outputs.lineup import Listed, lineup
from jackfield.dialects.dispatcharr.application.rest.resource import Resource, fields
from jackfield.dialects.dispatcharr.application.rest.tasks import queued
from jackfield.dialects.dispatcharr.application.rest.values import to_json

_PAST = timedelta(hours=1)
_AHEAD = timedelta(hours=24)


def epg_routes() -> list[BaseRoute]:
    base = "/api/epg"
    return [
        *SOURCES.routes(f"{base}/sources/"),
        *GUIDE_CHANNELS.routes(f"{base}/epgdata/"),
        *PROGRAMMES.routes(f"{base}/programs/"),
        route(f"{base}/grid/", _grid, level=STANDARD),
        route(f"{base}/current-programs/", _current, methods=["POST"], level=STANDARD),
        route(f"{base}/import/", _import, methods=["POST"], level=ADMIN),
        route(f"{base}/refresh/", _refresh_all, methods=["POST"], level=ADMIN),
        route(f"{base}/refresh/{{id:int}}/", _refresh_one, methods=["POST"], level=ADMIN),
    ]


def _source_counts(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.epg.models import EPGData
    from django.db.models import Count

    channels = EPGData.objects.filter(epg_source__in=rows).values_list("epg_source")
    counts = dict(channels.annotate(Count("pk")))
    return {row.pk: {"epg_data_count": counts.get(row.pk, 0)} for row in rows}


def _save_source(row: Any, _also: dict[str, Any], changed: set[str], _call: Call) -> None:
    url = row.url
    if "url" in changed and url and not url.lower().startswith(("http://", "https://")):
        raise BadFields({"url": ["An address with http:// or https:// is expected"]})
    if row.source_type == "xmltv" and not row.url and not row.file_path:
        raise BadFields({"url": ["An address or a file_path is needed"]})
    row.save()


SOURCES = Resource(
    "apps.epg.models:EPGSource",
    fields(
        "name source_type url username password api_key is_active file_path refresh_interval "
        "priority custom_properties status last_message created_at updated_at"
    ),
    read_only=("status", "last_message", "created_at", "updated_at"),
    secret=("password", "api_key"),
    search=("name",),
    filters={"is_active": "is_active", "source_type": "source_type"},
    order=("name",),
    more=_source_counts,
    save=_save_source,
)

GUIDE_CHANNELS = Resource(
    "apps.epg.models:EPGData",
    fields("tvg_id name icon_url epg_source", epg_source="epg_source_id"),
    search=("name", "tvg_id"),
    filters={"epg_source": "epg_source_id", "tvg_id": "tvg_id"},
    order=("name",),
    verbs=("GET",),
)


def _programme_details(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    return {row.pk: _from_properties(row.custom_properties) for row in rows}


def _from_properties(said: Any) -> dict[str, Any]:
    said = said if isinstance(said, dict) else {}
    return {
        "season": said.get("season"),
        "episode": said.get("episode"),
        "categories": said.get("categories") or [],
        "is_new": bool(said.get("new")),
        "is_live": bool(said.get("live")),
        "is_premiere": bool(said.get("premiere")),
        "icon": said.get("icon"),
        "images": said.get("images") or [],
    }


PROGRAMMES = Resource(
    "apps.epg.models:ProgramData",
    fields(
        "epg start_time end_time title sub_title description tvg_id program_id custom_properties",
        epg="epg_id",
    ),
    search=("title",),
    filters={
        "epg": "epg_id",
        "tvg_id": "tvg_id",
        "channel": "epg__channels",
        "start_time__gte": "start_time__gte",
        "start_time__lt": "start_time__lt",
        "end_time__gt": "end_time__gt",
    },
    order=("start_time",),
    paged=True,
    verbs=("GET",),
    more=_programme_details,
)


# What runs ---------------------------------------------------------------------------------------


def _grid(call: Call) -> Response:
    """Everything from an hour ago to a day ahead, of all channels."""
    now = datetime.now(UTC)
    channels = lineup(level=call.visitor.watches_up_to)
    return JSONResponse({"data": programmes_between(channels, now - _PAST, now + _AHEAD)})


def _current(call: Call) -> Response:
    """What runs now, of all channels or of ``channel_uuids`` or ``channel_ids``."""
    said = call.json()
    channels = lineup(level=call.visitor.watches_up_to)
    for name, attribute in (("channel_uuids", "uuid"), ("channel_ids", "pk")):
        wanted = said.get(name)
        if wanted is None:
            continue
        if not isinstance(wanted, list):
            raise BadFields({name: ["A list is expected"]})
        texts = {str(one) for one in wanted}
        channels = [c for c in channels if str(getattr(c, attribute)) in texts]
    now = datetime.now(UTC)
    return JSONResponse(programmes_between(channels, now, now + timedelta(microseconds=1)))


def programmes_between(
    channels: list[Listed], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Programmes that run at some time from *since* to *until*, made-up ones included.

    ``channel`` is the channel's primary key, ``tvg_id`` what ties it to its guide.
    """
    from apps.epg.models import ProgramData

    by_guide: dict[int, list[Listed]] = {}
    for channel in channels:
        by_guide.setdefault(channel.epg_id or 0, []).append(channel)
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    rows = ProgramData.objects.filter(end_time__gt=since, start_time__lt=until)
    names = ("pk", "epg_id", "start_time", "end_time", "title", "sub_title", "description")
    rows = rows.order_by("epg_id", "start_time")
    for pk, epg, start, end, title, sub_title, description, tvg_id, properties in rows.values_list(
        *names, "tvg_id", "custom_properties"
    ):
        seen.add(epg)
        found += [
            {
                "id": pk,
                **_times(start, end, title, sub_title, description),
                "tvg_id": tvg_id or channel.epg_tvg_id,
                "channel": channel.pk,
                "channel_uuid": str(channel.uuid),
                **_from_properties(properties),
            }
            for channel in by_guide.get(epg, ())
        ]
    made_up = dummy.Sources()
    for channel in channels:
        if channel.epg_id in seen or not (channel.epg_id is None or channel.source_type == "dummy"):
            continue
        for number, row in enumerate(made_up.programmes(channel, since, until)):
            start, end, title, sub_title, description, properties = row
            found.append(
                {
                    "id": f"dummy-{channel.pk}-{number}",
                    **_times(start, end, title, sub_title, description),
                    "tvg_id": channel.epg_tvg_id or channel.own_tvg_id or str(channel.uuid),
                    "channel": channel.pk,
                    "channel_uuid": str(channel.uuid),
                    **_from_properties(properties),
                }
            )
    return found


def _times(
    start: datetime, end: datetime, title: str, sub_title: str | None, description: str | None
) -> dict[str, Any]:
    return {
        "start_time": to_json(start),
        "end_time": to_json(end),
        "title": title,
        "sub_title": sub_title,
        "description": description or "",
    }


# Refreshing --------------------------------------------------------------------------------------


def _import(call: Call) -> Response:
    """``{"id": …}``, as the original's buttons send it."""
    key = call.json().get("id")
    if not isinstance(key, int) or isinstance(key, bool):
        raise BadFields({"id": ["The id of an EPG source is expected"]})
    return _refresh(call, key)


def _refresh_one(call: Call) -> Response:
    return _refresh(call, call.args["id"])


def _refresh(call: Call, key: int) -> Response:
    source = SOURCES.row(call, key)
    if source.source_type == "dummy":
        raise Refused(f"{source.name} is made up; there is nothing to refresh", 400)
    if not source.is_active:
        raise Refused(f"The EPG source {source.name} is switched off", 400)
    return queued(
        "apps.epg.tasks.refresh_epg_data",
        source.pk,
        message=f"The refresh of {source.name} was queued",
    )


def _refresh_all(_call: Call) -> Response:
    return queued(
        "apps.epg.tasks.refresh_all_epg_data", message="The refresh of all EPG sources was queued"
    )
