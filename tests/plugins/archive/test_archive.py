from __future__ import annotations

import contextlib
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.errors import ArchiveError, InvalidInput, NotFound, SurroundingsError
from jackfield.plugins.archive import Archive, ArchiveLimits, Member, NameRules, open_archive
from plugins.archive.making import GOOD, RawZip, make_tgz, make_zip, tar_block, tgz


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("make", [make_zip, make_tgz])
def test_read_in_place_and_unpack(tmp_path: Path, make: object) -> None:
    file = tmp_path / "lamp.stage"
    file.write_bytes(make())  # type: ignore[operator]
    with open_archive(file) as archive:
        assert archive.source == "lamp.stage"
        assert archive.names() == sorted(GOOD)
        assert archive.read("stage.json") == GOOD["stage.json"]
        archive.unpack(tmp_path / "out")
    assert tree(tmp_path / "out") == GOOD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lamp.stage", "out"]
    assert (tmp_path / "out" / "stage.json").stat().st_mode & 0o777 == 0o644


def test_the_content_says_which_format_it_is(tmp_path: Path) -> None:
    (tmp_path / "lamp.zip").write_bytes(make_tgz())
    with open_archive(tmp_path / "lamp.zip") as archive:
        assert archive.names() == sorted(GOOD)


def test_empty_folders_are_made(tmp_path: Path) -> None:
    with Archive(make_zip({"a/": b"", "b/c/": b""}), "x.zip") as archive:
        assert archive.names() == []
        archive.unpack(tmp_path / "out")
    assert (tmp_path / "out" / "b" / "c").is_dir()


def test_reading_says_what_is_missing_or_too_large() -> None:
    with Archive(make_zip({"a/": b"", "big": b"x" * 100}), "x.zip") as archive:
        with pytest.raises(InvalidInput, match=r"x\.zip: nothing: file is missing"):
            archive.read("nothing")
        with pytest.raises(InvalidInput, match="a: file is missing"):
            archive.read("a")
        with pytest.raises(InvalidInput, match="is 100 bytes; at most 99 are allowed"):
            archive.read("big", cap=99)


def test_not_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    with pytest.raises(NotFound, match="no such file"):
        open_archive(file)
    with pytest.raises(ArchiveError, match="is not a file"):
        open_archive(tmp_path)
    for content, rule in (
        (b"", "is empty"),
        (b"hello", "is not an archive"),
        (b"PK", "is not an archive"),
        (b"\x1f\x8b", "is truncated"),
        (b"Rar!\x1a\x07\x00", "is not an archive"),
        (b"junk" + make_zip(), "in front of its first member"),
    ):
        file.write_bytes(content)
        with pytest.raises(ArchiveError, match=rule) as caught:
            open_archive(file)
        assert caught.value.file == "x.zip"
        assert caught.value.exit_code == 2


def test_the_upload_has_a_size(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(make_zip({"a": b"x" * 1000}, method=0))
    with pytest.raises(ArchiveError, match="larger than 1,000 bytes"):
        open_archive(file, ArchiveLimits(upload=1000))


def test_nothing_is_written_when_a_member_turns_out_bad(tmp_path: Path) -> None:
    raw = RawZip().add(b"good", b"x" * 1000).add(b"bad", b"x", crc=1, local_crc=1)
    with Archive(raw.bytes(), "x.zip") as archive, pytest.raises(ArchiveError, match="'bad'"):
        archive.unpack(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with Archive(make_zip(), "x.zip") as archive, pytest.raises(SurroundingsError):
        archive.unpack(tmp_path / "out")
    assert tree(tmp_path) == {"out/mine": b"mine"}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Archive(make_zip(), "x.zip") as archive, pytest.raises(SurroundingsError) as caught:
        archive.unpack(tmp_path / "file" / "out")
    assert "cannot unpack the plugin" in str(caught.value)


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(make_zip({"a": b"x" * 1000, "z": b"x" * 500_000}))
    script = (
        "import sys, pathlib\n"
        "from jackfield.errors import SurroundingsError\n"
        "from jackfield.plugins.archive import open_archive\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "try:\n"
        "    open_archive(folder / 'x.zip').unpack(folder / 'out')\n"
        "except SurroundingsError as error:\n"
        "    print(error)\n"
    )

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        preexec_fn=small_files, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "cannot unpack the plugin: the file would be larger" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


# -- what nobody thought of ---------------------------------------------------------------------

_HONEST = (make_zip(), make_tgz(), make_zip(method=0), RawZip().add(b"a", b"1").bytes())


@settings(max_examples=300, deadline=None)
@given(
    which=st.integers(0, len(_HONEST) - 1),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
    ),
    cut=st.one_of(st.none(), st.floats(0, 1)),
)
def test_flipped_bytes_end_in_the_typed_error_or_in_the_same_content(
    which: int, changes: list[tuple[float, int]], cut: float | None
) -> None:
    data = bytearray(_HONEST[which])
    for where, value in changes:
        data[int(where * len(data))] = value
    if cut is not None:
        del data[int(cut * len(data)) :]
    with contextlib.suppress(ArchiveError), Archive(bytes(data), "fuzz") as archive:
        for name in archive.names():
            archive.read(name)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=400), magic=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08"]))
