from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.dialects.servemsx.settings_file import Settings, SettingsFile, replace_file
from jackfield.errors import SurroundingsError

DEFAULT = b"""{
  "TorrServer": "",
  "FFmpeg": "ffmpeg",
  "FFprobe": "ffprobe",
  "FFstream": "8009",
  "Background": "background.jpg",
  "VideoWall": 0,
  "Clients": {}
}
"""


def test_the_defaults_are_written_as_the_original_writes_them(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    assert file.load() == Settings()
    file.save(Settings())
    assert file.path.read_bytes() == DEFAULT
    assert file.load() == Settings()


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    settings = Settings("t:1", "/f", "/p", "", "b<&>ä.jpg", 3, {"z": 1, "a": 7})
    file.save(settings)
    assert file.load() == settings
    text = file.path.read_text()
    assert '"b\\u003c\\u0026\\u003eä.jpg"' in text
    assert text.index('"a"') < text.index('"z"')
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_keys_in_any_case_and_what_follows_are_read(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    file.path.write_text('{"torrserver": "x:1", "Unknown": 5, "Clients": null} trailing')
    assert file.load() == Settings(torrserver="x:1")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "EOF"),
        ("{", "unexpected EOF"),
        ("[]", "expected an object"),
        ('{"TorrServer": 5}', "TorrServer: expected a text, found 5"),
        ('{"VideoWall": "x"}', "VideoWall: expected a whole number"),
        ('{"VideoWall": true}', "VideoWall: expected a whole number"),
        ('{"Clients": {"tv": "x"}}', "Clients.tv: expected a whole number"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_broken_file_is_named_and_left(tmp_path: Path, text: str, named: str) -> None:
    file = SettingsFile(tmp_path)
    file.path.write_text(text)
    with pytest.raises(SurroundingsError) as error:
        file.load()
    assert named in str(error.value)
    assert str(file.path) in str(error.value)
    assert file.path.read_text() == text


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    folder = tmp_path / "settings.json"
    folder.mkdir()
    (folder / "x").touch()
    with pytest.raises(SurroundingsError):
        replace_file(folder, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]
