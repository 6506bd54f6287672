from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.servemsx.site.menu import machine

from .conftest import World, script


def rows(world: World, query: str = "id=tv") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/msx/menu?{query}").json["menu"]
    return found


def controls(world: World, query: str = "id=tv") -> dict[str, dict[str, Any]]:
    """The controls of the settings page by the place where they lie."""
    page = rows(world, query)[-1]["data"]
    return {item["layout"]: item for item in page["pages"][0]["items"]}


def test_where_a_client_begins(world: World) -> None:
    got = world.get("/msx/start.json")
    assert got.text == (
        '{"name":"ServeMSX","version":"0.04.203","parameter": "menu:http://{SERVER}/msx/menu.json"}'
    )
    assert got.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("prefix", ["", "/servemsx"])
def test_the_reference_to_the_menu(world: World, prefix: str) -> None:
    got = world.get(f"{prefix}/msx/menu.json")
    assert got.text == (
        '{"reuse":false,"cache":false,"restore":false,"name":"ServeMSX","version":"0.04.203",'
        f'"reference":"{world.base}{prefix}/msx/menu?'
        'player={PLAYER}&platform={PLATFORM}&id={ID}"}'
    )
    world.write("dictionary.json", "{}")
    found = world.get(f"{prefix}/msx/menu.json").json
    assert found["dictionary"] == f"{world.base}{prefix}/msx/dictionary.json"


def test_an_empty_menu_has_its_fields_in_order(world: World) -> None:
    text = world.get("/msx/menu").text
    start = (
        '{\n  "reuse": false,\n  "cache": false,\n  "restore": false,\n  "flag": "ServeMSX",\n'
        f'  "logo": "{world.base}/logotype.png",\n  "ready": {{\n'
        f'    "action": "execute:service:video:data:{world.base}/msx/videowall"\n  }},\n'
        '  "menu": [\n    {\n      "type": "separator"\n    },\n'
    )
    assert text.startswith(start)
    assert text.endswith("}\n")


def test_the_media_that_there_are(world: World) -> None:
    for kind in ("video", "music", "photo"):
        (world.folder / kind).mkdir()
    world.write("webmarks", "")
    assert rows(world)[:5] == [
        {
            "data": f"{world.base}/msx/webmarks?id={{ID}}",
            "extensionIcon": "cloud-queue",
            "icon": "bookmarks",
            "label": "{dix:webmarks}My webmarks",
        },
        {
            "data": f"{world.base}/msx/video/?id={{ID}}",
            "extensionIcon": "folder-open",
            "icon": "video-library",
            "label": "{dix:video}My video",
        },
        {
            "data": f"{world.base}/msx/music/?id={{ID}}",
            "extensionIcon": "folder-open",
            "icon": "library-music",
            "label": "{dix:music}My music",
        },
        {
            "data": f"{world.base}/msx/photo/?id={{ID}}&height={{HEIGHT}}",
            "extensionIcon": "folder-open",
            "icon": "photo-library",
            "label": "{dix:photo}My photo",
        },
        {"type": "separator"},
    ]


def test_plugins_in_the_menu(world: World) -> None:
    world.write("plugins/b/main.tengo", script())
    world.write("plugins/b/manifest.json", '{"image": "{BASE_URL}x.png", "icon": "no"}')
    world.write("plugins/a/main.tengo", script())
    world.write(
        "plugins/a/manifest.json",
        '{"Label": "Ä <b>", "Icon": "extension", "URL": "{BASE_URL}start?to={BASE_URL}"}',
    )
    world.write("plugins/broken/manifest.json", '{"Label": 5}')
    world.write("plugins/none/main.tengo", script())
    world.write("plugins/t/manifest.json", '{"Torrent": true}')
    world.write("plugins/file", "no folder")
    base = world.base
    assert rows(world)[1:4] == [
        {
            "data": f"{base}/a/start?to={base}/a/",
            "extensionIcon": "cloud-queue",
            "icon": "extension",
            "label": "Ä <b>",
        },
        {
            "data": f"{base}/b/",
            "extensionIcon": "cloud-queue",
            "image": f"{base}/b/x.png",
            "label": "b",
        },
        {"type": "separator"},
    ]
    assert "\\u003cb\\u003e" in world.get("/msx/menu").text
    world.home.change(lambda settings: setattr(settings, "torrserver", "127.0.0.1:1"))
    assert {"data": f"{base}/t/", "extensionIcon": "bolt", "label": "t"} in rows(world)


