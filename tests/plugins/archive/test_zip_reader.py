from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest

from jackfield.errors import ArchiveError
from jackfield.plugins.archive import Archive, ArchiveLimits
from plugins.archive.making import GOOD, RawZip, make_zip, raw_info, zip_of

SMALL = ArchiveLimits(upload=10_000_000, unpacked=3_000_000, files=20, file=2_000_000)


def refused(data: bytes, limits: ArchiveLimits = SMALL) -> str:
    """Why an archive is refused, at the opening or at the reading of all."""
    with pytest.raises(ArchiveError) as caught, Archive(data, "evil.zip", limits) as archive:
        for name in archive.names():
            archive.read(name, cap=10**9)
    assert caught.value.file == "evil.zip"
    return caught.value.message


def content(data: bytes) -> dict[str, bytes]:
    with Archive(data, "good.zip", SMALL) as archive:
        return {name: archive.read(name) for name in archive.names()}


def test_honest_archives_of_every_writer(tmp_path: Path) -> None:
    assert content(make_zip()) == GOOD
    assert content(make_zip(method=zipfile.ZIP_STORED)) == GOOD
    assert content(make_zip(comment=b"commit 0123abc")) == GOOD
    assert content(make_zip({"public/": b"", **GOOD})) == GOOD
    for name, data in GOOD.items():
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).write_bytes(data)
    made = shutil.make_archive(str(tmp_path / "made"), "zip", tmp_path / "src")
    assert content(Path(made).read_bytes()) == GOOD
    if shutil.which("zip"):
        subprocess.run(["zip", "-qr", "../cli.zip", "."], cwd=tmp_path / "src", check=True)
        assert content((tmp_path / "cli.zip").read_bytes()) == GOOD


