from __future__ import annotations

from typing import Any

import pytest

from application_site import Site

BASE = "/api/channels"


def make(site: Site, path: str, **values: Any) -> Any:
    answer = site.admin("POST", path, json=values)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_channel_from_birth_to_death(site: Site) -> None:
    group = make(site, f"{BASE}/groups/", name="News")
    one = make(site, f"{BASE}/streams/", name="one", url="http://provider.example/1")
    two = make(site, f"{BASE}/streams/", name="two", url="rtsp://provider.example/2")
    channel = make(
        site,
        f"{BASE}/channels/",
        name="First",
        channel_number=7,
        channel_group_id=group["id"],
        streams=[two["id"], one["id"]],
    )
    assert channel["streams"] == [two["id"], one["id"]]
    assert channel["channel_group_id"] == group["id"] and channel["channel_number"] == 7.0
    path = f"{BASE}/channels/{channel['id']}/"
    assert site.admin("GET", path).json() == channel
    changed = site.admin("PATCH", path, json={"name": "Renamed", "streams": [one["id"]]}).json()
    assert (changed["name"], changed["streams"]) == ("Renamed", [one["id"]])
    assert changed["channel_number"] == 7.0
    (stream,) = site.admin("GET", f"{path}streams/").json()
    assert stream["name"] == "one" and stream["url"] == "http://provider.example/1"
    groups = site.admin("GET", f"{BASE}/groups/").json()
    assert next(g for g in groups if g["name"] == "News")["channel_count"] == 1
    assert site.admin("DELETE", path).status_code == 204
    assert site.admin("GET", path).status_code == 404


def test_the_next_free_number_is_given(site: Site) -> None:
    make(site, f"{BASE}/channels/", name="a", channel_number=1)
    assert make(site, f"{BASE}/channels/", name="b")["channel_number"] == 2.0


def test_lists_come_whole_or_by_page(site: Site) -> None:
    from apps.channels.models import Channel

    Channel.objects.bulk_create(
        Channel(name=f"Channel {n:03}", channel_number=n) for n in range(120)
    )
    everything = site.admin("GET", f"{BASE}/channels/").json()
    assert [c["name"] for c in everything] == [f"Channel {n:03}" for n in range(120)]
    page = site.admin(
        "GET", f"{BASE}/channels/?page=2&page_size=50&ordering=-name", prefix="/dispatcharr"
    ).json()
    assert page["count"] == 120 and len(page["results"]) == 50
    assert page["results"][0]["name"] == "Channel 069"
    assert page["next"].startswith(f"{site.url}/dispatcharr{BASE}/channels/?page=3&page_size=50")
    seen, url = [], f"{BASE}/channels/?page_size=50"
    while url:
        answer = site.admin("GET", url.removeprefix(site.url)).json()
        seen += answer["results"]
        url = answer["next"]
    assert seen == everything
    assert site.admin("GET", f"{BASE}/channels/?page=4&page_size=50").status_code == 404
    assert site.admin("GET", f"{BASE}/channels/ids/?search=01").json()
    assert len(site.admin("GET", f"{BASE}/summary/").json()) == 120


