from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from jackfield.errors import ArchiveError
from jackfield.plugins.archive import Archive, ArchiveLimits
from plugins.archive.making import GOOD, make_tgz, pax, tar_block, tgz

SMALL = ArchiveLimits(upload=10_000_000, unpacked=3_000_000, files=20, file=2_000_000)


def refused(data: bytes, limits: ArchiveLimits = SMALL) -> str:
    with pytest.raises(ArchiveError) as caught, Archive(data, "evil.tgz", limits) as archive:
        for name in archive.names():
            archive.read(name, cap=10**9)
    assert caught.value.file == "evil.tgz"
    return caught.value.message


def content(data: bytes) -> dict[str, bytes]:
    with Archive(data, "good.tgz", SMALL) as archive:
        return {name: archive.read(name) for name in archive.names()}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_honest_archives_of_every_form(form: int) -> None:
    long = {"x" * 90 + "/" + "y" * 90: b"long", "empty": b"", **GOOD}
    assert content(make_tgz(long, form)) == long


def test_names_outside_ascii() -> None:
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        files = {"日本語/é.txt": b"1", "é" * 90 + "/b": b"2"}
        assert content(make_tgz(files, form)) == files


def test_archives_of_the_tar_command(tmp_path: Path) -> None:
    for name, data in GOOD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    made = shutil.make_archive(str(tmp_path / "made"), "gztar", tmp_path, "public")
    assert content(Path(made).read_bytes()) == {"public/page.html": GOOD["public/page.html"]}
    for options in ([], ["--format=gnu"], ["--format=pax"], ["--format=ustar"]):
        out = subprocess.run(
            ["tar", "-cz", *options, "-C", tmp_path, "--exclude=./made*", "."],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        assert content(out) == GOOD


def test_modes(tmp_path: Path) -> None:
    data = make_tgz({"run": b"#!"}, change=lambda info: setattr(info, "mode", 0o755))
    with Archive(data, "x.tgz") as archive:
        archive.unpack(tmp_path / "out")
    assert (tmp_path / "out" / "run").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (tarfile.SYMTYPE, "is a link"),
        (tarfile.LNKTYPE, "is a hard link"),
        (tarfile.CHRTYPE, "is a device"),
        (tarfile.BLKTYPE, "is a device"),
        (tarfile.FIFOTYPE, "is a pipe"),
        (tarfile.CONTTYPE, "unsupported kind"),
        (tarfile.GNUTYPE_SPARSE, "sparse"),
        (b"Z", "unsupported kind"),
    ],
)
def test_special_files(kind: bytes, rule: str) -> None:
    found = refused(tgz(tar_block(b"thing", kind=kind)))
    assert "member 'thing'" in found
    assert rule in found


def test_links_as_tarfile_writes_them() -> None:
    def link(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc/" + "x" * 150, 0

    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        found = refused(make_tgz({"a": b""}, form, link))
        assert "link" in found


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6777])
def test_setuid(mode: int) -> None:
    assert "setuid" in refused(tgz(tar_block(b"a", b"x", mode=mode)))


@pytest.mark.parametrize(
    "name",
    [b"../evil", b"/evil", b"C:\\evil", b"a/../../b", b"nul", b"a.", b"a\x1bb", b"a//b", b"/"],
)
def test_bad_names(name: bytes) -> None:
    refused(tgz(tar_block(name, b"x")))


def test_bad_names_in_extended_headers() -> None:
    extended = tar_block(b"x", pax(path="../evil"), kind=b"x")
    assert "leads out" in refused(tgz(extended, tar_block(b"good", b"x")))
    long = tar_block(b"././@LongLink", b"/evil\0", kind=b"L")
    assert "absolute" in refused(tgz(long, tar_block(b"good", b"x")))
    assert "not UTF-8" in refused(tgz(tar_block(b"\xff\xfe", b"x")))
    prefix = tar_block(b"evil", b"x", prefix=b"..")
    assert "leads out" in refused(tgz(prefix))


def test_one_folder_for_all_is_no_member() -> None:
    data = tgz(tar_block(b"./", kind=b"5"), tar_block(b"./a", b"1"), tar_block(b"./b/", kind=b"5"))
    assert content(data) == {"a": b"1"}
    assert "twice" in refused(tgz(tar_block(b"./a", b"1"), tar_block(b"a", b"2")))
    assert "leads out" in refused(tgz(tar_block(b"./../a", b"1")))


@pytest.mark.parametrize(
    ("records", "rule"),
    [
        ({"size": "5"}, "extended header 'size'"),
        ({"linkpath": "/etc"}, "extended header 'linkpath'"),
        ({"GNU__sparse__name": "x"}, "extended header 'GNU.sparse.name'"),
    ],
)
def test_extended_headers_that_change_the_meaning(records: dict[str, str], rule: str) -> None:
    extended = tar_block(b"x", pax(**records), kind=b"x")
    assert rule in refused(tgz(extended, tar_block(b"good", b"x")))