def test_noise(data: bytes, magic: bytes) -> None:
    with contextlib.suppress(ArchiveError), Archive(magic + data, "noise") as archive:
        archive.names()


_PARTS = st.sampled_from(["..", ".", "", "a", "A", "b", "nul", "é", "e\u0301", "c.", "d ", "x\\y"])
_NAMES = st.lists(_PARTS, min_size=1, max_size=4).map("/".join)


@settings(max_examples=300, deadline=None)
@given(names=st.lists(_NAMES, min_size=1, max_size=5), form=st.sampled_from(["zip", "tgz"]))
def test_whatever_the_names_all_or_nothing_is_written_inside(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], form: str
) -> None:
    if form == "zip":
        raw = RawZip()
        for name in names:
            raw.add(name.encode(), name.encode(), flags=0x800)
        data = raw.bytes()
    else:
        data = tgz(*(tar_block(name.encode(), name.encode()) for name in names))
    root = tmp_path_factory.mktemp("fuzz")
    try:
        with Archive(data, "fuzz") as archive:
            archive.unpack(root / "out")
    except ArchiveError:
        assert list(root.iterdir()) == []
    else:
        wanted = {name.removeprefix("./"): name.encode() for name in names}
        assert tree(root) == {f"out/{name}": content for name, content in wanted.items()}


def test_a_dialect_may_read_names_in_its_own_way(tmp_path: Path) -> None:
    def shout(member: Member) -> Member | None:
        return None if member.name == "skip" else replace(member, name=member.name.upper())

    file = tmp_path / "x.zip"
    file.write_bytes(make_zip({"a/b.txt": b"1", "skip": b"2"}))
    with open_archive(file, names=NameRules(read=shout)) as archive:
        assert archive.names() == ["A/B.TXT"]
        assert archive.read("A/B.TXT") == b"1"
        archive.unpack(tmp_path / "out")
    assert tree(tmp_path / "out") == {"A/B.TXT": b"1"}


def test_the_rules_apply_to_what_a_name_was_read_as(tmp_path: Path) -> None:
    data = make_zip({"a": b"1", "b": b"2"})
    for name, rule in (("../x", "leads out"), ("/x", "absolute"), ("x", "appears twice")):
        with pytest.raises(ArchiveError, match=rule):
            rules = NameRules(read=lambda member, name=name: replace(member, name=name))
            Archive(data, "x.zip", names=rules)


def test_names_that_differ_in_case_can_be_let_pass() -> None:
    data = make_zip({"a/Logo.svg": b"1", "A/logo.svg": b"2"})
    with pytest.raises(ArchiveError, match="clashes with"):
        Archive(data, "x.zip")
    with Archive(data, "x.zip", names=NameRules(exact=True)) as archive:
        assert archive.names() == ["A/logo.svg", "a/Logo.svg"]
    with pytest.raises(ArchiveError, match="appears twice"):
        Archive(
            make_zip({"x": b"1", "./x": b"2"}),
            "x.zip",
            names=NameRules(read=lambda member: replace(member, name="x"), exact=True),
        )