def test_search_and_filters(site: Site) -> None:
    from apps.channels.models import Channel, ChannelGroup

    news = ChannelGroup.objects.create(name="News")
    Channel.objects.create(name="Das Erste", channel_group=news)
    Channel.objects.create(name="Erste Liga", tvg_id="liga")

    def names(query: str) -> list[str]:
        return [c["name"] for c in site.admin("GET", f"{BASE}/channels/?{query}").json()]

    assert names("search=erste+das") == ["Das Erste"]
    assert names("search=news") == ["Das Erste"]
    assert names("tvg_id=liga") == ["Erste Liga"]
    assert names("channel_group=News,Other") == ["Das Erste"]
    assert names("channel_group_id=null") == ["Erste Liga"]
    assert names("auto_created=true") == []
    assert names("search=%00") == ["Das Erste", "Erste Liga"]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, {"name"}),
        ({"name": ""}, {"name"}),
        ({"name": None}, {"name"}),
        ({"name": "x" * 600}, {"name"}),
        ({"name": ["a"]}, {"name"}),
        ({"name": "a\x00b"}, {"name"}),
        ({"name": "a", "channel_number": "seven"}, {"channel_number"}),
        ({"name": "a", "channel_number": "nan"}, {"channel_number"}),
        ({"name": "a", "channel_group_id": 99}, {"channel_group_id"}),
        ({"name": "a", "logo_id": "x", "user_level": 2**40}, {"logo_id", "user_level"}),
        ({"name": "a", "hidden_from_output": "perhaps"}, {"hidden_from_output"}),
        ({"name": "a", "streams": [1, "2"]}, {"streams"}),
        ({"name": "a", "streams": [4711]}, {"streams"}),
    ],
)
def test_what_does_not_fit_is_named_by_field(site: Site, values: Any, wrong: set[str]) -> None:
    from apps.channels.models import Channel

    answer = site.admin("POST", f"{BASE}/channels/", json=values)
    assert answer.status_code == 400
    assert set(answer.json()) == wrong
    assert all(isinstance(said, list) and said for said in answer.json().values())
    assert not Channel.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'"text"', b"[" * 100_000])
def test_a_body_that_is_no_object(site: Site, body: bytes) -> None:
    answer = site.admin("POST", f"{BASE}/channels/", content=body)
    assert answer.status_code == 400 and "non_field_errors" in answer.json()


def test_names_of_groups_are_unique(site: Site) -> None:
    make(site, f"{BASE}/groups/", name="News")
    answer = site.admin("POST", f"{BASE}/groups/", json={"name": "News"})
    assert answer.status_code == 400 and "name" in answer.json()


@pytest.mark.parametrize("query", ["ordering=password", "page=0", "page=x", "page_size=9999999"])
def test_a_query_that_makes_no_sense(site: Site, query: str) -> None:
    answer = site.admin("GET", f"{BASE}/channels/?{query}")
    assert answer.status_code == 400 and list(answer.json()) == [query.partition("=")[0]]


def test_who_may_read_and_write(site: Site) -> None:
    path = f"{BASE}/channels/"
    assert site.get(path).status_code == 401
    assert site.get(path).headers["www-authenticate"] == "Bearer"
    assert site.get(path, level=0).status_code == 403
    assert site.get(path, level=1).status_code == 200
    assert site.ask("POST", path, level=1, json={"name": "a"}).status_code == 403
    assert site.ask("DELETE", f"{path}1/", level=1).status_code == 403
    assert site.admin("PUT", path, json={}).status_code == 405


def test_a_channel_made_of_a_stream(site: Site) -> None:
    from apps.channels.models import Logo, Stream

    stream = Stream.objects.create(
        name="One HD",
        url="http://provider.example/1",
        tvg_id="one.tv",
        stream_chno=12,
        logo_url="http://logos.example/1.png",
        custom_properties={"tvc-guide-stationid": "777"},
    )
    answer = site.admin("POST", f"{BASE}/channels/from-stream/", json={"stream_id": stream.pk})
    made = answer.json()
    assert answer.status_code == 201
    assert made["name"] == "One HD" and made["channel_number"] == 12.0
    assert made["tvg_id"] == "one.tv" and made["tvc_guide_stationid"] == "777"
    assert made["streams"] == [stream.pk]
    assert Logo.objects.get(pk=made["logo_id"]).url == "http://logos.example/1.png"
    many = site.admin(
        "POST", f"{BASE}/channels/from-stream/bulk/", json={"stream_ids": [stream.pk, 9999]}
    )
    assert many.json()["created"] == 1
    assert (
        site.admin("POST", f"{BASE}/channels/from-stream/", json={"stream_id": 0}).status_code
        == 404
    )
    assert site.admin("POST", f"{BASE}/channels/from-stream/", json={}).status_code == 400


