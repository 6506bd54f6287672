from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from jackfield.dialects.servemsx.site import settings
from jackfield.dialects.servemsx.site.settings import duration

from .conftest import TorrServer, World, script

COUNTS = """
srv := import("server")
m := srv.memory()
n := m == undefined ? 1 : m + 1
srv.memory(n)
srv.write(string(n))
"""


def stored(world: World) -> dict[str, object]:
    found: dict[str, object] = json.loads((world.folder / "settings.json").read_bytes())
    return found


def test_what_is_shown(world: World) -> None:
    got = world.get("/settings")
    assert list(got.json) == [
        *("Name", "Version", "Up", "Platform", "Video", "Music", "Photo", "MemSys", "MemAlloc"),
        *("Plugins", "TorrServer", "FFmpeg", "FFprobe", "FFstream", "Background", "VideoWall"),
        "Clients",
    ]
    assert got.json["Plugins"] is None
    assert got.text.startswith('{\n  "Name": "ServeMSX",\n  "Version": "0.04.203",\n')
    assert got.text.endswith('  "Clients": {}\n}\n')


def test_plugins_with_what_is_wrong_with_them(world: World) -> None:
    world.write("plugins/b/main.tengo", script())
    world.write("plugins/a/manifest.json", '{"label": "A", "Torrent": true}')
    world.write("plugins/c/manifest.json", '{"Label": "C"')
    world.write("plugins/C2/manifest.json", '{"Label": [1]}')
    found = world.get("/settings").json["Plugins"]
    assert [one["Name"] for one in found] == ["C2", "a", "b", "c"]
    assert found[1] == {
        "Label": "A", "Image": "", "Icon": "", "URL": "", "Torrent": True, "Name": "a",
    }  # fmt: skip
    assert found[2]["Error"] == "open plugins/b/manifest.json: no such file or directory"
    assert found[3]["Error"] == "Decoding manifest.json of c error: unexpected EOF"
    assert found[0]["Error"].startswith("Decoding manifest.json of C2 error: json: cannot")
    assert world.get("/b/").status == 200


def test_a_plugin_with_the_hosts_own_name(world: World) -> None:
    world.write("plugins/msx/manifest.json", "{}")
    world.write("plugins/msx/main.tengo", script())
    assert (
        world.get("/settings").json["Plugins"][0]["Error"] == "the name 'msx' belongs to the host"
    )
    assert world.get("/msx/x").status == 404


