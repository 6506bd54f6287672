from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from application_site import Site
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused
from jackfield.dialects.dispatcharr.application.stream.catchup import find_catchup, start_of
from provider_of_streams import Behaviour, Provider, numbers

WHEN = datetime(2026, 3, 14, 19, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-03-14:19-15", "2026-03-14_19-15", "2026-03-14:19-15-00"])
def test_starts(text: str) -> None:
    assert start_of(text) == WHEN


@pytest.mark.parametrize("text", ["", "now", "2026-13-40:99-99", "2026-03-14:19-15/../x", "١" * 16])
def test_what_is_no_start(text: str) -> None:
    with pytest.raises(BadFields, match="start"):
        start_of(text)


@pytest.fixture
def channel(site: Site, provider: Provider) -> Any:
    from apps.accounts.models import User
    from apps.channels.models import Channel, ChannelStream, Stream
    from apps.m3u.models import M3UAccount

    User.objects.create_user("tv", custom_properties={"xc_password": "pw"})
    account = M3UAccount.objects.create(
        name="XC", account_type="XC", server_url=provider.url, username="u", password="p"
    )
    row = Channel.objects.create(name="News", is_catchup=True, catchup_days=3)
    stream = Stream.objects.create(
        name="News", url="http://x", m3u_account=account, stream_id=42, is_catchup=True
    )
    ChannelStream.objects.create(channel=row, stream=stream, order=0)
    return row


def test_the_provider_is_asked_in_its_own_time(channel: Any, provider: Provider) -> None:
    from apps.m3u.models import M3UAccountProfile

    (source,) = find_catchup(channel, WHEN, 90).sources
    assert source.url == f"{provider.url}/timeshift/u/p/90/2026-03-14:19-15/42.ts"
    for zone, expected in (("Europe/Berlin", "20-15"), ("No/Where", "19-15"), (5, "19-15")):
        M3UAccountProfile.objects.filter(m3u_account__name="XC").update(
            custom_properties={"server_info": {"timezone": zone}}
        )
        (source,) = find_catchup(channel, WHEN, 90).sources
        assert f"2026-03-14:{expected}" in source.url


def test_playing_what_was(site: Site, channel: Any, provider: Provider) -> None:
    provider.paths["/timeshift/u/p/60/2026-03-14:19-15/42.ts"] = Behaviour(packets=200)
    path = f"/timeshift/tv/pw/60/2026-03-14:19-15/{channel.pk}.ts"
    answer = site.get(path)
    assert answer.status_code == 200 and len(numbers(answer.content)) == 200
    assert site.get(path.replace("/pw/", "/no/")).status_code == 401
    assert site.get(path.replace("19-15", "late")).status_code == 400
    assert site.get(path.replace("/60/", "/99999/")).status_code == 400
    assert site.get("/timeshift/tv/pw/60/2026-03-14:19-15/999.ts").status_code == 404


def test_without_an_archive_there_is_none(channel: Any) -> None:
    channel.streams.update(is_catchup=False)
    with pytest.raises(Refused, match="archive"):
        find_catchup(channel, WHEN, 60)
