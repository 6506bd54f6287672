from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.iptv import unpacking
from jackfield.dialects.dispatcharr.iptv.faults import BadSource, SourceTooLarge
from jackfield.dialects.dispatcharr.iptv.unpacking import open_bytes, open_source

TEXT = b"#EXTM3U\n#EXTINF:-1,One\nhttp://host/1\n" * 50


def read(path: Path, **options: object) -> tuple[bytes, str, bool]:
    with open_source(path, **options) as source:  # type: ignore[arg-type]
        content = b""
        while chunk := source.read(100):
            content += chunk
        return content, source.packing, source.truncated


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


@pytest.mark.parametrize(
    ("packing", "packed"),
    [("plain", TEXT), ("gzip", gzip.compress(TEXT, mtime=0)), ("xz", lzma.compress(TEXT))],
)
def test_what_a_file_is_its_first_bytes_say(folder: Path, packing: str, packed: bytes) -> None:
    path = folder / "misnamed.txt"
    path.write_bytes(packed)
    assert read(path) == (TEXT, packing, False)


def test_of_a_zip_the_first_wanted_member_is_taken(folder: Path) -> None:
    path = zipped(folder / "a.zip", readme_txt=b"no", lists__A_M3U=TEXT, b_m3u=b"other")
    assert read(path) == (TEXT, "zip", False)
    guide = zipped(folder / "g.zip", a_m3u=b"no", guide_xml=b"<tv/>")
    assert read(guide, wanted=(".xml",))[0] == b"<tv/>"


def test_a_zip_without_a_playlist_says_what_it_has(folder: Path) -> None:
    path = zipped(folder / "a.zip", readme_txt=b"no")
    with pytest.raises(BadSource, match=r"without a file named \*\.m3u or \*\.m3u8; found readme"):
        read(path)
    with pytest.raises(BadSource, match="found nothing"):
        read(zipped(folder / "empty.zip"))


def test_a_broken_zip_and_an_encrypted_one(folder: Path) -> None:
    path = folder / "broken.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing of sense")
    with pytest.raises(BadSource, match=r"broken\.zip: is a zip that cannot be read"):
        read(path)
    path = zipped(folder / "locked.zip", a_m3u=TEXT)
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag that says: encrypted, in both of its places
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BadSource, match=r"cannot be read: .*encrypted"):
        read(path)


def test_what_breaks_off_gives_what_came_before(folder: Path) -> None:
    whole = gzip.compress(zlib.compress(TEXT * 99) * 40)
    path = folder / "cut.gz"
    path.write_bytes(whole[: len(whole) // 2])
    content, packing, truncated = read(path)
    assert packing == "gzip"
    assert truncated
    assert content


def test_what_is_broken_from_the_start_is_an_error(folder: Path) -> None:
    path = folder / "bad.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 50)
    with pytest.raises(BadSource, match=r"bad\.gz: is a broken gzip file"):
        read(path)
    path = folder / "bad.xz"
    path.write_bytes(lzma.compress(TEXT)[:20])
    with pytest.raises(BadSource, match="is a broken xz file"):
        read(path)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_bomb_is_stopped_long_before_its_end(folder: Path, pack: object) -> None:
    path = folder / "bomb"
    path.write_bytes(pack(bytes(unpacking.BOMB_FLOOR * 2)))  # type: ignore[operator]
    with open_source(path) as source, pytest.raises(SourceTooLarge, match=r"bomb: unpacks to more"):
        while source.read():
            pass
    assert source.unpacked <= unpacking.BOMB_FLOOR + (1 << 20)


def test_a_cap_holds_for_plain_files_too(folder: Path) -> None:
    path = folder / "large.m3u"
    path.write_bytes(TEXT)
    with pytest.raises(SourceTooLarge):
        read(path, largest=200)


def test_files_that_are_not_there_or_none(folder: Path) -> None:
    with pytest.raises(BadSource, match="no such file"):
        read(folder / "none.m3u")
    with pytest.raises(BadSource, match="is a directory"):
        read(folder)


def test_the_position_moves_with_the_reading(folder: Path) -> None:
    path = folder / "a.gz"
    path.write_bytes(gzip.compress(TEXT * 2000, 0))
    with open_source(path) as source:
        before = source.position
        source.read(1000)
        assert 0 <= before <= source.position <= source.size
        while source.read():
            pass
        assert source.position == source.size


def test_bytes_that_are_there_already() -> None:
    source = open_bytes(TEXT, name="here")
    assert source.read(7) == b"#EXTM3U"
    assert source.size == len(TEXT)
    assert io.BytesIO(TEXT).read() == b"#EXTM3U" + source.read(1 << 20)