class _Pipe(io.RawIOBase):
    """A file that cannot seek: its writer must put sizes behind the data."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(data)  # type: ignore[arg-type]


def test_an_archive_written_to_a_pipe() -> None:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as out:  # type: ignore[call-overload]
        for name, data in GOOD.items():
            out.writestr(name, data)
    assert content(pipe.data) == GOOD


def test_names_in_utf8_with_and_without_the_flag() -> None:
    assert content(make_zip({"é.txt": b"1"})) == {"é.txt": b"1"}
    raw = RawZip().add("é.txt".encode(), b"1")
    assert content(raw.bytes()) == {"é.txt": b"1"}
    cp437 = RawZip().add("é.txt".encode("cp437"), b"1")
    assert content(cp437.bytes()) == {"é.txt": b"1"}


@pytest.mark.parametrize(
    ("mode", "rule"),
    [
        (0o120777, "is a link"),
        (0o020644, "neither a file nor a folder"),
        (0o060644, "neither a file nor a folder"),
        (0o010644, "neither a file nor a folder"),
        (0o140644, "neither a file nor a folder"),
        (0o104755, "setuid"),
        (0o102755, "setuid or setgid"),
        (0o040755, "not by both"),
    ],
)
def test_special_files(mode: int, rule: str) -> None:
    found = refused(zip_of(raw_info("thing", external_attr=mode << 16)))
    assert "member 'thing'" in found
    assert rule in found


def test_a_link_that_claims_to_come_from_windows() -> None:
    member = raw_info("thing", external_attr=0o120777 << 16, create_system=0)
    assert "is a link" in refused(zip_of(member))


def test_a_folder_with_content() -> None:
    raw = RawZip().add(b"dir/", b"surprise", attr=0o040755 << 16)
    assert "folder with content" in refused(raw.bytes())


def test_encryption_and_compression() -> None:
    assert "is encrypted" in refused(RawZip().add(b"a", b"x", flags=1).bytes())
    assert "is encrypted" in refused(RawZip().add(b"a", b"x", flags=0x41).bytes())
    assert "is a patch" in refused(RawZip().add(b"a", b"x", flags=0x20).bytes())
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "unsupported compression" in refused(make_zip(method=method))
    assert "unsupported compression 99" in refused(RawZip().add(b"a", b"x", method=99).bytes())


@pytest.mark.parametrize("cut", [1, 10, 22, 23, 60, 150])
def test_truncated_at_the_end(cut: int) -> None:
    refused(make_zip()[:-cut])


def test_every_truncation_is_refused() -> None:
    data = make_zip()
    for size in range(len(data)):
        refused(data[:size])


def test_junk_around_and_inside() -> None:
    raw = RawZip().add(b"a", b"first").add(b"b", b"second")
    assert content(raw.bytes()) == {"a": b"first", "b": b"second"}
    assert "in front" in refused(raw.bytes(before=b"#!/bin/sh\n"))
    assert "in front" in refused(b"GIF89a" + make_zip())
    assert "behind its end" in refused(raw.bytes(after=b"junk"))
    assert "belong to no member" in refused(raw.bytes(between=b"hidden"))
    other = RawZip().add(b"c", b"third").bytes()
    assert "belong to no member" in refused(other + raw.bytes())
    # As zipfile would correct it: the offsets count from the start of the file.
    raw.body = other
    raw.directory = b""
    raw.count = 0
    raw.add(b"a", b"first")
    assert "preceded by bytes that belong to no member" in refused(raw.bytes())


def test_two_ends() -> None:
    inner = RawZip().add(b"inner", b"x").bytes()
    outer = RawZip().add(b"outer", b"y")
    data = outer.bytes(comment=inner)
    assert "two ends" in refused(data)


def test_counts_and_parts() -> None:
    raw = RawZip().add(b"a", b"1").add(b"b", b"2")
    assert "declares 1 members but holds 2" in refused(raw.bytes(count=1))
    assert "several files" in refused(raw.bytes(disk=1))
    assert "zip64" in refused(raw.bytes(count=0xFFFF))


def test_too_many_members() -> None:
    files = {f"f{number}": b"" for number in range(21)}
    assert "has 21 members; at most 20" in refused(make_zip(files))


def test_duplicate_and_clashing_names() -> None:
    raw = RawZip().add(b"stage.json", b"{}").add(b"stage.json", b"{1}")
    assert "member 'stage.json' appears twice" in refused(raw.bytes())
    assert "clashes with 'a'" in refused(make_zip({"a": b"1", "A": b"2"}))
    assert "both a file and a folder" in refused(make_zip({"a": b"1", "a/b": b"2"}))


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "C:\\evil", "..\\evil", "a/../../b", "nul", "a.", "a\x1bb", "./a"]
)
def test_bad_names(name: str) -> None:
    assert repr(name) in refused(RawZip().add(name.encode(), b"x").bytes())


def test_a_name_with_a_nul_is_not_cut() -> None:
    assert "control character" in refused(RawZip().add(b"good.txt\0../../evil", b"x").bytes())


def test_a_second_name_in_the_extra_field() -> None:
    other = b"../evil"
    extra = struct.pack("<2HBL", 0x7075, 5 + len(other), 1, 0) + other
    assert "second, different name" in refused(RawZip().add(b"good", b"x", extra=extra).bytes())


@pytest.mark.parametrize(
    ("lies", "rule"),
    [
        ({"local_name": b"evil"}, "another name in its own header"),
        ({"local_method": 8}, "described differently"),
        ({"local_flags": 1}, "described differently"),
        ({"local_flags": 8}, "described differently"),
        ({"local_size": 7}, "another size or checksum"),
        ({"local_packed": 2}, "another size or checksum"),
        ({"local_crc": 7}, "another size or checksum"),
        ({"crc": 7}, "checksum does not fit"),
        ({"size": 4}, "unpacks to more than the 4 bytes"),
        ({"size": 9}, "unpacks to 5 bytes but declares 9"),
    ],
)
def test_headers_that_lie(lies: dict[str, int], rule: str) -> None:
    assert rule in refused(RawZip().add(b"four", b"fives", **lies).bytes())


def test_overlapping_members() -> None:
    raw = RawZip().add(b"a", b"x" * 100)
    raw.add(b"a", b"x" * 100, at=0)
    assert "overlaps another member" in refused(raw.bytes())
    # The quoted overlap: the first member's data holds the second member as a whole.
    inner = RawZip().add(b"b", b"kernel")
    raw = RawZip().add(b"a", inner.body)
    raw.add(b"b", b"kernel", at=len(raw.body) - len(inner.body))
    assert "overlaps another member" in refused(raw.bytes())


def test_a_member_that_reaches_into_the_directory() -> None:
    raw = RawZip().add(b"a", b"x", packed=20, size=20, local_packed=20, local_size=20)
    found = refused(raw.bytes())
    assert "overlaps the directory" in found or "truncated" in found


def test_offset_outside() -> None:
    raw = RawZip().add(b"a", b"x")
    raw.add(b"b", b"x", at=10**6)
    assert "lies outside the archive" in refused(raw.bytes())
    raw = RawZip().add(b"a", b"x" * 100)
    raw.add(b"b", b"x", at=35)
    assert "no header where the directory says" in refused(raw.bytes())


def test_bomb_by_ratio() -> None:
    assert "more than 200 times" in refused(make_zip({"zeros": bytes(1_900_000)}))


def test_bomb_by_many_small_ones() -> None:
    limits = ArchiveLimits(ratio_from=100_000)
    files = {f"zeros{number}": bytes(90_000) for number in range(20)}
    assert "the archive unpacks to more than 200 times" in refused(make_zip(files), limits)


def test_bomb_by_size() -> None:
    noise = os.urandom(1_500_000)
    assert "at most 1,000,000 are allowed" in refused(
        make_zip({"big": noise}), ArchiveLimits(file=1_000_000)
    )
    assert "the archive unpacks to more than 3,000,000 bytes" in refused(
        make_zip({"a": noise, "b": noise, "c": noise})
    )


def test_a_bomb_that_declares_little() -> None:
    raw = RawZip().add(b"bomb", bytes(50_000_000), deflate=True, size=100, local_size=100)
    assert "unpacks to more than the 100 bytes" in refused(raw.bytes())


def test_hidden_bytes_behind_the_compressed_data() -> None:
    squeeze = zlib.compressobj(9, wbits=-15)
    packed = squeeze.compress(b"hello") + squeeze.flush() + b"hidden"
    raw = RawZip().add(
        b"a", b"hello", method=8, packed_bytes=packed, packed=len(packed), local_packed=len(packed)
    )
    assert "behind its compressed data" in refused(raw.bytes())


def test_damaged_compressed_data() -> None:
    raw = RawZip().add(b"a", b"hello", method=8)
    assert "member 'a' is damaged" in refused(raw.bytes())
    raw = RawZip().add(b"a", b"hello" * 50, deflate=True)
    full = raw.body
    cut = RawZip()
    packed = full[-10:-4]
    cut.add(b"a", b"", method=8, packed_bytes=packed, packed=len(packed), size=250, crc=0)
    found = refused(cut.bytes())
    assert "is damaged" in found or "is truncated" in found


def test_nothing_but_an_end() -> None:
    assert content(make_zip({})) == {}
