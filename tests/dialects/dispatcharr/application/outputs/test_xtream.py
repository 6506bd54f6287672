"""The player API, used as an IPTV app uses it: log in, categories, streams, guide, play."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from lxml import etree

from application_site import Site
from jackfield.dialects.dispatcharr.application.outputs import xtream_login
from jackfield.services.rate_limits import RateLimits
from provider_of_streams import Behaviour, Provider

LOGIN = "username=tv&password=tv%20pass"


@pytest.fixture
def viewer(django_env: Any) -> Any:
    from apps.accounts.models import User

    return User.objects.create_user(
        "tv", password="of the pages", custom_properties={"xc_password": "tv pass"}
    )


def ask(site: Site, action: str = "", **more: Any) -> Any:
    query = "".join(f"&{key}={value}" for key, value in more.items())
    answer = site.get(f"/player_api.php?{LOGIN}&action={action}{query}", prefix="/dispatcharr")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_logging_in(site: Site, viewer: Any) -> None:
    said = ask(site)
    assert said["user_info"]["auth"] == 1 and said["user_info"]["status"] == "Active"
    assert said["server_info"]["port"] == site.url.rpartition(":")[2]
    posted = site.ask("POST", "/player_api.php", data={"username": "tv", "password": "tv pass"})
    assert posted.json()["user_info"]["username"] == "tv"


@pytest.mark.parametrize(
    "login",
    ["", "username=tv", "username=tv&password=", "username=tv&password=of+the+pages",
     "username=nobody&password=tv+pass", "username=tv&password=t%C3%BC"],
)  # fmt: skip
def test_not_logging_in(site: Site, viewer: Any, login: str) -> None:
    answer = site.get(f"/player_api.php?{login}")
    assert answer.status_code == 401 and answer.json()["user_info"]["auth"] == 0
    assert site.get(f"/get.php?{login}").status_code == 401
    assert site.get(f"/xmltv.php?{login}").status_code == 401


def test_guessing_ends_for_the_address_and_the_name_only(
    site: Site, viewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = RateLimits({"address": "6/minute", "name": "3/minute"})
    monkeypatch.setattr(xtream_login, "_wrong", limits)
    for _ in range(10):
        ask(site)  # right ones are not counted
    for number in range(3):
        assert site.get(f"/player_api.php?username=tv&password={number}").status_code == 401
    refused = site.get(f"/player_api.php?{LOGIN}")
    assert refused.status_code == 429 and refused.json()["user_info"]["auth"] == 0
    assert "try again in" in refused.json()["user_info"]["message"]
    assert site.get("/live/TV/tv%20pass/1.ts").status_code == 429
    for name in "abc":
        assert site.get(f"/get.php?username={name}&password=x").status_code == 401
    assert site.get("/get.php?username=d&password=x").status_code == 429
    elsewhere = site.get(f"/player_api.php?{LOGIN}", address="203.0.113.9")
    assert elsewhere.status_code == 200


def test_a_user_without_a_password_for_players_cannot_log_in(site: Site) -> None:
    from apps.accounts.models import User

    User.objects.create_user("plain", password="x")
    for password in ("", "None", "x"):
        path = f"/player_api.php?username=plain&password={password}"
        assert site.get(path).status_code == 401


def test_categories_and_streams(site: Site, viewer: Any, rows: Any) -> None:
    categories = ask(site, "get_live_categories")
    assert [c["category_name"] for c in categories] == ['News & "more"', "Default"]
    streams = ask(site, "get_live_streams")
    assert [s["name"] for s in streams] == ['One "HD" <&>', "Bare"]
    one = streams[0]
    assert one["stream_id"] == rows.full.pk and one["epg_channel_id"] == "1"
    assert one["category_id"] == categories[0]["category_id"]
    assert one["stream_icon"].startswith(f"{site.url}/dispatcharr/api/channels/logos/")
    only = ask(site, "get_live_streams", category_id=categories[1]["category_id"])
    assert [s["name"] for s in only] == ["Bare"]
    assert ask(site, "get_vod_categories") == [] and ask(site, "get_series") == []
    unknown = site.get(f"/player_api.php?{LOGIN}&action=get_nonsense")
    assert unknown.status_code == 400 and "get_nonsense" in unknown.json()["error"]


def test_the_guide_of_a_channel(site: Site, viewer: Any, rows: Any) -> None:
    short = ask(site, "get_short_epg", stream_id=rows.full.pk, limit=2)["epg_listings"]
    assert len(short) == 2
    assert base64.b64decode(short[0]["title"]).decode() == "Show 0 <&>"
    assert base64.b64decode(short[0]["description"]).decode() == 'Süß & "saftig"'
    assert int(short[0]["stop_timestamp"]) - int(short[0]["start_timestamp"]) == 7200
    table = ask(site, "get_simple_data_table", stream_id=rows.full.pk)["epg_listings"]
    assert len(table) == 45 and sum(row["now_playing"] for row in table) == 1
    bare = ask(site, "get_short_epg", stream_id=rows.bare.pk)["epg_listings"]
    assert bare and base64.b64decode(bare[0]["title"]) == b"Bare"
    for stream in (rows.hidden.pk, rows.high.pk, 99999, "x"):
        path = f"/player_api.php?{LOGIN}&action=get_short_epg&stream_id={stream}"
        assert site.get(path).status_code == 404


def test_playlist_and_guide_belong_together(site: Site, viewer: Any, rows: Any) -> None:
    answer = site.get(f"/get.php?{LOGIN}&type=m3u_plus&output=ts")
    lines = answer.text.splitlines()
    assert f"{site.url}/live/tv/tv%20pass/{rows.full.pk}.ts" in lines
    assert "/xmltv.php?username=tv&password=tv+pass" in lines[0]
    guide = etree.fromstring(site.get(f"/xmltv.php?{LOGIN}").content)
    ids = [channel.get("id") for channel in guide.iter("channel")]
    assert ids == [s["epg_channel_id"] for s in ask(site, "get_live_streams")]


def test_profiles_and_levels_of_the_user(site: Site, viewer: Any, rows: Any) -> None:
    from apps.channels.models import ChannelProfile, ChannelProfileMembership

    profile = ChannelProfile.objects.create(name="Kids")
    ChannelProfileMembership.objects.filter(channel_profile=profile).delete()
    ChannelProfileMembership.objects.create(channel_profile=profile, channel=rows.bare)
    viewer.channel_profiles.add(profile)
    assert [s["name"] for s in ask(site, "get_live_streams")] == ["Bare"]
    assert site.get(f"/live/tv/tv%20pass/{rows.full.pk}.ts").status_code == 404
    viewer.user_level = 10
    viewer.save()
    names = [s["name"] for s in ask(site, "get_live_streams")]
    assert names == ['One "HD" <&>', "Bare", "High"]
    viewer.is_active = False
    viewer.save()
    assert site.get(f"/player_api.php?{LOGIN}").status_code == 401


def test_playing(site: Site, viewer: Any, rows: Any, provider: Provider) -> None:
    from apps.channels.models import ChannelStream, Stream

    provider.paths["/a"] = Behaviour()
    stream = Stream.objects.create(name="a", url=provider.url + "/a")
    ChannelStream.objects.create(channel=rows.bare, stream=stream, order=0)
    for form in (f"/live/tv/tv%20pass/{rows.bare.pk}.ts", f"/tv/tv%20pass/{rows.bare.pk}"):
        with site.http.stream("GET", form) as answer:
            assert answer.status_code == 200
            pieces = answer.iter_raw()  # kept: the connection ends with it
            assert next(pieces)[0] == 0x47
            clients = site.admin("GET", "/proxy/ts/status").json()["channels"][0]["clients"]
            assert clients[0]["username"] == "tv"
    assert site.get(f"/live/tv/wrong/{rows.bare.pk}.ts").status_code == 401
    assert site.get(f"/live/tv/tv%20pass/{rows.high.pk}.ts").status_code == 404
    assert site.get("/live/tv/tv%20pass/abc.ts").status_code == 404
    assert site.get("/some/other/page").status_code == 404


def test_films_and_series(site: Site, viewer: Any) -> None:
    from apps.m3u.models import M3UAccount
    from apps.vod.models import (
        Episode,
        M3UEpisodeRelation,
        M3UMovieRelation,
        M3USeriesRelation,
        Movie,
        Series,
        VODCategory,
    )

    low = M3UAccount.objects.create(name="low", server_url="http://x", priority=1)
    high = M3UAccount.objects.create(name="high", server_url="http://x", priority=5)
    film = Movie.objects.create(name="Metropolis", year=1927, duration_secs=9180, rating="8.3")
    classics = VODCategory.objects.create(name="Classics", category_type="movie")
    for account, extension in ((low, "avi"), (high, "mkv")):
        M3UMovieRelation.objects.create(
            m3u_account=account,
            movie=film,
            category=classics,
            stream_id="7",
            container_extension=extension,
        )
    series = Series.objects.create(name="Serial")
    M3USeriesRelation.objects.create(m3u_account=low, series=series, external_series_id="5")
    episode = Episode.objects.create(name="Pilot", series=series, season_number=2, episode_number=3)
    M3UEpisodeRelation.objects.create(m3u_account=low, episode=episode, stream_id="9")
    assert [c["category_name"] for c in ask(site, "get_vod_categories")] == ["Classics"]
    (shown,) = ask(site, "get_vod_streams", category_id=classics.pk)
    assert shown["container_extension"] == "mkv" and shown["rating_5based"] == 4.2
    assert ask(site, "get_vod_streams", category_id="x") == []
    about = ask(site, "get_vod_info", vod_id=film.pk)
    assert about["info"]["duration"] == "02:33:00" and about["movie_data"]["stream_id"] == film.pk
    (row,) = ask(site, "get_series")
    whole = ask(site, "get_series_info", series_id=row["series_id"])
    assert (
        whole["episodes"]["2"][0]["episode_num"] == 3 and whole["seasons"][0]["season_number"] == 2
    )
    missing = site.get(f"/player_api.php?{LOGIN}&action=get_vod_info&vod_id=0")
    assert missing.status_code == 404
    M3UAccount.objects.update(is_active=False)
    assert ask(site, "get_vod_streams") == [] and ask(site, "get_series") == []
