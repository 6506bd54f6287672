"""With programs that stand for ffmpeg and ffprobe: they write and print what those would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import World

FFMPEG = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in *broken*) exit 1;; esac
for last; do :; done
printf 'PNG made' > "$last"
"""
FFPROBE = """#!/bin/sh
echo '{tags}'
"""


@pytest.fixture
def programs(world: World, tmp_path: Path) -> Path:
    """The log of ffmpeg's arguments."""
    log = tmp_path / "log"
    tags = {"format": {"tags": {"TITLE": "T|x", "artist": "A", "genre": "G"}}}
    for name, text in {
        "ffmpeg": FFMPEG.replace("{log}", str(log)),
        "ffprobe": FFPROBE.replace("{tags}", json.dumps(tags)),
    }.items():
        file = tmp_path / name
        file.write_text(text)
        file.chmod(0o755)
        world.home.set_program(name, str(file))
    return log


def test_without_ffmpeg_everything_stays_as_it_is(world: World) -> None:
    world.write("photo/a.png", b"original")
    world.write("music/a.mp3")
    assert world.get("/msx/ffmpeg/photo/a.png?height=100").body == b"original"
    assert world.get("/msx/ffmpeg/music/a.mp3").action == "[]"
    assert world.get("/msx/ffmpeg/photo/none.png").text == "404 page not found\n"
    assert world.get("/msx/ffmpeg/video/a.mp4").status == 400
    assert world.get("/msx/ffmpeg/single").status == 404


def test_a_picture_is_made_to_fit(world: World, programs: Path) -> None:
    world.write("photo/a b.png", b"original")
    got = world.get("/msx/ffmpeg/photo/a%20b.png?height=100")
    assert (got.body, got.headers["content-type"]) == (b"PNG made", "image/png")
    assert "scale=-1:'min(100,ih)'" in programs.read_text()
    world.get("/msx/ffmpeg/photo/a%20b.png?height=x")
    assert "min(264,ih)" in programs.read_text()
    world.write("photo/broken.png", b"original")
    assert world.get("/msx/ffmpeg/photo/broken.png").body == b"original"


def test_what_a_piece_of_music_says_of_itself(world: World, programs: Path) -> None:
    world.write("music/Sub/a.mp3")
    action = world.get("/msx/ffmpeg/music/Sub/a.mp3").action
    background, label, info = action.strip("[]").split("|")
    assert background.startswith(f"player:background:{world.base}/msx/ffmpeg/")
    assert label == "player:label:content:T¦x", "a tag begins no action of its own"
    assert info == (
        "player:info:text:{col:msx-white}{ico:person} A{br}{ico:music-note} G{br}"
        "{col:msx-white-soft}{ico:attach-file} a.mp3{br}{ico:folder-open} Sub"
    )
    cover = background.removeprefix(f"player:background:{world.base}")
    assert world.get(cover).body == b"PNG made"
    assert world.get(cover).status == 404, "it is sent once"
    assert "folder-open" not in world.get("/msx/ffmpeg/music/Sub.mp3").action


def test_only_media_are_converted(world: World, programs: Path) -> None:
    world.write("plugins/a/x.png", b"secret")
    assert world.get("/msx/ffmpeg/plugins/a/x.png").status == 404
    assert world.get("/msx/ffmpeg/plugins/a.mp3").action == "[]"
    assert not programs.exists()


def test_a_plugin_starts_a_stream(world: World, programs: Path) -> None:
    address = world.home.start_ffmpeg("http://src", ["-re"], ["-c", "copy"], "tv.local")
    assert address == "http://tv.local:8009"
    world.home.close()
