"""The tuner, asked as media servers ask it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from application_site import Site
from jackfield.dialects.dispatcharr.application.outputs.hdhr import checksum
from provider_of_streams import Behaviour, Provider


@pytest.mark.parametrize("base", ["", "/hdhr"])
def test_a_media_server_finds_and_reads_the_tuner(site: Site, rows: Any, base: str) -> None:
    device = site.get(f"{base}/discover.json", prefix="/dispatcharr").json()
    assert device["BaseURL"] == f"{site.url}/dispatcharr{base}"
    assert device["LineupURL"] == f"{device['BaseURL']}/lineup.json"
    assert len(device["DeviceID"]) == 8 and device["TunerCount"] >= 1
    assert site.ask("POST", f"{base}/lineup.post?scan=start").status_code == 200
    status = site.get(f"{base}/lineup_status.json").json()
    assert status["ScanInProgress"] == 0 and status["SourceList"]
    lineup = site.get(f"{base}/lineup.json").json()
    assert [row["GuideNumber"] for row in lineup] == ["1", "2.5"]
    assert lineup[0]["GuideName"] == 'One "HD" <&>'
    assert lineup[0]["URL"] == f"{site.url}/proxy/ts/stream/{rows.full.uuid}"
    guide = etree.fromstring(site.get("/output/epg").content)
    assert {c.get("id") for c in guide.iter("channel")} == {r["GuideNumber"] for r in lineup}
    again = etree.fromstring(site.get(f"{base}/lineup.xml").content)
    assert again.findtext("Program/GuideName") == 'One "HD" <&>'
    assert site.get(f"{base}/lineup.m3u").text.count("#EXTINF") == 2


def test_device_xml_is_a_upnp_device(site: Site) -> None:
    root = etree.fromstring(site.get("/hdhr/device.xml").content)
    space = {"u": "urn:schemas-upnp-org:device-1-0"}
    assert root.findtext("u:URLBase", namespaces=space) == f"{site.url}/hdhr"
    identity = site.get("/hdhr/discover.json").json()["DeviceID"]
    assert root.findtext("u:device/u:serialNumber", namespaces=space) == identity


def test_each_profile_is_a_tuner_of_its_own(site: Site, rows: Any) -> None:
    from apps.channels.models import ChannelProfile, ChannelProfileMembership

    profile = ChannelProfile.objects.create(name="Living room")
    ChannelProfileMembership.objects.filter(channel_profile=profile).exclude(
        channel=rows.bare
    ).update(enabled=False)
    whole = site.get("/hdhr/discover.json").json()
    own = site.get("/hdhr/Living%20room/discover.json").json()
    assert own["DeviceID"] != whole["DeviceID"] and "Living room" in own["FriendlyName"]
    assert own["LineupURL"].endswith("/hdhr/Living%20room/lineup.json")
    path = own["LineupURL"].removeprefix(site.url)
    assert [row["GuideName"] for row in site.get(path).json()] == ["Bare"]
    for name in ("discover.json", "lineup.json", "device.xml"):
        assert site.get(f"/hdhr/nobody/{name}").status_code == 404


def test_tuning_by_number(site: Site, rows: Any, provider: Provider) -> None:
    from apps.channels.models import ChannelStream, Stream

    provider.paths["/a"] = Behaviour()
    stream = Stream.objects.create(name="a", url=provider.url + "/a")
    ChannelStream.objects.create(channel=rows.bare, stream=stream, order=0)
    with site.http.stream("GET", "/auto/v2.5") as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        assert next(pieces)[0] == 0x47
    for name in ("v3", "v4", "v99", "vnan", "five"):  # hidden, above the level, unknown
        assert site.get(f"/auto/{name}").status_code == 404


def test_tuners_are_what_the_accounts_allow(site: Site) -> None:
    from apps.m3u.models import M3UAccount

    for name, streams in (("a", 2), ("b", 3)):
        M3UAccount.objects.create(name=name, server_url="http://x", max_streams=streams)
    M3UAccount.objects.create(name="off", server_url="http://x", max_streams=50, is_active=False)
    assert site.get("/discover.json").json()["TunerCount"] == 5


def test_strangers_find_no_tuner(site: Site) -> None:
    for path in ("/discover.json", "/hdhr/lineup.json", "/hdhr/device.xml", "/auto/v1"):
        assert site.get(path, address="198.51.100.3").status_code == 403


@given(st.integers(0, 2**28 - 1))
def test_the_checksum_is_the_one_that_clients_verify(number: int) -> None:
    table = (0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0)
    whole = number << 4 | checksum(number << 4)
    digits = [whole >> shift & 0xF for shift in range(28, -1, -4)]
    check = 0
    for place, digit in enumerate(digits):
        check ^= digit if place % 2 else table[digit]
    assert check == 0
