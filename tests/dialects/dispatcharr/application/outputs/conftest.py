from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment


@dataclass
class Lineup:
    """Four channels: one with everything, one bare, one hidden, one for administrators."""

    full: Any
    bare: Any
    hidden: Any
    high: Any
    now: datetime


@pytest.fixture
def rows(django_env: Environment) -> Lineup:
    from apps.channels.models import Channel, ChannelGroup, ChannelStream, Logo, Stream
    from apps.epg.models import EPGData, EPGSource, ProgramData

    news = ChannelGroup.objects.create(name='News & "more"')
    logo = Logo.objects.create(name="one", url="http://logos.example/one.png")
    source = EPGSource.objects.create(name="guide", source_type="xmltv", is_active=False)
    epg = EPGData.objects.create(tvg_id="one.tv", name="One", epg_source=source)
    full = Channel.objects.create(
        name='One "HD" <&>',
        channel_number=1,
        channel_group=news,
        logo=logo,
        tvg_id="one.own",
        tvc_guide_stationid="12345",
        epg_data=epg,
    )
    stream = Stream.objects.create(name="one", url="http://provider.example/1.ts")
    other = Stream.objects.create(name="one b", url="http://provider.example/2.ts")
    ChannelStream.objects.create(channel=full, stream=other, order=1)
    ChannelStream.objects.create(channel=full, stream=stream, order=0)
    now = datetime.now(UTC).replace(microsecond=0)
    for hour in range(-30, 60, 2):
        start = now + timedelta(hours=hour)
        ProgramData.objects.create(
            epg=epg,
            start_time=start,
            end_time=start + timedelta(hours=2),
            title=f"Show {hour} <&>",
            description='Süß & "saftig"',
            tvg_id="one.tv",
            custom_properties={"season": 2, "episode": 5, "categories": ["News", "A&B"]},
        )
    return Lineup(
        full=full,
        bare=Channel.objects.create(name="Bare", channel_number=2.5),
        hidden=Channel.objects.create(name="Hidden", channel_number=3, hidden_from_output=True),
        high=Channel.objects.create(name="High", channel_number=4, user_level=10),
        now=now,
    )
