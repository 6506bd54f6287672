"""``/output/m3u`` and ``/output/epg`` over a real socket, read by real parsers."""

from __future__ import annotations

import io
import itertools
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from application_site import Site
from jackfield.dialects.dispatcharr.iptv.m3u import PlaylistReader


def entries(text: bytes) -> list[Any]:
    return list(PlaylistReader(io.BytesIO(text), name="output"))


def test_a_player_reads_the_playlist(site: Site, rows: Any) -> None:
    answer = site.get("/output/m3u", prefix="/dispatcharr")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("audio/x-mpegurl")
    base = f"{site.url}/dispatcharr"
    assert f'url-tvg="{base}/output/epg"' in answer.text.splitlines()[0]
    full, bare = entries(answer.content)
    assert full.attributes == {
        "tvg-id": "1",
        "tvg-name": "One 'HD' <&>",
        "tvg-logo": f"{base}/api/channels/logos/{rows.full.logo_id}/cache/",
        "tvg-chno": "1",
        "tvc-guide-stationid": "12345",
        "group-title": "News & 'more'",
    }
    assert full.display == 'One "HD" <&>'
    assert full.url == f"{base}/proxy/ts/stream/{rows.full.uuid}"
    assert bare.attributes["tvg-id"] == "2.5"
    assert bare.attributes["group-title"] == "Default"


def test_options_of_the_playlist(site: Site, rows: Any) -> None:
    answer = site.get("/output/m3u?direct=true&cachedlogos=false&tvg_id_source=tvg_id")
    full, bare = entries(answer.content)
    assert full.url == "http://provider.example/1.ts"
    assert full.attributes["tvg-id"] == "one.own"
    assert full.attributes["tvg-logo"] == "http://logos.example/one.png"
    assert bare.url.endswith(str(rows.bare.uuid))  # it has no stream of its own
    first = answer.text.splitlines()[0]
    assert "/output/epg?tvg_id_source=tvg_id&cachedlogos=false" in first
    full, bare = entries(site.get("/output/m3u?tvg_id_source=gracenote").content)
    assert (full.attributes["tvg-id"], bare.attributes["tvg-id"]) == ("12345", "2.5")


@pytest.mark.parametrize(
    "query", ["tvg_id_source=nonsense", "direct=maybe", "days=soon", "days=-1", "prev_days=99999"]
)
def test_an_option_that_is_none_is_named(site: Site, query: str) -> None:
    answer = site.get(f"/output/epg?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [query.partition("=")[0]]


def test_playlist_and_guide_have_the_same_ids(site: Site, rows: Any) -> None:
    for option in ("channel_number", "tvg_id", "gracenote"):
        listed = entries(site.get(f"/output/m3u?tvg_id_source={option}").content)
        guide = etree.fromstring(site.get(f"/output/epg?tvg_id_source={option}").content)
        ids = [entry.attributes["tvg-id"] for entry in listed]
        assert [channel.get("id") for channel in guide.iter("channel")] == ids
        assert {programme.get("channel") for programme in guide.iter("programme")} == set(ids)


def test_profiles_and_levels(site: Site, rows: Any) -> None:
    from apps.accounts.models import User
    from apps.channels.models import ChannelProfile, ChannelProfileMembership

    profile = ChannelProfile.objects.create(name="Living room")
    ChannelProfileMembership.objects.filter(channel_profile=profile).delete()
    ChannelProfileMembership.objects.create(channel_profile=profile, channel=rows.bare)
    ChannelProfileMembership.objects.create(
        channel_profile=profile, channel=rows.full, enabled=False
    )
    answer = site.get("/output/m3u/Living%20room")
    assert [entry.display for entry in entries(answer.content)] == ["Bare"]
    assert "/output/epg/Living%20room" in answer.text.splitlines()[0]
    assert site.get("/output/m3u/unknown").status_code == 404
    everything = site.admin("GET", "/output/m3u")
    assert [entry.display for entry in entries(everything.content)][-1] == "High"
    viewer = User.objects.create_user("viewer", user_level=1)
    viewer.channel_profiles.add(profile)
    own = site.get("/output/m3u", user=viewer)
    assert [entry.display for entry in entries(own.content)] == ["Bare"]


def test_the_guide_is_what_the_database_has(site: Site, rows: Any) -> None:
    answer = site.get("/output/epg?prev_days=1&days=1")
    guide = etree.fromstring(answer.content)
    names = [c.findtext("display-name") for c in guide.iter("channel")]
    assert names == ['One "HD" <&>', "Bare"]
    shows = [p for p in guide.iter("programme") if p.get("channel") == "1"]
    titles = [show.findtext("title") for show in shows]
    assert "Show 0 <&>" in titles and "Show -30 <&>" not in titles and "Show 40 <&>" not in titles
    show = shows[titles.index("Show 0 <&>")]
    assert show.get("start") == f"{rows.now:%Y%m%d%H%M%S} +0000"
    assert show.findtext("desc") == 'Süß & "saftig"'
    assert [c.text for c in show.iter("category")] == ["News", "A&B"]
    numbers = {n.get("system"): n.text for n in show.iter("episode-num")}
    assert numbers == {"xmltv_ns": "1.4.", "onscreen": "S02E05"}


def test_a_channel_without_a_guide_gets_made_up_programmes(site: Site, rows: Any) -> None:
    guide = etree.fromstring(site.get("/output/epg?days=1").content)
    made = [p for p in guide.iter("programme") if p.get("channel") == "2.5"]
    assert {p.findtext("title") for p in made} == {"Bare"}
    assert len(made) >= 6
    for before, after in itertools.pairwise(made):
        assert before.get("stop") == after.get("start")


def test_from_elsewhere_only_who_signed_in(site: Site, rows: Any) -> None:
    from core.models import CoreSettings, SystemEvent

    assert site.get("/output/m3u", address="203.0.113.9").status_code == 403
    assert site.get("/output/epg", address="203.0.113.9").status_code == 403
    blocked = SystemEvent.objects.order_by("pk").values_list("event_type", "details__client_ip")
    assert list(blocked) == [("m3u_blocked", "203.0.113.9"), ("epg_blocked", "203.0.113.9")]
    assert site.get("/output/m3u", address="192.168.1.9").status_code == 200
    assert site.get("/output/m3u", address="203.0.113.9", level=0).status_code == 200
    CoreSettings.objects.create(key="network_access", value={"M3U_EPG": "203.0.113.0/24, rubbish"})
    assert site.get("/output/m3u", address="203.0.113.9").status_code == 200
    assert site.get("/output/m3u", address="192.168.1.9").status_code == 403


def test_a_large_guide_streams_and_stops_when_its_reader_leaves(site: Site, rows: Any) -> None:
    from apps.epg.models import ProgramData

    ProgramData.objects.bulk_create(
        ProgramData(
            epg=rows.full.epg_data,
            start_time=rows.now + timedelta(minutes=n),
            end_time=rows.now + timedelta(minutes=n + 1),
            title="x" * 200,
            description="y" * 2000,
        )
        for n in range(2000)
    )
    with site.http.stream("GET", "/output/epg") as answer:
        first = next(answer.iter_bytes())
        assert first.startswith(b"<?xml")
    assert site.get("/output/m3u").status_code == 200
    assert len(list(etree.fromstring(site.get("/output/epg").content).iter("programme"))) > 2000


def test_an_empty_database_gives_empty_documents(site: Site) -> None:
    assert site.get("/output/m3u").text.startswith("#EXTM3U ")
    guide = etree.fromstring(site.get("/output/epg").content)
    assert guide.tag == "tv" and len(guide) == 0
