from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.errors import ApprovalNeeded, ArchiveError, NotFound
from plugins.stage import Stage, archive, stage


@pytest.fixture
def lit(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        yield made


def drop(made: Stage, source: Path, name: str | None = None) -> Path:
    return Path(shutil.copy(source, made.data.plugins / (name or source.name)))


def test_a_dropped_file_waits(lit: Stage, tmp_path: Path) -> None:
    assert lit.registry.list() == []
    drop(lit, archive(tmp_path, version="3", permissions=["kv", "time.travel"]))
    (state,) = lit.registry.list()
    assert state == lit.registry.get("lamp")
    assert (state.slug, state.version, state.state) == ("lamp", "3", "discovered")
    assert "waits to be enabled" in state.reason
    assert state.missing == ("kv",) and not state.enabled
    assert "time.travel" in state.warnings[0]
    assert lit.dialect.starts == 0
    with pytest.raises(NotFound):
        lit.registry.disable("lamp")


def test_enabling_installs_it(lit: Stage, tmp_path: Path) -> None:
    file = drop(lit, archive(tmp_path, permissions=["kv"]))
    with pytest.raises(ApprovalNeeded):
        lit.registry.enable("lamp")
    state = lit.registry.enable("lamp", "all")
    assert (state.state, state.granted) == ("running", ("kv",))
    assert not file.exists()
    assert [s.state for s in lit.registry.list()] == ["running"]


def test_a_file_for_what_is_installed_changes_nothing(lit: Stage, tmp_path: Path) -> None:
    lit.registry.install(archive(tmp_path))
    file = drop(lit, archive(tmp_path, version="2"))
    assert [(s.version, s.state) for s in lit.registry.list()] == [("1.0.0", "disabled")]
    assert lit.registry.update("lamp", file).version == "2"


def test_a_file_that_cannot_be_read_says_why(lit: Stage, tmp_path: Path) -> None:
    good = archive(tmp_path)
    file = lit.data.plugins / "Half Copied!.stage"
    file.write_bytes(good.read_bytes()[:50])
    (state,) = lit.registry.list()
    assert (state.slug, state.state) == ("half-copied", "discovered")
    assert "truncated" in state.last_error
    with pytest.raises(ArchiveError):
        lit.registry.enable("half-copied")
    file.write_bytes(good.read_bytes())
    assert [s.slug for s in lit.registry.list()] == ["lamp"]


def test_what_is_no_plugin_is_not_looked_at(lit: Stage, tmp_path: Path) -> None:
    for name in ("notes.txt", ".upload.stage", "lamp.zip"):
        drop(lit, archive(tmp_path), name)
    (lit.data.plugins / "folder.stage").mkdir()
    assert lit.registry.list() == []


def test_a_dropped_file_can_be_removed(lit: Stage, tmp_path: Path) -> None:
    file = drop(lit, archive(tmp_path))
    lit.registry.uninstall("lamp")
    assert not file.exists() and lit.registry.list() == []


def test_each_file_is_read_once(
    lit: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    read = lit.dialect.read
    monkeypatch.setattr(lit.dialect, "read", lambda files: reads.append(1) or read(files))
    file = drop(lit, archive(tmp_path))
    for _ in range(3):
        lit.registry.list()
    assert len(reads) == 1
    os.utime(file, (1, 1))
    assert lit.registry.get("lamp").installed_at == "1970-01-01T00:00:01Z"
    assert len(reads) == 2


def test_two_files_of_one_plugin(lit: Stage, tmp_path: Path) -> None:
    drop(lit, archive(tmp_path, version="2"), "b.stage")
    drop(lit, archive(tmp_path, version="1"), "a.stage")
    assert [s.version for s in lit.registry.list()] == ["1"]