def test_many_at_once(site: Site) -> None:
    from apps.channels.models import Channel

    rows = [Channel.objects.create(name=name) for name in "abc"]
    keys = [row.pk for row in rows]
    answer = site.admin(
        "POST",
        f"{BASE}/channels/assign/",
        json={"channel_ids": keys[::-1], "starting_number": 100},
    )
    assert answer.status_code == 200
    assert [Channel.objects.get(pk=k).channel_number for k in keys] == [102, 101, 100]
    good = [{"id": keys[0], "name": "A"}, {"id": keys[1], "name": "B"}]
    assert site.admin("PATCH", f"{BASE}/channels/edit/bulk/", json=good).status_code == 200
    bad = [{"id": keys[0], "name": "lost"}, {"id": keys[1], "name": ""}]
    assert site.admin("PATCH", f"{BASE}/channels/edit/bulk/", json=bad).status_code == 400
    assert Channel.objects.get(pk=keys[0]).name == "A"  # all of it, or nothing
    answer = site.admin(
        "DELETE", f"{BASE}/channels/bulk-delete/", json={"channel_ids": [*keys[:2], 12345]}
    )
    assert answer.json()["deleted"] == 2
    assert list(Channel.objects.values_list("name", flat=True)) == ["c"]
    wrong = site.admin("DELETE", f"{BASE}/channels/bulk-delete/", json={"channel_ids": "all"})
    assert wrong.status_code == 400


def test_streams_come_by_page_and_show_no_place_to_write_what_is_ours(site: Site) -> None:
    stream = make(site, f"{BASE}/streams/", name="mine", url="udp://@239.0.0.1:1234")
    assert stream["is_custom"] is True and stream["m3u_account"] is not None
    path = f"{BASE}/streams/{stream['id']}/"
    stats = {"resolution": "1920x1080", "source_fps": 50}
    answer = site.admin("PATCH", path, json={"stream_stats": stats, "is_stale": True})
    assert answer.json()["stream_stats"] == stats and answer.json()["is_stale"] is False
    page = site.admin("GET", f"{BASE}/streams/?search=mine&m3u_account={stream['m3u_account']}")
    assert page.json()["count"] == 1
    bad = site.admin("PATCH", path, json={"url": "no address"})
    assert bad.status_code == 400 and "url" in bad.json()


def test_profiles_and_their_members(site: Site) -> None:
    from apps.channels.models import Channel

    rows = [Channel.objects.create(name=name) for name in "ab"]
    profile = make(site, f"{BASE}/profiles/", name="Kitchen")
    path = f"{BASE}/profiles/{profile['id']}/"
    assert site.admin("GET", path).json()["channels"] == [row.pk for row in rows]
    member = site.admin("PATCH", f"{path}channels/{rows[0].pk}/", json={"enabled": False})
    assert member.status_code == 200
    assert site.admin("GET", path).json()["channels"] == [rows[1].pk]
    answer = site.admin(
        "PATCH",
        f"{path}channels/bulk-update/",
        json={"channels": [{"channel_id": row.pk, "enabled": row is rows[0]} for row in rows]},
    )
    assert answer.status_code == 200
    assert site.admin("GET", path).json()["channels"] == [rows[0].pk]
    assert site.admin("PATCH", f"{path}channels/999/", json={"enabled": True}).status_code == 404
    new = make(site, f"{BASE}/channels/", name="c")
    assert new["id"] in site.admin("GET", path).json()["channels"]


def test_recordings(site: Site) -> None:
    from apps.channels.models import Channel

    channel = Channel.objects.create(name="a")
    times = {"start_time": "2030-01-01T20:00:00Z", "end_time": "2030-01-01T21:00:00Z"}
    row = make(
        site,
        f"{BASE}/recordings/",
        channel=channel.pk,
        custom_properties={"title": "Film"},
        **times,
    )
    assert row["start_time"] == times["start_time"]
    path = f"{BASE}/recordings/{row['id']}/"
    wrong = site.admin("PATCH", path, json={"end_time": "2029-01-01T00:00:00Z"})
    assert wrong.status_code == 400 and "end_time" in wrong.json()
    assert site.admin("PATCH", path, json={"end_time": "soon"}).status_code == 400
    assert site.admin("DELETE", path).status_code == 204
