from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.faults import BadSource, Refused, Unreachable
from jackfield.dialects.dispatcharr.iptv.xtream import XtreamClient, server_address


@pytest.fixture
def client(provider: Any) -> Iterator[XtreamClient]:
    with XtreamClient(provider.be_xtream(), "me", "secret", "TV/1") as client:
        yield client


class TestLogin:
    def test_what_the_server_says(self, provider: Any, client: XtreamClient) -> None:
        provider.xtream[None] = {"user_info": {"auth": 1, "exp_date": "9"}, "server_info": {"a": 1}}
        assert client.authenticate()["user_info"]["exp_date"] == "9"
        assert client.get_account_info() == client.server_info == provider.xtream[None]
        assert provider.asked[0][1]["user-agent"] == "TV/1"

    def test_a_wrong_password(self, provider: Any) -> None:
        with XtreamClient(provider.be_xtream(), "me", "wrong") as client, pytest.raises(Refused):
            client.authenticate()

    @pytest.mark.parametrize("answer", [b"<html>", b"[]", b"", b'{"other": 1}', b"[1]", b"null"])
    def test_no_such_server(self, provider: Any, client: XtreamClient, answer: bytes) -> None:
        provider.xtream[None] = answer
        with pytest.raises(BadSource):
            client.authenticate()

    def test_nobody_there(self, closed_port: str) -> None:
        with XtreamClient(closed_port, "me", "secret") as client, pytest.raises(Unreachable) as e:
            client.authenticate()
        assert "secret" not in str(e.value)


class TestLists:
    def test_all_kinds(self, provider: Any, client: XtreamClient) -> None:
        for action, call in {
            "get_live_categories": client.get_live_categories,
            "get_live_streams": client.get_all_live_streams,
            "get_vod_categories": client.get_vod_categories,
            "get_vod_streams": client.get_vod_streams,
            "get_series_categories": client.get_series_categories,
            "get_series": client.get_series,
        }.items():
            provider.xtream[action] = [{"of": action}, "no object"]
            assert call() == [{"of": action}]

    def test_one_at_a_time(self, provider: Any, client: XtreamClient) -> None:
        provider.xtream |= {
            "get_live_streams": [{"n": n} for n in range(5000)],
            "get_vod_streams": [{"n": 1}],
            "get_series": {"0": {"n": 2}},
        }
        told: list[int] = []
        streams = list(client.live_streams(lambda size, _: told.append(size)))
        assert [item["n"] for item in streams] == list(range(5000))
        assert told
        assert list(client.movies()) == [{"n": 1}]
        assert list(client.series()) == [{"n": 2}]

    def test_of_one_category(self, provider: Any, client: XtreamClient) -> None:
        provider.xtream["get_live_streams"] = lambda query: [{"c": query.get("category_id")}]
        assert client.get_live_category_streams(7) == [{"c": "7"}]
        assert client.get_all_live_streams() == [{"c": None}]

    def test_about_one(self, provider: Any, client: XtreamClient) -> None:
        provider.xtream["get_vod_info"] = lambda query: {"id": query["vod_id"]}
        provider.xtream["get_series_info"] = lambda query: {"id": query["series_id"]}
        assert client.get_vod_info(5) == {"id": "5"}
        assert client.get_series_info(6) == {"id": "6"}
        provider.xtream["get_vod_info"] = []
        assert client.get_vod_info(5) == {}


def test_addresses_of_streams() -> None:
    client = XtreamClient("http://host:8080/player_api.php?x=1", "a b", "c/d")
    assert client.get_stream_url(1) == "http://host:8080/live/a%20b/c%2Fd/1.ts"
    assert client.get_stream_url(1, "m3u8").endswith("/1.m3u8")
    assert client.get_vod_stream_url(2, "mkv") == "http://host:8080/movie/a%20b/c%2Fd/2.mkv"
    assert client.get_episode_stream_url(3) == "http://host:8080/series/a%20b/c%2Fd/3.mp4"
    client.close()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://host", "http://host"),
        ("HTTP://host:80/", "http://host:80"),
        ("host:8080", "http://host:8080"),
        ("https://host/sub/get.php?username=a", "https://host/sub"),
        ("http://host/c/", "http://host/c"),
    ],
)
def test_what_providers_hand_out_can_be_pasted(given: str, address: str) -> None:
    assert server_address(given) == address


@pytest.mark.parametrize("given", ["", "ftp://host", "http://", "http://host:x", "file:///etc"])
def test_what_is_no_server(given: str) -> None:
    with pytest.raises(BadSource, match="is no http or https address"):
        server_address(given)
