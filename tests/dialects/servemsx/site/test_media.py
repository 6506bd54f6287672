from __future__ import annotations

import os
from pathlib import Path

import pytest

from jackfield.dialects.servemsx.site.lists import extension_of, options, size_text

from .conftest import World


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.00 B"), (5, "5.00 B"), (100, "100 B"), (999, "999 B"), (1000, "0.98 KB"),
        (1500, "1.46 KB"), (123_456_789, "118 MB"), (5_000_000_000, "4.66 GB"),
        (10**13, "9.09 TB"), (10**16, "9095 TB"), (15_000, "14.6 KB"),
    ],
)  # fmt: skip
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_extensions() -> None:
    names = ("a.MP4", "a.b.Ts", "none", ".hidden", "dot.")
    assert [extension_of(name) for name in names] == [".mp4", ".ts", "", ".hidden", "."]


def test_an_options_menu_without_entries() -> None:
    assert options()["items"] == [
        {"icon": "menu", "label": "{dic:caption:menu|Menu}", "action": "menu"}
    ]


def test_a_video_folder(world: World) -> None:
    for name in ("e f.avi", "B.MKV", "a&b.mp4", "noext", "note.txt", "background.jpg", "x.torrent"):
        world.write(f"video/{name}", b"x" * 1500)
    (world.folder / "video/Sub dir").mkdir()
    found = world.get("/msx/video/?id=tv").json
    here = f"{world.base}/msx/video/"
    assert found["background"] == f"{here}background.jpg"
    assert "headline" not in found and "compress" not in found
    assert found["items"][0] == {
        "icon": "msx-yellow:folder",
        "label": "Sub dir",
        "action": f"content:{here}Sub%20dir/?id={{ID}}",
    }
    assert [item["label"] for item in found["items"][1:]] == [
        "B.MKV",
        "a&b.mp4",
        "e f.avi",
        "noext",
    ]
    assert found["items"][2] == {
        "label": "a&b.mp4",
        "playerLabel": "a&b.mp4",
        "extensionLabel": "1.46 KB",
        "action": f"video:{here}a&b.mp4",
    }
    assert found["template"]["properties"] == {
        "control:type": "extended",
        "resume:key": "url",
        "trigger:stop": f"execute:service:fetch:{world.base}/msx/videowall",
    }
    world.home.change(lambda settings: setattr(settings, "torrserver", "t:1"))
    torrent = world.get("/msx/video/").json["items"][1]
    assert torrent["action"] == (
        f"content:{world.base}/msx/torr?id={{ID}}&link="
        f"http%3A%2F%2F127.0.0.1%3A{world.port}%2Fmsx%2Fvideo%2Fx.torrent"
    )


def test_a_subfolder_below_the_prefix(world: World) -> None:
    world.write("video/Ä b/c.mp4")
    found = world.get("/servemsx/msx/video/%C3%84%20b/").json
    assert found["headline"] == "{ico:msx-white-soft:folder-open} Ä b"
    assert found["template"]["properties"]["info:text"] == found["headline"]
    url = f"{world.base}/servemsx/msx/video/%C3%84%20b/c.mp4"
    assert found["items"][0]["action"] == f"video:{url}"
    path = url.removeprefix(world.base)
    assert world.get(path).body == b"x"


def test_a_folder_needs_no_slash_behind_it(world: World) -> None:
    world.write("video/Sub dir/a.mp4")
    got = world.get("/msx/video/Sub%20dir?id=tv")
    assert got.status == 200
    assert got.json == world.get("/msx/video/Sub%20dir/?id=tv").json
    assert got.json["items"][0]["action"] == f"video:{world.base}/msx/video/Sub%20dir/a.mp4"
    top = world.get("/msx/video?id=tv")
    assert (top.status, top.headers["location"]) == (301, "/msx/video/?id=tv")
    assert world.get("/msx/video/Sub%20dir/a.mp4/").body == b"x"


def test_a_clients_choices(world: World) -> None:
    world.write("video/a.mp4")
    world.post("/settings?id=tv", 3)
    found = world.get("/msx/video/?id=tv").json
    assert found["compress"] is True
    assert found["template"]["layout"] == "0,0,16,1"
    assert found["items"][0]["action"].startswith(
        "video:plugin:http://msx.benzac.de/plugins/html5x.html?url=http%3A%2F%2F"
    )
    assert found["template"]["properties"]["button:content:action"] == (
        "panel:request:player:options"
    )


