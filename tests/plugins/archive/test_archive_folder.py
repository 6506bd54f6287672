from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.errors import InvalidInput, SurroundingsError
from jackfield.plugins.archive import ArchiveLimits, Folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "lamp"
    (folder / "public").mkdir(parents=True)
    (folder / "stage.json").write_text("{}")
    (folder / "public" / "page.html").write_text("<p>")
    (folder / "run.sh").write_text("#!/bin/sh")
    (folder / "run.sh").chmod(0o700)
    return folder


def test_copied_whole(tmp_path: Path, source: Path) -> None:
    with Folder(source) as files:
        assert files.names() == ["public/page.html", "run.sh", "stage.json"]
        assert files.read("public/page.html") == b"<p>"
        files.unpack(tmp_path / "out")
    assert Folder(tmp_path / "out").names() == ["public/page.html", "run.sh", "stage.json"]
    assert (tmp_path / "out" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "stage.json").stat().st_mode & 0o777 == 0o644


def test_what_is_no_part_of_a_plugin_is_left_out(tmp_path: Path, source: Path) -> None:
    for name in (".git", "node_modules", "__pycache__", "public/__pycache__", ".venv"):
        (source / name).mkdir()
        (source / name / "x").write_text("x")
    (source / "secret").symlink_to("/etc/passwd")
    (source / "etc").symlink_to("/etc")
    with Folder(source) as files:
        assert files.names() == ["public/page.html", "run.sh", "stage.json"]
        files.unpack(tmp_path / "out")
    assert not (tmp_path / "out" / "secret").exists()
    assert not (tmp_path / "out" / ".git").exists()


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        (ArchiveLimits(files=2), "more than 2 files"),
        (ArchiveLimits(file=5), "at most 5 are allowed"),
        (ArchiveLimits(unpacked=10), "larger than 10 bytes"),
    ],
)
def test_the_limits_of_archives_hold(
    tmp_path: Path, source: Path, limits: ArchiveLimits, rule: str
) -> None:
    with pytest.raises(InvalidInput, match=rule):
        Folder(source, limits).unpack(tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["lamp"]


def test_a_target_that_cannot_be_made(tmp_path: Path, source: Path) -> None:
    with pytest.raises(SurroundingsError, match="cannot copy the plugin"):
        Folder(source).unpack(tmp_path / "missing" / "out")