def test_torrents_in_the_menu(world: World) -> None:
    world.home.change(lambda settings: setattr(settings, "torrserver", "10.0.0.1:8090"))
    assert rows(world)[0] == {
        "image": "http://10.0.0.1:8090/apple-touch-icon.png",
        "extensionIcon": "bolt",
        "label": "{dic:Torrents|My torrents}",
        "data": f"{world.base}/msx/torr?id={{ID}}",
    }
    assert controls(world)["8,5,8,1"]["extensionLabel"] == "{col:msx-white}10.0.0.1:8090"


def test_the_settings_page(world: World) -> None:
    found = controls(world, "id=tv&player=tizen/5.1&platform=tizen")
    assert list(found) == [
        "0,0,16,3", "0,3,16,1", "0,4,8,1", "0,5,8,1", "0,6,8,1", "0,7,8,1",
        "8,4,8,1", "8,5,8,1", "8,6,8,1", "8,7,8,1",
    ]  # fmt: skip
    assert found["0,5,8,1"] == {
        "type": "control",
        "layout": "0,5,8,1",
        "icon": "smart-display",
        "label": "{dic:label:player|Player}:",
        "extensionLabel": "{col:msx-white}tizen {ico:toggle-off}{col:msx-white-soft} html5x",
        "action": f"execute:{world.base}/settings?id={{ID}}",
        "data": 1,
    }
    assert found["0,7,8,1"]["enable"] is False
    assert found["8,5,8,1"]["data"] is None
    assert found["8,4,8,1"]["id"] == "dic"
    assert machine() in found["0,0,16,3"]["titleFooter"]
    walls = found["8,6,8,1"]["data"]["items"]
    assert [wall.get("data") for wall in walls] == [100, None, 101, 102, 103, 104, 105, 106]
    world.post("/settings?id=tv", 1)
    on = controls(world, "id=tv&player=tizen/5.1")["0,5,8,1"]["extensionLabel"]
    assert on == "{col:msx-white-soft}tizen {col:msx-white}{ico:toggle-on} html5x"


def test_the_page_says_where_the_site_lies(world: World) -> None:
    about = world.get("/servemsx/msx/menu").json["menu"][-1]["data"]["pages"][0]["items"][0]
    assert f"{{col:msx-white}}{world.address}/servemsx{{br}}" in about["titleFooter"]


def test_the_wallpaper(world: World) -> None:
    assert world.get("/msx/videowall").action == "[]"
    world.post("/settings", 103)
    got = world.get("/msx/videowall")
    assert got.action == (
        "video:auto:plugin:http://msx.benzac.de/plugins/background.html"
        "?url=http%3A%2F%2Fmsx.benzac.de%2Fmedia%2Fatmos3.mp4"
    )
    assert got.data["playerLabel"] == "Background Video 3"
    assert got.data["properties"]["label:duration"] == "{VALUE} {ico:repeat}"
    playing = '{"video": {"data": {"state": 2}}}'
    assert world.get("/msx/videowall", "POST", playing).action == "[]"
    assert world.get("/msx/videowall", "POST", playing.replace("2", "1")).action.startswith("vid")
    assert controls(world)["8,6,8,1"]["extensionLabel"] == "{col:msx-white}3"
    broken = world.get("/msx/videowall", "POST", "{")
    assert (broken.status, broken.text) == (500, "unexpected EOF\n")
