from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jackfield.errors import Conflict, SurroundingsError
from jackfield.plugins.authoring import write_starter, write_whole


@pytest.fixture
def template(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    (folder / "src" / "__pycache__").mkdir(parents=True)
    (folder / "src" / "__pycache__" / "x.pyc").write_bytes(b"\xff")
    (folder / "src" / "plugin.py").write_text("NAME = '{{name}}'\n")
    (folder / "README.md").write_text("# {{slug}} {{slug}}\n")
    return folder


def test_a_starter_is_the_template_with_its_names(template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "my-new_bot"
    written = write_starter(template, folder, "my-new_bot")
    assert written == [folder / "README.md", folder / "src" / "plugin.py"]
    assert written[0].read_text() == "# my-new_bot my-new_bot\n"
    assert written[1].read_text() == "NAME = 'My New Bot'\n"
    assert not list(folder.rglob("*.pyc"))


def test_nothing_is_written_over(template: Path, tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    with pytest.raises(Conflict, match="bot exists already"):
        write_starter(template, tmp_path / "bot", "bot")
    assert list((tmp_path / "bot").iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(template: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SurroundingsError, match=r"cannot write .*file/bot"):
        write_starter(template, tmp_path / "file" / "bot", "bot")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "bot.ocpkg"
    target.write_bytes(b"old")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "bot.ocpkg"
    target.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_whole(target, "text")  # type: ignore[arg-type]
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_in_its_place_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]
