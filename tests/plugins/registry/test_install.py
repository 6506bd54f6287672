from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jackfield.errors import (
    ArchiveError,
    Conflict,
    InvalidInput,
    ManifestError,
    NotFound,
    SurroundingsError,
)
from plugins.archive.making import RawZip
from plugins.stage import Stage, StageDialect, archive, folder, refuse, stage, stored_files


@pytest.mark.parametrize("write", [archive, folder])
def test_install_runs_nothing(lit: Stage, src: Path, write: Any) -> None:
    state = lit.registry.install(write(src, name="The Lamp", files={"public/a.html": "<p>"}))
    assert (state.slug, state.dialect, state.name, state.version) == (
        "lamp", "stage", "The Lamp", "1.0.0",
    )  # fmt: skip
    assert (state.state, state.enabled, state.reason) == ("disabled", False, "")
    assert lit.dialect.starts == 0
    assert lit.registry.list() == [state] == [lit.registry.get("lamp")]
    root = lit.registry.folder("lamp")
    assert (root / "public" / "a.html").read_text() == "<p>"
    assert root.parent == lit.data.plugins / "lamp"
    assert len(stored_files(lit)) == 2


def test_inspect_installs_nothing(lit: Stage, src: Path) -> None:
    spec = lit.registry.inspect(archive(src, version="7", permissions=["kv"]))
    assert (spec.slug, spec.version) == ("lamp", "7")
    assert lit.registry.list() == []
    assert stored_files(lit) == set()


def test_what_is_not_installed(lit: Stage, src: Path) -> None:
    registry = lit.registry
    for call in (
        registry.get, registry.enable, registry.disable, registry.reload, registry.uninstall,
        registry.settings, registry.log, registry.versions, registry.rollback, registry.spec,
        registry.folder, registry.delete_kept_data,
    ):  # fmt: skip
        with pytest.raises(NotFound, match="lamp"):
            call("lamp")
    with pytest.raises(NotFound):
        registry.update("lamp", archive(src))
    with pytest.raises(NotFound):
        registry.set_settings("lamp", {})
    assert registry.running("lamp") is None
    registry.suspend("lamp", "why not")
    assert not registry.note_crash("lamp", "boom")


def test_install_twice(lit: Stage, src: Path) -> None:
    lit.registry.install(archive(src))
    with pytest.raises(Conflict, match=r"lamp: is already installed, in version 1\.0\.0 \(update"):
        lit.registry.install(archive(src, version="2"))
    assert lit.registry.get("lamp").versions == ("1.0.0",)
    assert len(stored_files(lit)) == 1


def test_a_slug_of_another_dialect(tmp_path: Path, src: Path) -> None:
    dialects = {"stage": StageDialect(), "arena": StageDialect("arena", "arena.json")}
    with stage(tmp_path / "data", dialects=dialects) as made:
        made.registry.install(folder(src))
        other = folder(src, manifest="arena.json")
        with pytest.raises(Conflict, match="taken by a plugin of dialect 'stage'"):
            made.registry.install(other)
        with pytest.raises(InvalidInput, match="file is missing"):
            made.registry.update("lamp", other)
        made.registry.uninstall("lamp")
        with pytest.raises(Conflict, match="data of an uninstalled plugin of dialect 'stage'"):
            made.registry.install(other)
        made.registry.delete_kept_data("lamp")
        assert made.registry.install(other).dialect == "arena"


def test_which_dialect(tmp_path: Path, src: Path) -> None:
    dialects = {"stage": StageDialect(), "twin": StageDialect("twin")}
    dialects["twin"].suffixes = (".twin",)
    with stage(tmp_path / "data", dialects=dialects) as made:
        with pytest.raises(InvalidInput, match="several dialects: stage, twin"):
            made.registry.install(folder(src))
        with pytest.raises(
            NotFound, match="no dialect 'opera' is installed; there are: stage, twin"
        ):
            made.registry.install(folder(src), dialect="opera")
        assert made.registry.install(folder(src), dialect="twin").dialect == "twin"
        assert made.registry.install(archive(src, slug="rope")).dialect == "stage"
        (src / "plain").mkdir()
        with pytest.raises(InvalidInput, match="not a plugin of any installed dialect"):
            made.registry.install(src / "plain")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", ArchiveError, "is empty"),
        (b"hello", ArchiveError, "is not an archive"),
        (RawZip().add(b"../x", b"").bytes(), ArchiveError, "leads out of its folder"),
        (RawZip().add(b"stage.json", b"{").bytes(), ManifestError, "is not JSON"),
        (RawZip().add(b"stage.json", b'{"slug": "Bad"}').bytes(), ManifestError, "small letters"),
        (RawZip().add(b"stage.json", b'{"slug": "../x"}').bytes(), ManifestError, "small letters"),
        (RawZip().add(b"stage.json", b'{"slug": "a", "name": "\\ud800"}').bytes(), ManifestError,
         "cannot be stored"),
        (RawZip().add(b"stage.json", b'{"slug": "a", "x": NaN}').bytes(), ManifestError,
         "cannot be stored"),
        (RawZip().add(b"stage.json", b'{"slug":"a"}').add(b"b", b"", crc=1, local_crc=1).bytes(),
         ArchiveError, "checksum"),
    ],
)  # fmt: skip
def test_bad_plugins_leave_nothing(
    lit: Stage, src: Path, content: bytes, error: type[Exception], message: str
) -> None:
    (src / "bad.stage").write_bytes(content)
    with pytest.raises(error, match=message):
        lit.registry.install(src / "bad.stage")
    assert lit.registry.list() == []
    assert stored_files(lit) == set()
    assert list(lit.data.plugins.iterdir()) == list(lit.data.staging.iterdir()) == []


def test_a_permission_that_could_not_be_read_back(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jackfield.plugins.permissions import Permission

    read = lit.dialect.read
    bad = Permission.of("network.fetch", hosts=["a(b"])
    monkeypatch.setattr(lit.dialect, "read", lambda files: replace(read(files), permissions=(bad,)))
    with pytest.raises(ManifestError, match="a character that a permission cannot have"):
        lit.registry.install(archive(src))


def test_a_database_that_refuses_an_installation(
    lit: Stage, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(lit, monkeypatch)
    with pytest.raises(SurroundingsError, match="disk is full"):
        lit.registry.install(archive(src))
    assert lit.registry.list() == []
    assert stored_files(lit) == set()
    monkeypatch.undo()
    lit.registry.install(archive(src))
