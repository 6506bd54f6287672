from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.errors import InvalidInput
from jackfield.services import files
from jackfield.services.disk_uploads import DiskUploads


@pytest.fixture
def uploads(tmp_path: Path) -> DiskUploads:
    return DiskUploads(lambda slug: tmp_path / slug)


def test_a_file_has_an_address_and_is_found(uploads: DiskUploads) -> None:
    assert uploads.upload("bot", "a b.png", b"x") == "/uploads/bot/a%20b.png"
    path = uploads.find("bot", "a b.png")
    assert path is not None
    assert path.read_bytes() == b"x"
    assert uploads.find("other", "a b.png") is None


@pytest.mark.parametrize("name", ["x/y/z.txt", "/etc/z.txt", "../../z.txt", "C:\\dir\\z.txt"])
def test_folders_are_left_out_of_the_name(uploads: DiskUploads, name: str) -> None:
    assert uploads.upload("bot", name, b"1") == "/uploads/bot/z.txt"


def test_the_same_name_again_replaces(uploads: DiskUploads) -> None:
    uploads.upload("bot", "a", b"1")
    uploads.upload("bot", "a", b"2")
    path = uploads.find("bot", "a")
    assert path is not None
    assert path.read_bytes() == b"2"


@pytest.mark.parametrize("name", ["", "/", "..", ".hidden", "x" * 201, "a\0b"])
def test_what_is_no_name(uploads: DiskUploads, name: str) -> None:
    with pytest.raises(InvalidInput) as error:
        uploads.upload("bot", name, b"1")
    assert error.value.field == "name"


@pytest.mark.parametrize("name", ["", "..", "../bot/a", "a/../a", ".a.part", "a\0", "x" * 5000])
def test_what_was_not_published_is_not_found(uploads: DiskUploads, name: str) -> None:
    uploads.upload("bot", "a", b"1")
    assert uploads.find("bot", name) is None


def test_a_link_is_not_followed(uploads: DiskUploads, tmp_path: Path) -> None:
    uploads.upload("bot", "a", b"1")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "bot" / "link").symlink_to(tmp_path / "secret")
    assert uploads.find("bot", "link") is None


def test_quotas(uploads: DiskUploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    monkeypatch.setattr(files, "MAX_TOTAL_BYTES", 15)
    uploads.upload("bot", "a", b"x" * 10)
    with pytest.raises(InvalidInput):
        uploads.upload("bot", "b", b"x" * 11)
    with pytest.raises(InvalidInput):
        uploads.upload("bot", "b", b"x" * 6)
    assert uploads.upload("other", "b", b"x" * 6)