def test_music_asks_for_covers(world: World) -> None:
    world.write("music/a.mp3")
    found = world.get("/msx/music/").json
    assert found["items"][0]["cover"] == f"{world.base}/msx/ffmpeg/music/a.mp3"
    assert found["items"][0]["action"] == f"audio:{world.base}/msx/music/a.mp3"
    assert found["template"]["properties"]["trigger:load"] == "execute:fetch:{context:cover}"


def test_photos_as_rows_and_as_tiles(world: World) -> None:
    world.write("photo/a.JPG")
    world.write("photo/background.jpg")
    (world.folder / "photo/S").mkdir()
    rows = world.get("/msx/photo/?id=tv&height=1080").json
    assert rows["flag"] == "photo" and "background" not in rows
    assert rows["items"][0]["action"].endswith("/S/?id={ID}&height={HEIGHT}")
    assert rows["items"][1]["label"] == "a.JPG"
    assert rows["items"][1]["action"] == f"image:{world.base}/msx/photo/a.JPG"
    assert "info:text" not in rows["template"]["properties"]
    green = rows["options"]["items"][0]
    assert (green["key"], green["data"]) == ("green", 4)
    world.post("/settings?id=tv", 4)
    tiles = world.get("/msx/photo/?id=tv&height=1080").json
    assert tiles["template"] == {
        "imageFiller": "smart", "layout": "0,0,4,4", "type": "separate",
    }  # fmt: skip
    assert tiles["compress"] is True
    assert tiles["items"][1]["title"] == "a.JPG"
    assert tiles["items"][1]["image"] == f"{world.base}/msx/photo/a.JPG"
    settings = world.home.settings

    def program(path: str) -> None:
        world.home.change(lambda s: setattr(s, "ffmpeg", path))

    program("/usr/bin/ffmpeg")
    world.post("/settings?id=tv", 16)
    scaled = world.get("/msx/photo/?id=tv&height=1080").json["items"][1]
    assert scaled["image"] == f"{world.base}/msx/ffmpeg/photo/a.JPG?height=270"
    assert scaled["action"] == f"image:{world.base}/msx/ffmpeg/photo/a.JPG?height=1080"
    program(settings.ffmpeg)


def test_files_come_in_parts(world: World) -> None:
    world.write("video/a.mp4", b"0123456789")
    whole = world.get("/msx/video/a.mp4")
    assert (whole.status, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.headers["accept-ranges"] == "bytes"
    part = world.get("/msx/video/a.mp4", headers={"range": "bytes=2-4"})
    assert (part.status, part.body) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert world.get("/msx/video/a.mp4", headers={"range": "bytes=20-"}).status == 416
    since = {"if-modified-since": whole.headers["last-modified"]}
    assert world.get("/msx/video/a.mp4", headers=since).status == 304
    head = world.get("/msx/video/a.mp4", "HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", "10")


def test_nothing_outside_is_reached(world: World) -> None:
    world.write("video/a.mp4")
    assert world.get("/msx/video/nope").status == 404
    assert world.get("/msx/video/%00").status in (404, 500)
    assert world.get("/msx/music/").status == 404, "there is no such folder"
    for path in ("/msx/video/../settings.json", "/msx/video/%2e%2e%2fsettings.json"):
        assert world.get(path).status == 301


def test_names_that_are_no_utf8(world: World) -> None:
    folder = world.folder / "video"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.mp4")).write_bytes(b"odd")
    item = world.get("/msx/video/").json["items"][0]
    assert item["label"] == "\ufffd.mp4"
    assert item["action"].endswith("/msx/video/%FF.mp4")
    assert world.get("/msx/video/%FF.mp4").body == b"odd"


def test_a_link_that_leads_nowhere_does_not_spoil_the_list(world: World) -> None:
    world.write("video/a.mp4")
    (world.folder / "video/gone.mp4").symlink_to("/nowhere")
    labels = [item["label"] for item in world.get("/msx/video/").json["items"]]
    assert labels == ["a.mp4", "gone.mp4"]
