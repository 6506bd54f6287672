"""Plugins' private folders, on a real disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.errors import InvalidInput, NotFound
from jackfield.services import files as module
from jackfield.services.files import DiskFiles


@pytest.fixture
def files(tmp_path: Path) -> DiskFiles:
    return DiskFiles(lambda slug: tmp_path / "data" / slug)


def test_what_is_written_is_read_by_its_plugin_only(files: DiskFiles) -> None:
    files.write("one", "a/b/c.bin", b"\x00\xff")
    assert files.read("one", "a/b/c.bin") == b"\x00\xff"
    assert files.read("one", "/a//b/./c.bin") == b"\x00\xff"
    assert files.read("two", "a/b/c.bin") is None
    assert files.read("one", "a/b") is None
    files.write("one", "a/b/c.bin", b"again")
    assert files.read("one", "a/b/c.bin") == b"again"


@pytest.mark.parametrize("path", ["../../x.txt", "/x.txt", "a/../x.txt", "/../x.txt", "./x.txt"])
def test_every_path_stays_inside(files: DiskFiles, tmp_path: Path, path: str) -> None:
    files.write("one", path, b"in")
    assert files.list("one", "") == ["x.txt"]
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["one"]
    assert files.exists("one", "x.txt")
    assert not files.exists("two", "../one/x.txt")


@pytest.mark.parametrize("path", ["a\0b", "a\\b", "..\\x"])
def test_what_is_no_file_name_is_refused(files: DiskFiles, path: str) -> None:
    with pytest.raises(InvalidInput, match="not a file name"):
        files.write("one", path, b"")


def test_a_name_may_be_as_long_as_the_disk_allows(files: DiskFiles) -> None:
    longest, too_long = "x" * 255, "x" * 256
    files.write("one", longest, b"in")
    assert files.read("one", longest) == b"in"
    assert files.list("one", "") == [longest]
    assert files.read("one", too_long) is None
    assert not files.exists("one", too_long)
    with pytest.raises(InvalidInput, match="cannot be written: File name too long"):
        files.write("one", too_long, b"")
    with pytest.raises(InvalidInput, match="its folder cannot be made: File name too long"):
        files.write("one", f"{too_long}/x", b"")
    with pytest.raises(InvalidInput, match="file name too long"):
        files.delete("one", too_long)
    assert files.list("one", "") == [longest]


def test_a_link_does_not_lead_out(files: DiskFiles, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    files.write("one", "real.txt", b"")
    (tmp_path / "data/one/link").symlink_to(tmp_path)
    for call in (files.read, files.list, files.exists, files.delete):
        with pytest.raises(InvalidInput, match="leads out"):
            call("one", "link/secret")


def test_listing_shows_direct_children_only(files: DiskFiles) -> None:
    for name in ("b.txt", "a/x.txt", "a/y/z.txt"):
        files.write("one", name, b"")
    assert files.list("one", "/") == ["a", "b.txt"]
    assert files.list("one", "a") == ["x.txt", "y"]
    assert files.list("one", "missing") == []
    assert files.list("one", "b.txt") == []


def test_delete_takes_files_and_empty_folders(files: DiskFiles) -> None:
    files.write("one", "a/x.txt", b"")
    with pytest.raises(InvalidInput, match="not empty"):
        files.delete("one", "a")
    files.delete("one", "a/x.txt")
    files.delete("one", "a")
    with pytest.raises(NotFound, match="one: a: no such file"):
        files.delete("one", "a")
    with pytest.raises(InvalidInput, match="own folder"):
        files.delete("one", "..")


def test_a_folder_is_not_written_over(files: DiskFiles) -> None:
    files.write("one", "a/x.txt", b"")
    for path in ("a", "", "/"):
        with pytest.raises(InvalidInput, match="is a folder"):
            files.write("one", path, b"")
    with pytest.raises(InvalidInput, match="folder cannot be made"):
        files.write("one", "a/x.txt/y", b"")


def test_quotas(files: DiskFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", 15)
    with pytest.raises(InvalidInput, match="11 bytes; a file may have 10"):
        files.write("one", "x", b"x" * 11)
    files.write("one", "x", b"x" * 10)
    with pytest.raises(InvalidInput, match="would take 16 bytes; 15 are allowed"):
        files.write("one", "y", b"y" * 6)
    assert files.list("one", "") == ["x"]
    files.write("one", "x", b"z" * 10)  # what it replaces does not count
    files.write("two", "y", b"y" * 10)
    assert files.size("one") == 10


def test_only_the_host_may_read_them(files: DiskFiles, tmp_path: Path) -> None:
    files.write("one", "a/x.txt", b"")
    assert (tmp_path / "data/one").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data/one/a").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data/one/a/x.txt").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_refuses_is_reported_and_keeps_the_old_file(
    files: DiskFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("one", "x.txt", b"old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InvalidInput, match="cannot be written: No space left"):
        files.write("one", "x.txt", b"new")
    assert files.read("one", "x.txt") == b"old"
    assert files.list("one", "") == ["x.txt"]