def test_harmless_extended_headers() -> None:
    everybody = tar_block(b"x", pax(comment="0123abc"), kind=b"g")
    one = tar_block(b"x", pax(mtime="1.5", path="renamed"), kind=b"x")
    assert content(tgz(everybody, one, tar_block(b"a", b"1"), tar_block(b"b", b"2"))) == {
        "renamed": b"1",
        "b": b"2",
    }
    assert "one name to all" in refused(tgz(tar_block(b"x", pax(path="all"), kind=b"g")))


@pytest.mark.parametrize(
    "body", [b"5 a=b", b"99 path=x\n", b"x path=y\n", b"7 pathx\n", b"0 path=x\n", b"-5 a=b\n"]
)
def test_damaged_extended_headers(body: bytes) -> None:
    found = refused(tgz(tar_block(b"x", body, kind=b"x"), tar_block(b"a", b"1")))
    assert "damaged extended header" in found


def test_extended_headers_have_a_size() -> None:
    huge = tar_block(b"x", pax(comment="x" * 70_000), kind=b"x")
    assert "extended header of" in refused(tgz(huge, tar_block(b"a", b"1")))
    assert "names a member twice" in refused(
        tgz(*[tar_block(b"x", pax(path="a"), kind=b"x")] * 2, tar_block(b"a", b"1"))
    )
    assert "belongs to no member" in refused(tgz(tar_block(b"x", pax(path="a"), kind=b"x")))


@pytest.mark.parametrize(
    "size",
    [b"77777777777\0", b"\x80" + b"\0" * 10 + b"\x05", b"\xff" * 12, b"-0000000001\0",
     b"0x000000001\0", b"99999999999\0"],
)  # fmt: skip
def test_sizes_that_lie(size: bytes) -> None:
    found = refused(tgz(tar_block(b"a", b"12345", size=size)))
    assert "truncated" in found or "too large number" in found


def test_checksums() -> None:
    assert "is no tar archive" in refused(tgz(tar_block(b"a", b"1", checksum=7)))
    assert "damaged header" in refused(tgz(tar_block(b"a", b"1"), tar_block(b"b", checksum=7)))


def test_every_truncation_is_refused() -> None:
    data = make_tgz()
    for size in range(len(data)):
        with pytest.raises(ArchiveError):
            Archive(data[:size], "cut.tgz")


def test_every_truncation_inside_gzip_is_refused() -> None:
    tar = gzip.decompress(make_tgz())
    whole = len(tar.rstrip(b"\0"))
    for size in range(0, whole, 64):
        refused(gzip.compress(tar[:size], mtime=0))


def test_junk_behind() -> None:
    assert "behind its end" in refused(make_tgz() + b"junk")
    assert "behind its end" in refused(make_tgz() + make_tgz({"b": b""}))
    assert "behind its end" in refused(tgz(tar_block(b"a", b"1"), end=b"\0" * 512 + b"junk" * 128))
    hidden = b"\0" * 1024 + tar_block(b"evil", b"x") + b"\0" * 1024
    assert "behind its end" in refused(tgz(tar_block(b"a", b"1"), end=hidden))
    flipped = bytearray(make_tgz())
    flipped[-5] ^= 1
    assert "damaged" in refused(bytes(flipped))


def test_not_a_tar_archive_inside() -> None:
    assert "no tar archive" in refused(gzip.compress(b"hello" * 200))
    assert "no tar archive" in refused(gzip.compress(b""))


def test_bombs() -> None:
    assert "more than 200 times its size" in refused(make_tgz({"zeros": bytes(2_900_000)}))
    noise = os.urandom(1_500_000)
    assert "unpacks to more than 3,000,000 bytes" in refused(
        make_tgz({"a": noise, "b": noise, "c": noise})
    )
    assert "at most 1,000,000 are allowed" in refused(
        make_tgz({"a": noise}), ArchiveLimits(file=1_000_000)
    )
    assert "21 members" in refused(make_tgz({f"f{n}": b"" for n in range(21)}))
    nested = gzip.compress(gzip.compress(bytes(10**6)))
    assert "no tar archive" in refused(nested)


def test_headers_without_end() -> None:
    blocks = [tar_block(b"x", pax(comment=str(n)), kind=b"g") for n in range(61)]
    assert "members" in refused(tgz(*blocks))


def test_a_large_archive_goes_through_a_file(tmp_path: Path) -> None:
    noise = os.urandom(20 * 1024 * 1024)
    with Archive(make_tgz({"noise": noise}), "large.tgz") as archive:
        archive.unpack(tmp_path / "out")
    assert (tmp_path / "out" / "noise").read_bytes() == noise


def test_same_as_tarfile() -> None:
    data = make_tgz({"a/b": b"1" * 600, "a/c": b"", "d": b"2"})
    with tarfile.open(fileobj=io.BytesIO(data)) as theirs:
        found = {m.name: theirs.extractfile(m).read() for m in theirs.getmembers()}  # type: ignore[union-attr]
    assert content(data) == found
