from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.channels import channels_from_streams

pytestmark = pytest.mark.usefixtures("django_env")


def stream(name: str, **values: Any) -> Any:
    from apps.channels.models import Stream

    return Stream.objects.create(name=name, url=f"http://h/{name}", **values)


def test_channels_with_what_their_streams_say() -> None:
    from apps.channels.models import ChannelGroup
    from apps.epg.models import EPGData, EPGSource

    source = EPGSource.objects.create(name="g")
    guide = EPGData.objects.create(tvg_id="one", name="One", epg_source=source)
    group = ChannelGroup.objects.create(name="News")
    first = stream("One", tvg_id="one", logo_url="http://l/1", stream_chno=7, channel_group=group)
    second = stream("Two", stream_chno=7)
    one, two = channels_from_streams([first.pk, second.pk, 999])
    assert (one.name, one.channel_number, one.tvg_id) == ("One", 7, "one")
    assert (one.logo.url, one.epg_data, one.channel_group) == ("http://l/1", guide, group)
    assert list(one.streams.all()) == [first]
    assert two.channel_number == 1, "seven is taken"


def test_numbers_from_a_first_one_on() -> None:
    from apps.channels.models import Channel

    Channel.objects.create(name="x", channel_number=11)
    keys = [stream(name, stream_chno=3).pk for name in ("A", "B")]
    made = channels_from_streams(keys, first_number=10)
    assert [channel.channel_number for channel in made] == [10, 12]


def test_profiles() -> None:
    from apps.channels.models import ChannelProfile, ChannelProfileMembership

    one, two = (ChannelProfile.objects.create(name=name) for name in ("one", "two"))
    (channel,) = channels_from_streams([stream("A").pk], profile_ids=[two.pk])
    rows = ChannelProfileMembership.objects.filter(channel=channel)
    assert {row.channel_profile: row.enabled for row in rows} == {one: False, two: True}


def test_the_task(host_beside: Any) -> None:
    from apps.channels.models import Channel
    from apps.channels.tasks import bulk_create_channels_from_streams

    said = bulk_create_channels_from_streams([stream("A").pk], None, 5)
    assert said == "1 channels created"
    assert Channel.objects.get().channel_number == 5
    frame = host_beside.told("websocket")[-1]["data"]
    assert frame == {"type": "channels_created", "count": 1}
