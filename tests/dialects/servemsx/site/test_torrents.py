from __future__ import annotations

from typing import Any

import pytest

from .conftest import TorrServer, World

TORRENT: dict[str, Any] = {
    "hash": "abc",
    "title": "Films",
    "poster": "http://p/x.jpg",
    "stat": 3,
    "torrent_size": 5_000_000_000,
    "active_peers": 2,
    "total_peers": 7,
    "file_stats": [
        {"id": 1, "length": 1500, "path": "Films/a b.mkv"},
        {"id": 2, "length": 100, "path": "Films/s.mp3"},
        {"id": 3, "length": 5, "path": "Films/read.me"},
    ],
}


@pytest.fixture
def torrents(world: World, torrserver: TorrServer) -> TorrServer:
    world.home.change(lambda settings: setattr(settings, "torrserver", torrserver.address))
    torrserver.torrents = [TORRENT]
    return torrserver


def test_the_list_is_sorted_by_state(world: World, torrents: TorrServer) -> None:
    torrents.torrents = [{"hash": "z", "stat": 5}, TORRENT, {"hash": "y", "stat": 0, "title": "N"}]
    found = world.get("/msx/torr?id=tv").json
    assert found["type"] == "list"
    assert found["extension"] == f"{{ico:msx-white:bolt}} TorrServer: {torrents.address}"
    assert [item["id"] for item in found["items"]] == ["y", "abc", "z"]
    assert found["items"][1] == {
        "id": "abc",
        "headline": "Films",
        "image": "http://p/x.jpg",
        "titleFooter": "{col:msx-green}{ico:flag} {dic:Torrent3}{br}{ico:attach-file} 4.66 GB"
        "{tb}{ico:arrow-upward} 2 / 7",
        "action": f"content:{world.base}/msx/torr?noadd&id={{ID}}&link=abc",
    }
    template = found["template"]
    assert (template["imageWidth"], template["layout"]) == (1.25, "0,0,6,2")
    assert [one.get("key") for one in template["options"]["items"]] == [
        "red", "green", "yellow", None, None,
    ]  # fmt: skip
    world.post("/settings?id=tv", 2)
    assert world.get("/msx/torr?id=tv").json["template"]["layout"] == "0,0,8,2"


def test_a_torrents_files(world: World, torrents: TorrServer) -> None:
    found = world.get("/msx/torr?link=abc&ttl=T%26&img=I").json
    assert found["headline"] == "{ico:msx-white-soft:offline-bolt} Films"
    assert found["extension"] == (
        "{ico:msx-white:attach-file} 4.66 GB{tb}{ico:msx-white:arrow-upward} 2/7"
    )
    video, music = found["items"]
    stream = f"http://{torrents.address}/stream"
    assert video == {
        "label": "a b.mkv",
        "playerLabel": "a b.mkv",
        "icon": "msx-white-soft:movie",
        "group": "{dic:label:video|Video}",
        "extensionLabel": "1.46 KB",
        "action": f"video:{stream}/Films%2Fa%20b.mkv?play&link=abc&index=1",
    }
    assert music["action"] == f"audio:{stream}/Films%2Fs.mp3?play&link=abc&index=2"
    add = found["options"]["items"][0]
    assert add["key"] == "green"
    assert add["action"] == (f"execute:fetch:{world.base}/msx/torr?add=abc&ttl=T%26&img=I")
    noadd = world.get("/msx/torr?noadd&link=abc").json["options"]["items"]
    assert noadd[0]["key"] == "yellow"


def test_changes(world: World, torrents: TorrServer) -> None:
    assert world.get("/msx/torr?del=abc&drop=x").action == "reload:content"
    assert world.get("/msx/torr?drop=abc").action == "reload:content"
    assert world.get("/msx/torr?add=magnet%3Ax&ttl=T").action == "info:{dic:Added|Added}"
    assert world.get("/msx/torr?add=y&img=I").status == 200
    assert torrents.commands == [
        {"action": "rem", "hash": "abc"},
        {"action": "drop", "hash": "abc"},
        {"action": "add", "link": "magnet:x", "title": "T", "save_to_db": True},
        {"action": "add", "link": "y", "poster": "I", "save_to_db": True},
    ]
    assert torrents.asked[0][2]["content-type"] == "application/json"


def test_fields_of_a_form_count_before_those_of_the_query(
    world: World, torrents: TorrServer
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    world.get("/msx/torr?drop=query", "POST", "drop=body", form)
    assert torrents.commands == [{"action": "drop", "hash": "body"}]


def test_what_the_server_refuses(world: World, torrents: TorrServer) -> None:
    got = world.get("/msx/torr?link=nope")
    url = f"http://{torrents.address}/stream/?stat&link=nope"
    assert (got.status, got.text) == (500, f"Downloading {url} answered: 404 Not Found\n")


def test_without_a_server(world: World) -> None:
    got = world.get("/msx/torr")
    assert (got.status, got.text) == (
        500,
        'Post "http:///torrents": http: no Host in request URL\n',
    )


def test_a_server_that_talks_nonsense(world: World, torrents: TorrServer) -> None:
    torrents.torrents = {"no": "list"}  # type: ignore[assignment]
    assert world.get("/msx/torr").status == 500
    torrents.torrents = [5, None, {"stat": 99, "title": 5, "torrent_size": "x", "hash": "k"}]  # type: ignore[list-item]
    items = world.get("/msx/torr").json["items"]
    assert items[-1]["titleFooter"].startswith("{col:msx-white-soft}{ico:flag} {dic:Torrent99}")
