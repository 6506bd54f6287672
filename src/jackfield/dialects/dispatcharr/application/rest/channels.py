"""``/api/channels/…``: channels, groups, streams, logos, profiles, recordings."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN, STANDARD
from jackfield.dialects.dispatcharr.application.failures import BadFields, no_such
from jackfield.dialects.dispatcharr.application.rest.resource import Resource, fields, keys_of


def channel_routes() -> list[BaseRoute]:
    base = "/api/channels"
    write = {"methods": ["POST"], "level": ADMIN}
    return [
        route(f"{base}/channels/ids/", _ids_of(CHANNELS), level=STANDARD),
        route(f"{base}/summary/", _summary, level=STANDARD),
        route(f"{base}/channels/summary/", _summary, level=STANDARD),
        route(f"{base}/channels/from-stream/", _from_stream, **write),  # type: ignore[arg-type]
        route(f"{base}/channels/from-stream/bulk/", _from_streams, **write),  # type: ignore[arg-type]
        route(f"{base}/channels/assign/", _assign, **write),  # type: ignore[arg-type]
        route(
            f"{base}/channels/bulk-delete/",
            _delete_many(CHANNELS, "channel_ids"),
            methods=["DELETE", "POST"],
            level=ADMIN,
        ),
        route(f"{base}/channels/edit/bulk/", _edit_many, methods=["PATCH", "POST"], level=ADMIN),
        route(f"{base}/channels/{{id:int}}/streams/", _streams_of, level=STANDARD),
        route(f"{base}/channels/{{id:int}}/set-epg/", _set_epg, methods=["POST"], level=ADMIN),
        route(f"{base}/streams/ids/", _ids_of(STREAMS), level=STANDARD),
        route(f"{base}/streams/groups/", _stream_groups, level=STANDARD),
        route(
            f"{base}/streams/bulk-delete/",
            _delete_many(STREAMS, "stream_ids"),
            methods=["DELETE", "POST"],
            level=ADMIN,
        ),
        route(
            f"{base}/profiles/{{id:int}}/channels/bulk-update/",
            _members,
            methods=["PATCH", "POST"],
            level=ADMIN,
        ),
        route(
            f"{base}/profiles/{{id:int}}/channels/{{channel:int}}/",
            _member,
            methods=["PATCH"],
            level=ADMIN,
        ),
        *CHANNELS.routes(f"{base}/channels/"),
        *GROUPS.routes(f"{base}/groups/"),
        *STREAMS.routes(f"{base}/streams/"),
        *LOGOS.routes(f"{base}/logos/"),
        *PROFILES.routes(f"{base}/profiles/"),
        *RECORDINGS.routes(f"{base}/recordings/"),
    ]


# Channels ----------------------------------------------------------------------------------------


def _streams_by_channel(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.channels.models import ChannelStream

    more: dict[Any, dict[str, Any]] = {
        row.pk: {"streams": [], "effective_epg_data_id": row.epg_data_id} for row in rows
    }
    links = ChannelStream.objects.order_by("channel_id", "order", "pk")
    if len(rows) <= 500:
        links = links.filter(channel_id__in=list(more))
    for channel, stream in links.values_list("channel_id", "stream_id"):
        if channel in more:
            more[channel]["streams"].append(stream)
    return more


def _save_channel(row: Any, also: dict[str, Any], changed: set[str], _call: Call) -> None:
    from apps.channels.models import Channel

    new = row.pk is None
    if new and row.channel_number is None:
        row.channel_number = Channel.get_next_available_channel_number()
    streams = _known_streams(also["streams"]) if "streams" in also else None
    # Named, so that the guide of a channel that gets one is read (dispatcharr spec 5.2).
    row.save(update_fields=None if new else [*changed, "updated_at"])
    if streams is not None:
        set_streams(row, streams)
    if new:
        _into_profiles([row.pk], also.get("channel_profile_ids"))


def _known_streams(said: Any) -> list[int]:
    from apps.channels.models import Stream

    good = isinstance(said, list) and all(
        isinstance(key, int) and not isinstance(key, bool) for key in said
    )
    if not good:
        raise BadFields({"streams": ["A list of streams' ids is expected"]})
    wanted = list(dict.fromkeys(said))
    known = set(Stream.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    missing = [key for key in wanted if key not in known]
    if missing:
        raise BadFields({"streams": [f"There is no stream with the id {missing[0]}"]})
    return wanted


def set_streams(channel: Any, streams: list[int]) -> None:
    """Give *channel* these streams, in this order, and no others."""
    from apps.channels.models import ChannelStream

    present = {link.stream_id: link for link in ChannelStream.objects.filter(channel=channel)}
    for key, link in present.items():
        if key not in streams:
            link.delete()
    for order, key in enumerate(streams):
        link = present.get(key)
        if link is None:
            ChannelStream.objects.create(channel=channel, stream_id=key, order=order)
        elif link.order != order:
            link.order = order
            link.save(update_fields=["order"])


def _into_profiles(channels: list[int], profiles: Any) -> None:
    """New channels are members of every profile, or of those that were named."""
    from apps.channels.models import ChannelProfile, ChannelProfileMembership

    rows = ChannelProfile.objects.all()
    if isinstance(profiles, list):
        keys = [key for key in profiles if isinstance(key, int) and not isinstance(key, bool)]
        rows = rows.filter(pk__in=keys)
    ChannelProfileMembership.objects.bulk_create(
        [
            ChannelProfileMembership(channel_profile=profile, channel_id=channel, enabled=True)
            for profile in rows
            for channel in channels
        ],
        ignore_conflicts=True,
    )


CHANNELS = Resource(
    "apps.channels.models:Channel",
    fields(
        "channel_number name channel_group_id tvg_id tvc_guide_stationid epg_data_id "
        "stream_profile_id uuid logo_id user_level is_adult auto_created auto_created_by "
        "is_catchup catchup_days hidden_from_output created_at updated_at",
        auto_created_by="auto_created_by_id",
    ),
    read_only=("uuid", "auto_created", "auto_created_by", "created_at", "updated_at"),
    also=("streams", "channel_profile_ids"),
    search=("name", "channel_group__name"),
    filters={
        "name": "name__icontains",
        "channel_group": "channel_group__name__in",
        "channel_group_id": "channel_group_id",
        "tvg_id": "tvg_id",
        "epg_data_id": "epg_data_id",
        "auto_created": "auto_created",
        "channel_profile_id": "channelprofilemembership__channel_profile_id",
        "ids": "pk__in",
    },
    order=("channel_number", "name"),
    more=_streams_by_channel,
    save=_save_channel,
)


def _ids_of(resource: Resource) -> Any:
    def ids(call: Call) -> Response:
        return JSONResponse(list(resource.filtered(call).values_list("pk", flat=True)))

    return ids


def _summary(call: Call) -> Response:
    names = ("pk", "uuid", "channel_number", "name", "logo_id", "channel_group_id", "epg_data_id")
    rows = CHANNELS.filtered(call).values_list(*names)
    return JSONResponse(
        [
            {"id": pk, "uuid": str(uuid), **dict(zip(names[2:], rest, strict=True))}
            for pk, uuid, *rest in rows
        ]
    )


def _delete_many(resource: Resource, name: str) -> Any:
    def delete(call: Call) -> Response:
        keys = keys_of(call, name)
        rows = resource.table.objects.filter(pk__in=keys)
        count = rows.count()
        rows.delete()
        return JSONResponse({"message": f"{count} deleted", "deleted": count})

    return delete


def _streams_of(call: Call) -> Response:
    from apps.channels.models import ChannelStream

    channel = CHANNELS.row(call, call.args["id"])
    links = ChannelStream.objects.filter(channel=channel).order_by("order", "pk")
    return JSONResponse(STREAMS.shown([link.stream for link in links.select_related("stream")]))


def _from_stream(call: Call) -> Response:
    from apps.channels.models import Stream

    said = call.json()
    stream = said.get("stream_id")
    if not isinstance(stream, int) or isinstance(stream, bool):
        raise BadFields({"stream_id": ["The id of a stream is expected"]})
    row = Stream.objects.filter(pk=stream).first()
    if row is None:
        raise no_such(f"Stream {stream}")
    channel = CHANNELS.create(call, {**channel_values(row), **said, "streams": [row.pk]})
    return JSONResponse(CHANNELS.shown([channel])[0], 201)


def _from_streams(call: Call) -> Response:
    from apps.channels.models import Stream
    from django.db import transaction

    rows = Stream.objects.in_bulk(keys_of(call, "stream_ids", most=5000))
    profiles = call.json().get("channel_profile_ids")
    made = []
    with transaction.atomic():
        for key in keys_of(call, "stream_ids"):
            if key in rows:
                values = {**channel_values(rows[key]), "streams": [key]}
                made.append(CHANNELS.create(call, {**values, "channel_profile_ids": profiles}))
    return JSONResponse({"created": len(made), "channels": CHANNELS.shown(made)}, 201)


def channel_values(stream: Any) -> dict[str, Any]:
    """What a channel made of *stream* starts with: its name, number, group, guide id and logo."""
    from apps.channels.models import Logo

    values: dict[str, Any] = {"name": stream.name, "tvg_id": stream.tvg_id or ""}
    if stream.channel_group_id:
        values["channel_group_id"] = stream.channel_group_id
    if stream.stream_chno is not None:
        values["channel_number"] = stream.stream_chno
    if stream.logo_url:
        logo, _ = Logo.objects.get_or_create(
            url=stream.logo_url, defaults={"name": stream.name[:255]}
        )
        values["logo_id"] = logo.pk
    station = (stream.custom_properties or {}).get("tvc-guide-stationid")
    if isinstance(station, str):
        values["tvc_guide_stationid"] = station[:255]
    return values


def _assign(call: Call) -> Response:
    """Number channels in the order in which they are named."""
    from apps.channels.models import Channel
    from django.db import transaction

    keys = keys_of(call, "channel_ids")
    start = call.json().get("starting_number", 1)
    if isinstance(start, bool) or not isinstance(start, int | float) or not 0 <= start < 1e9:
        raise BadFields({"starting_number": ["A number from 0 is expected"]})
    with transaction.atomic():
        for step, key in enumerate(keys):
            Channel.objects.filter(pk=key).update(channel_number=start + step)
    return JSONResponse({"message": f"{len(keys)} channels numbered"})


def _edit_many(call: Call) -> Response:
    """``[{"id": …, changes}]``: all of it, or nothing."""
    from django.db import transaction

    said = call.json_value() if call.body else None
    if isinstance(said, dict):
        said = said.get("channels")
    if not isinstance(said, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), int) for one in said
    ):
        raise BadFields({"non_field_errors": ["A list of objects with an id each is expected"]})
    with transaction.atomic():
        rows = [CHANNELS.change(call, CHANNELS.row(call, one["id"]), one) for one in said]
    return JSONResponse(
        {"message": f"{len(rows)} channels changed", "channels": CHANNELS.shown(rows)}
    )


def _set_epg(call: Call) -> Response:
    row = CHANNELS.row(call, call.args["id"])
    CHANNELS.change(call, row, {"epg_data_id": call.json().get("epg_data_id")})
    return JSONResponse({"message": "EPG set", "channel": CHANNELS.shown([row])[0]})


# Groups, streams, logos --------------------------------------------------------------------------


def _group_counts(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.channels.models import Channel, ChannelGroupM3UAccount
    from django.db.models import Count

    counts = dict(
        Channel.objects.filter(channel_group__isnull=False)
        .values_list("channel_group")
        .annotate(Count("pk"))
    )
    accounts: dict[int, list[int]] = {}
    pairs = ChannelGroupM3UAccount.objects.values_list("channel_group_id", "m3u_account_id")
    for group, account in pairs:
        accounts.setdefault(group, []).append(account)
    return {
        row.pk: {
            "channel_count": counts.get(row.pk, 0),
            "m3u_account_count": len(accounts.get(row.pk, [])),
            "m3u_accounts": accounts.get(row.pk, []),
        }
        for row in rows
    }


GROUPS = Resource(
    "apps.channels.models:ChannelGroup",
    fields("name"),
    search=("name",),
    order=("name",),
    more=_group_counts,
)

STREAMS = Resource(
    "apps.channels.models:Stream",
    fields(
        "name url m3u_account logo_url tvg_id current_viewers updated_at channel_group "
        "stream_profile_id is_custom stream_hash last_seen is_stale is_adult custom_properties "
        "stream_id stream_chno stream_stats stream_stats_updated_at is_catchup catchup_days",
        m3u_account="m3u_account_id",
        channel_group="channel_group_id",
    ),
    read_only=(
        "current_viewers",
        "updated_at",
        "stream_hash",
        "last_seen",
        "is_stale",
        "is_custom",
    ),
    search=("name", "channel_group__name"),
    filters={
        "name": "name__icontains",
        "m3u_account": "m3u_account_id__in",
        "m3u_account_name": "m3u_account__name",
        "channel_group": "channel_group_id",
        "channel_group_name": "channel_group__name__in",
        "tvg_id": "tvg_id",
        "is_stale": "is_stale",
        "unassigned": "channels__isnull",
        "ids": "pk__in",
    },
    order=("name",),
    paged=True,
)


def _stream_groups(_call: Call) -> Response:
    from apps.channels.models import Stream

    names = Stream.objects.filter(channel_group__isnull=False)
    names = names.values_list("channel_group__name", flat=True).distinct()
    return JSONResponse(sorted(names))


def _logo_uses(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.channels.models import Channel

    used: dict[int, list[str]] = {}
    channels = Channel.objects.filter(logo_id__in=[row.pk for row in rows][:5000])
    for logo, name in channels.values_list("logo_id", "name"):
        used.setdefault(logo, []).append(name)
    return {
        row.pk: {
            "cache_url": f"/api/channels/logos/{row.pk}/cache/",
            "channel_count": len(used.get(row.pk, [])),
            "is_used": row.pk in used,
            "channel_names": used.get(row.pk, [])[:5],
        }
        for row in rows
    }


LOGOS = Resource(
    "apps.channels.models:Logo",
    fields("name url"),
    search=("name", "url"),
    filters={"name": "name__icontains", "ids": "pk__in"},
    order=("name",),
    more=_logo_uses,
)


# Profiles and recordings -------------------------------------------------------------------------


def _profile_members(rows: list[Any]) -> dict[Any, dict[str, Any]]:
    from apps.channels.models import ChannelProfileMembership

    more: dict[Any, dict[str, Any]] = {row.pk: {"channels": []} for row in rows}
    members = ChannelProfileMembership.objects.filter(channel_profile__in=rows, enabled=True)
    for profile, channel in members.values_list("channel_profile_id", "channel_id"):
        more[profile]["channels"].append(channel)
    return more


PROFILES = Resource(
    "apps.channels.models:ChannelProfile",
    fields("name"),
    search=("name",),
    order=("name",),
    more=_profile_members,
)


def _set_member(profile: Any, channel: Any, enabled: Any) -> None:
    from apps.channels.models import Channel, ChannelProfileMembership

    if not isinstance(enabled, bool):
        raise BadFields({"enabled": ["true or false is expected"]})
    if not isinstance(channel, int) or not Channel.objects.filter(pk=channel).exists():
        raise no_such(f"Channel {channel}")
    ChannelProfileMembership.objects.update_or_create(
        channel_profile=profile, channel_id=channel, defaults={"enabled": enabled}
    )


def _member(call: Call) -> Response:
    profile = PROFILES.row(call, call.args["id"])
    enabled = call.json().get("enabled")
    _set_member(profile, call.args["channel"], enabled)
    return JSONResponse({"channel": call.args["channel"], "enabled": enabled})


def _members(call: Call) -> Response:
    from django.db import transaction

    profile = PROFILES.row(call, call.args["id"])
    said = call.json().get("channels")
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise BadFields({"channels": ["A list of {channel_id, enabled} is expected"]})
    with transaction.atomic():
        for one in said:
            _set_member(profile, one.get("channel_id"), one.get("enabled"))
    return JSONResponse({"status": "success", "updated": len(said), "invalid_channels": []})


def _save_recording(row: Any, _also: dict[str, Any], _changed: set[str], _call: Call) -> None:
    if row.end_time <= row.start_time:
        raise BadFields({"end_time": ["The end must be after the start"]})
    row.save()


RECORDINGS = Resource(
    "apps.channels.models:Recording",
    fields("channel start_time end_time task_id custom_properties", channel="channel_id"),
    read_only=("task_id",),
    filters={"channel": "channel_id"},
    order=("-start_time",),
    save=_save_recording,
)