def test_no_more_memory_is_used_than_held(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        ru_maxrss = 1

    monkeypatch.setattr(settings.resource, "getrusage", lambda _who: Usage)
    used, held = settings.memory()
    assert held >= used


def test_the_registrys_plugins_are_listed_too(fresh: World, tmp_path: Path) -> None:
    folder = tmp_path / "Radio"
    folder.mkdir()
    (folder / "main.tengo").write_text(script())
    (folder / "manifest.json").write_text('{"Label": "R"}')
    fresh.host.registry.install(folder, dialect="servemsx")
    found = fresh.get("/settings").json["Plugins"]
    assert found[0]["Name"] == "Radio"
    assert found[0]["Error"].startswith("disabled: needs approval: ")
    fresh.host.registry.enable("radio", "all")
    assert "Error" not in fresh.get("/settings").json["Plugins"][0]
    assert fresh.get("/msx/menu").json["menu"][1]["data"] == f"{fresh.base}/Radio/"
    assert fresh.get("/Radio/").status == 200


def test_a_clients_choices_turn_over(world: World) -> None:
    got = world.post("/settings?id=tv", 2)
    assert (got.action, got.data) == ("[cleanup|reload:menu]", None)
    world.post("/settings?id=tv", 1)
    assert stored(world)["Clients"] == {"tv": 3}
    world.post("/settings?id=tv", 2)
    assert world.get("/settings").json["Clients"] == {"tv": 1}
    assert world.post("/settings?id=" + "x" * 300, 1).status == 400


def test_the_wallpaper_is_a_number_from_100(world: World) -> None:
    assert world.post("/settings?id=tv", 104).action == "[cleanup|reload:menu]"
    assert stored(world)["VideoWall"] == 4


def test_a_torrserver_is_asked_who_it_is(world: World, torrserver: TorrServer) -> None:
    got = world.post("/settings", torrserver.address)
    assert got.action == "data"
    assert got.data == {
        "actions": [
            {"action": f"success:TorrServer MatriX.132: {torrserver.address}"},
            {"action": "back"},
            {"action": "reload:menu"},
        ]
    }
    assert stored(world)["TorrServer"] == torrserver.address
    none = world.post("/settings", "")
    assert none.data["actions"][0]["action"] == "success:TorrServer: {dic:label:none|None}"
    assert stored(world)["TorrServer"] == ""


def test_another_server_is_not_taken(world: World, torrserver: TorrServer) -> None:
    torrserver.version = b"1.2.99"
    world.home.change(lambda settings: setattr(settings, "torrserver", "old:1"))
    got = world.post("/settings", torrserver.address)
    assert (got.status, got.text) == (500, "TorrServer v. 1.2.99 is not supported!\n")
    assert stored(world)["TorrServer"] == ""
    quiet = world.post("/settings?v", torrserver.address)
    assert (quiet.action, quiet.data) == ("error:TorrServer v. 1.2.99 is not supported!", None)


def test_an_address_where_nothing_answers(world: World) -> None:
    got = world.post("/settings", "127.0.0.1:1")
    assert got.status == 500
    why = 'Get "http://127.0.0.1:1/echo": dial tcp 127.0.0.1:1: connect: connection refused'
    assert got.text == f"{why}\n"
    assert world.post("/settings?v", "127.0.0.1:1").action == f"error:{why}"


@pytest.mark.parametrize("data", [None, True])
def test_anything_else_asks_for_the_address(world: World, data: object) -> None:
    got = world.post("/settings", data)
    assert got.action == f"execute:{world.base}/msx/input?addr"
    assert got.data == {
        "action": f"execute:{world.base}/settings",
        "extension": "<IP>:8090",
        "headline": "{dic:Address|Address of} Torrserver:",
        "value": "127.0.0.",
    }


def test_media_folders_are_links(world: World, tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    assert world.post("/settings", {"video": str(films)}).action == "info:OK"
    assert (world.folder / "video").readlink() == films
    assert world.get("/settings").json["Video"] == str(films)
    missing = world.post("/settings", {"video": "/nowhere/at/all"})
    text = "stat /nowhere/at/all: no such file or directory\n"
    assert (missing.status, missing.text) == (500, text)
    file = world.write("file")
    got = world.post("/settings", {"video": str(file)})
    assert (got.status, got.text) == (500, f"{file} is not a directory!\n")
    assert (world.folder / "video").readlink() == films, "the old link stays"
    assert world.post("/settings", {"video": ""}).action == "info:OK"
    assert world.get("/settings").json["Video"] == ""


def test_a_folder_with_content_is_never_removed(world: World) -> None:
    world.write("video/a.mp4")
    got = world.post("/settings", {"video": ""})
    assert (got.status, got.text) == (500, "remove video: directory not empty\n")
    assert (world.folder / "video/a.mp4").exists()


def test_texts(world: World) -> None:
    sent = {"Background": "b.jpg", "FFstream": "9000", "unknown": "x", "Video": 5, "FFmpeg": ""}
    assert world.post("/settings", sent).action == "info:OK"
    assert stored(world)["Background"] == "b.jpg"
    assert stored(world)["FFstream"] == "9000"
    got = world.post("/settings", {"FFstream": "abc"})
    assert (got.status, got.text) == (500, 'strconv.Atoi: parsing "abc": invalid syntax\n')
    got = world.post("/settings", {"FFstream": "9" * 20})
    assert got.text == f'strconv.Atoi: parsing "{"9" * 20}": value out of range\n'
    assert stored(world)["FFstream"] == "9000"


def test_a_program_must_be_the_one(world: World, tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg-7"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert world.post("/settings", {"FFmpeg": str(program)}).action == "info:OK"
    assert stored(world)["FFmpeg"] == str(program)
    assert "+ ffmpeg" in world.get("/msx/menu").text
    for bad in ("/bin/sh", "/no/ffmpeg"):
        assert world.post("/settings", {"FFmpeg": bad}).status == 500
    assert stored(world)["FFmpeg"] == str(program)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", "EOF"),
        ("  ", "EOF"),
        ('{"data"', "unexpected EOF"),
        ("{]", "invalid character ']' looking for beginning of object key string"),
        ("5", "json: expected an object with data, found number"),
        ('{"data": NaN}', "invalid character 'N' looking for beginning of value"),
    ],
)
def test_broken_json(world: World, body: str, text: str) -> None:
    got = world.get("/settings", "POST", body)
    assert (got.status, got.text) == (500, f"{text}\n")


def test_very_deep_json_is_refused(world: World) -> None:
    got = world.get("/settings", "POST", '{"data":' + "[" * 200_000)
    assert got.status == 500
    assert world.get("/settings").status == 200


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "0s"), (59, "59s"), (61, "1m1s"), (3600, "1h0m0s"), (93784, "26h3m4s")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_restart_loads_everything_anew(world: World) -> None:
    world.write("plugins/c/main.tengo", COUNTS)
    assert [world.get("/c/").text for _ in range(3)] == ["1", "2", "3"]
    world.write("settings.json", '{"TorrServer": "new:1"}')
    assert (world.get("/restart").action, world.get("/restart").data) == ("reload", None)
    assert world.get("/settings").json["TorrServer"] == "new:1"
    deadline = time.monotonic() + 10
    while world.get("/c/").text != "1":  # its memory is emptied behind the answer
        assert time.monotonic() < deadline
    world.write("settings.json", "{")
    broken = world.get("/restart")
    assert broken.status == 500 and "settings.json" in broken.text
    assert world.get("/settings").json["TorrServer"] == "new:1", "the state stays"


def test_update_says_where_updates_come_from(world: World) -> None:
    assert world.get("/update").action.startswith("info:This server is Jackfield")
