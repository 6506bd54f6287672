"""Makes channels of streams that somebody chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jackfield.dialects.dispatcharr.iptv.auto_sync import Numbers
from jackfield.dialects.dispatcharr.iptv.stream_row import whole


def channels_from_streams(
    stream_ids: Sequence[int],
    *,
    profile_ids: Sequence[int] | None = None,
    first_number: float | None = None,
) -> list[Any]:
    """One channel for each stream, with its name, group, logo, ``tvg_id`` and guide.

    :param profile_ids: profiles in which the channels are switched on; all without it.
    :param first_number: where numbers are given out from; without it, a stream's own number is
        taken if it is free, else the next free one.
    """
    from apps.channels.models import (
        Channel,
        ChannelProfile,
        ChannelProfileMembership,
        ChannelStream,
        Logo,
        Stream,
    )
    from django.db import transaction

    wanted = None if profile_ids is None else {whole(key) for key in profile_ids}
    made = []
    with transaction.atomic():
        streams = Stream.objects.in_bulk(list(stream_ids))
        numbers = Numbers()
        profiles = list(ChannelProfile.objects.values_list("pk", flat=True))
        for key in stream_ids:
            stream = streams.get(key)
            if stream is None:
                continue
            logo = None
            if stream.logo_url:
                values = {"name": stream.name[:255]}
                logo, _ = Logo.objects.get_or_create(url=stream.logo_url, defaults=values)
            channel = Channel.objects.create(
                channel_number=_number(numbers, stream, first_number),
                name=stream.name,
                tvg_id=stream.tvg_id or None,
                channel_group_id=stream.channel_group_id,
                logo=logo,
                epg_data=_guide_of(stream.tvg_id),
                stream_profile_id=stream.stream_profile_id,
                is_adult=stream.is_adult,
                is_catchup=stream.is_catchup,
                catchup_days=stream.catchup_days,
            )
            ChannelStream.objects.create(channel=channel, stream=stream, order=0)
            ChannelProfileMembership.objects.bulk_create(
                ChannelProfileMembership(
                    channel_profile_id=profile,
                    channel=channel,
                    enabled=wanted is None or profile in wanted,
                )
                for profile in profiles
            )
            made.append(channel)
    return made


def _number(numbers: Numbers, stream: Any, first: float | None) -> float | None:
    own = stream.stream_chno
    if first is None and own is not None and own not in numbers.taken:
        numbers.taken.add(own)
        return float(own)
    return numbers.next(first or 1.0, None)


def _guide_of(tvg_id: str | None) -> Any:
    from apps.epg.models import EPGData

    if not tvg_id:
        return None
    rows = EPGData.objects.filter(tvg_id=tvg_id, epg_source__is_active=True)
    return rows.order_by("-epg_source__priority", "pk").first()
