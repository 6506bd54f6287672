from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.console import COMMANDS, WORKS, answer, refresh
from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.errors import Conflict, InvalidInput, NotFound

pytestmark = pytest.mark.usefixtures("django_env")

PLAYLIST = '#EXTM3U\n#EXTINF:-1 tvg-id="a" group-title="News",A\nhttp://h/a\n'
GUIDE = '<tv><channel id="a"><display-name>A</display-name></channel></tv>'


def add(kind: str, source: str, name: str = "x", **more: Any) -> Any:
    return answer("add", {"kind": kind, "source": source, "name": name, **more})


class TestAdd:
    def test_a_playlist_in_a_file(self, tmp_path: Path, host_beside: Any) -> None:
        path = tmp_path / "list.m3u"
        path.write_text(PLAYLIST)
        added = add("m3u", str(path), interval_hours=6)
        assert added == {"kind": "m3u", "id": added["id"], "name": "x", "created": True}
        assert host_beside.tasks == [], "whoever adds refreshes it, too"
        assert refresh("m3u", added["id"])["ok"]
        (account,) = answer("accounts", {})
        assert account | {"id": 0, "updated": "", "message": ""} == {
            "id": 0, "name": "x", "type": "m3u", "source": str(path), "status": "success",
            "message": "", "active": True, "streams": 1, "stale": 0, "groups": 2, "updated": "",
            "interval_hours": 6,
        }  # fmt: skip

    def test_one_of_that_name_is_changed(self) -> None:
        from apps.m3u.models import M3UAccount

        first = add("m3u", "http://h/one.m3u", interval_hours=2)
        M3UAccount.objects.update(is_active=False)
        second = add("m3u", "http://h/two.m3u")
        assert second == {**first, "created": False}
        row = M3UAccount.objects.get(pk=first["id"])
        assert (row.server_url, row.refresh_interval, row.is_active) == (
            "http://h/two.m3u", 2, True,
        )  # fmt: skip
        assert row.profiles.count() == 1

    def test_a_guide(self, tmp_path: Path) -> None:
        path = tmp_path / "g.xml"
        path.write_text(GUIDE)
        added = add("epg", str(path), interval_hours=24)
        assert refresh("epg", added["id"])["counts"]["channels"] == 1
        (guide,) = answer("sources", {})
        assert (guide["channels"], guide["mapped"], guide["programs"]) == (1, 0, 0)
        assert (guide["type"], guide["status"], guide["interval_hours"]) == ("xmltv", "success", 24)
        assert add("epg", "http://h/other.xml")["created"] is False

    def test_an_xtream_server(self) -> None:
        from apps.m3u.models import M3UAccount

        add("xtream", "host:8080", username="me", password="secret")
        row = M3UAccount.objects.get(name="x")
        assert (row.account_type, row.server_url, row.username, row.password) == (
            "XC", "http://host:8080", "me", "secret",
        )  # fmt: skip
        add("xtream", "http://h/get.php?username=a&password=b", "pasted")
        row = M3UAccount.objects.get(name="pasted")
        assert (row.server_url, row.username, row.password) == ("http://h", "a", "b")
        shown = str(answer("accounts", {}))
        assert "secret" not in shown

    @pytest.mark.parametrize(
        ("params", "error", "said"),
        [
            ({"kind": "xtream", "source": "http://h"}, InvalidInput, "user name and a password"),
            ({"kind": "xtream", "source": "ftp://h", "username": "a", "password": "b"}, BadSource,
             "is no http or https address"),
            ({"kind": "m3u", "source": "x", "name": " "}, InvalidInput, "--name: expected a name"),
            ({"kind": "m3u", "source": "x", "name": "n" * 300}, InvalidInput, "up to 255"),
            ({"kind": "m3u", "source": "/" + "x" * 300}, InvalidInput, "at most 255"),
            ({"kind": "epg", "source": "http://h/" + "x" * 1000}, InvalidInput, "at most 1000"),
            ({"kind": "m3u", "source": "x", "name": "custom"}, Conflict, "entered by hand"),
            ({"kind": "m3u"}, InvalidInput, "add: missing a required argument: 'source'"),
            ({"kind": "m3u", "source": "x", "color": 1}, InvalidInput, "add: .*'color'"),
        ],
    )  # fmt: skip
    def test_what_is_refused_leaves_nothing(
        self, params: dict[str, Any], error: type[Exception], said: str
    ) -> None:
        if "source" in params:
            params = {"name": "x", **params}
        with pytest.raises(error, match=said):
            answer("add", params)
        assert answer("accounts", {}) == []
        assert answer("sources", {}) == []


