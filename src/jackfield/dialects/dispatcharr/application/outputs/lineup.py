"""Which channels somebody gets, in which order, under which guide id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from jackfield.dialects.dispatcharr.application.failures import no_such

GuideId = Literal["channel_number", "tvg_id", "gracenote"]
GUIDE_IDS: tuple[str, ...] = get_args(GuideId)

_FIELDS = (
    "pk",
    "uuid",
    "channel_number",
    "name",
    "tvg_id",
    "tvc_guide_stationid",
    "channel_group_id",
    "channel_group__name",
    "logo_id",
    "logo__url",
    "epg_data_id",
    "epg_data__tvg_id",
    "epg_data__epg_source_id",
    "epg_data__epg_source__source_type",
    "is_adult",
    "is_catchup",
    "catchup_days",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One channel of a lineup; the fields are those of the row and of what it points to."""

    pk: int
    uuid: Any
    channel_number: float | None
    name: str
    own_tvg_id: str | None
    station_id: str | None
    group_id: int | None
    group: str | None
    logo_id: int | None
    logo_url: str | None
    epg_id: int | None
    epg_tvg_id: str | None
    source_id: int | None
    source_type: str | None
    is_adult: bool
    is_catchup: bool
    catchup_days: int
    created_at: Any

    @property
    def number(self) -> str:
        """``5``, ``5.1``, or empty."""
        return number_text(self.channel_number)

    def guide_id(self, source: str) -> str:
        """What ties playlist and guide together; never empty, the same in both.

        :param source: one of :data:`GUIDE_IDS`. A channel that lacks what is asked for goes by
            its number, or else by its id.
        """
        if source == "tvg_id" and (self.own_tvg_id or self.epg_tvg_id):
            return str(self.own_tvg_id or self.epg_tvg_id)
        if source == "gracenote" and self.station_id:
            return self.station_id
        return self.number or f"channel-{self.pk}"


def number_text(number: float | None) -> str:
    """A channel's number as people write it."""
    if number is None:
        return ""
    return str(int(number)) if number == int(number) else f"{number:g}"


def lineup(
    *, profile: str | None = None, level: int = 0, user: Any = None, only: int | None = None
) -> list[Listed]:
    """The channels for players, by number and name.

    Hidden channels and those above *level* are left out. A profile leaves its enabled members; a
    user who is no administrator and has profiles sees what any of them has.

    :param only: the primary key of one channel, when the others do not matter.
    :raises Refused: 404, there is no such profile.
    """
    from apps.channels.models import Channel

    rows = Channel.objects.filter(hidden_from_output=False, user_level__lte=level)
    if only is not None:
        rows = rows.filter(pk=only)
    if profile is not None:
        rows = rows.filter(pk__in=_members(profile))
    if user is not None and not user.is_admin:
        chosen = list(user.channel_profiles.values_list("pk", flat=True))
        if chosen:
            rows = rows.filter(pk__in=_in_profiles(chosen))
        if (user.custom_properties or {}).get("hide_adult_content"):
            rows = rows.filter(is_adult=False)
    listed = [Listed(*values) for values in rows.values_list(*_FIELDS)]
    listed.sort(key=_place)
    return listed


def _place(channel: Listed) -> tuple[bool, float, str, int]:
    number = channel.channel_number
    return (number is None, number or 0.0, channel.name, channel.pk)


def _members(profile: str) -> Any:
    from apps.channels.models import ChannelProfile

    row = ChannelProfile.objects.filter(name=profile).first()
    if row is None:
        raise no_such(f"Channel profile {profile!r}")
    return _in_profiles([row.pk])


def _in_profiles(profiles: Iterable[int]) -> Any:
    from apps.channels.models import ChannelProfileMembership

    members = ChannelProfileMembership.objects.filter(channel_profile__in=profiles, enabled=True)
    return members.values("channel_id")