class TestChannels:
    @pytest.fixture(autouse=True)
    def some(self) -> None:
        from apps.channels.models import Channel, ChannelGroup, ChannelStream, Stream

        group = ChannelGroup.objects.create(name="News")
        for name, number in (("Two", 2), ("One", 1), ("None", None), ("Half", 1.5)):
            channel = Channel.objects.create(
                name=name, channel_number=number, channel_group=group if number == 1 else None
            )
        ChannelStream.objects.create(
            channel=channel, stream=Stream.objects.create(name="s", url="http://h")
        )

    def names(self, **asked: Any) -> list[str]:
        return [channel["name"] for channel in answer("channels", asked)["channels"]]

    def test_by_number(self) -> None:
        assert self.names() == ["One", "Half", "Two", "None"]
        found = answer("channels", {})
        assert found["total"] == 4
        assert found["channels"][1]["streams"] == 1
        assert found["channels"][0]["group"] == "News"

    def test_some_of_them(self) -> None:
        assert self.names(search="ON") == ["One", "None"]
        assert self.names(group="News") == ["One"]
        assert self.names(limit=1) == ["One"]
        assert answer("channels", {"limit": 1})["total"] == 4

    def test_none_are_asked_for(self) -> None:
        with pytest.raises(InvalidInput, match="--limit: expected 1 to"):
            answer("channels", {"limit": 0})


class TestFindAndRemove:
    def test_by_name_and_all(self) -> None:
        from apps.epg.models import EPGSource

        add("m3u", "http://h/a", "both")
        add("epg", "http://h/b", "both")
        add("m3u", "http://h/c", "off")
        EPGSource.objects.create(name="dummy", source_type="dummy")
        assert [item["kind"] for item in answer("find", {"name": "both"})] == ["m3u", "epg"]
        assert len(answer("find", {"name": ""})) == 3
        assert answer("remove", {"name": "both"}) == {"removed": "both"}
        assert [row["name"] for row in answer("accounts", {})] == ["off"]
        assert [row["name"] for row in answer("sources", {})] == ["dummy"]

    def test_a_name_that_nothing_has(self) -> None:
        with pytest.raises(NotFound, match=r"named 'x'; there are: none"):
            answer("find", {"name": "x"})
        add("m3u", "http://h/a", "mine")
        with pytest.raises(NotFound, match="there are: mine"):
            answer("remove", {"name": "x"})
        with pytest.raises(NotFound, match="no account or guide is named 'custom'"):
            answer("remove", {"name": "custom"})


def test_a_command_that_there_is_not() -> None:
    known = ", ".join(sorted([*COMMANDS, *WORKS]))
    with pytest.raises(NotFound, match=f"no command 'x'; there are: {known}"):
        answer("x", {})
    with pytest.raises(InvalidInput, match="kind: expected m3u or epg, found 'x'"):
        answer("refresh", {"kind": "x", "id": 1})


def test_channels_of_every_stream_with_programmes(tmp_path: Path, host_beside: Any) -> None:
    path, guide = tmp_path / "list.m3u", tmp_path / "g.xml"
    path.write_text(PLAYLIST)
    times = 'start="20260101000000" stop="20260101010000"'
    programme = f'<programme {times} channel="a"><title>T</title></programme></tv>'
    guide.write_text(GUIDE.replace("</tv>", programme))
    target = add("m3u", str(path), channels=True)
    answer("refresh", {key: target[key] for key in ("kind", "id", "name")})
    (channel,) = answer("channels", {})["channels"]
    assert (channel["name"], channel["number"], channel["guide"]) == ("A", 1.0, "")
    refresh("epg", add("epg", str(guide), "guide")["id"])
    host_beside.forget()
    frames: list[dict[str, Any]] = []
    found = answer("match", {}, frames.append)
    assert (found["ok"], found["counts"]) == (True, {"matched": 1, "total": 1})
    assert found["channels"][0]["how"] == "tvg_id"
    assert frames[0]["action"] == "matching"
    assert host_beside.tasks == [], "the programmes are read at once"
    assert answer("sources", {})[0]["programs"] == 1

    path.write_text(
        PLAYLIST + PLAYLIST.replace("News", "New").replace("/a", "/b").replace("A", "B")
    )
    refresh("m3u", target["id"])
    numbers = {row["name"]: row["number"] for row in answer("channels", {})["channels"]}
    assert numbers == {"A": 1.0, "B": 2.0}, "later groups, too, and numbers stay"


def test_channels_of_an_account_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u"
    path.write_text(PLAYLIST)
    refresh("m3u", add("m3u", str(path))["id"])
    assert answer("channels", {})["total"] == 0
    refresh("m3u", add("m3u", str(path), channels=True)["id"])
    assert answer("channels", {})["total"] == 1


def test_a_refresh_that_failed() -> None:
    added = add("m3u", "/nowhere/list.m3u")
    outcome = refresh("m3u", added["id"])
    assert not outcome["ok"]
    assert "no such file" in outcome["message"]


def test_films_follow_where_the_account_wants_them(provider: Any, host_beside: Any) -> None:
    from apps.m3u.models import M3UAccount

    provider.xtream["get_live_categories"] = [{"category_id": 1, "category_name": "N"}]
    provider.xtream["get_live_streams"] = [{"stream_id": 1, "category_id": 1}]
    added = add("xtream", provider.be_xtream(), username="me", password="secret")
    refresh("m3u", added["id"])
    assert host_beside.tasks == []
    M3UAccount.objects.filter(pk=added["id"]).update(custom_properties={"enable_vod": True})
    refresh("m3u", added["id"])
    assert host_beside.tasks == [("apps.vod.tasks.refresh_vod_content", [added["id"]], {})]
