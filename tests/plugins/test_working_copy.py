"""The folder that an installed plugin works in, over updates."""

from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.plugins.working_copy import working_copy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "v1"
    (folder / "sub").mkdir(parents=True)
    (folder / "main.tengo").write_text("one")
    (folder / "sub" / "conf.json").write_text("{}")
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()
    }


def test_it_begins_as_a_copy(root: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    copy = working_copy(root, data)
    assert texts(copy) == {"main.tengo": "one", "sub/conf.json": "{}"}
    (copy / "main.tengo").write_text("mine")
    assert (root / "main.tengo").read_text() == "one"


def test_what_the_plugin_wrote_survives_an_update(root: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    copy = working_copy(root, data)
    (copy / "sub" / "conf.json").write_text('{"mine": 1}')
    (copy / "new.json").write_text("new")
    (root / "main.tengo").write_text("two")
    (root / "sub" / "conf.json").write_text('{"theirs": 1}')
    (root / "added").write_text("added")
    assert working_copy(root, data) == copy
    assert texts(copy) == {
        "main.tengo": "two",
        "sub/conf.json": '{"mine": 1}',
        "new.json": "new",
        "added": "added",
    }


def test_what_a_version_drops_goes_and_what_was_removed_stays_away(
    root: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    copy = working_copy(root, data)
    (copy / "sub" / "conf.json").unlink()
    (root / "main.tengo").unlink()
    working_copy(root, data)
    assert texts(copy) == {}
    (root / "sub" / "conf.json").write_text("changed")
    working_copy(root, data)
    assert texts(copy) == {"sub/conf.json": "changed"}


def test_a_broken_ledger_loses_nothing(root: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    copy = working_copy(root, data)
    (copy / "main.tengo").write_text("mine")
    (data / "plugin.json").write_text("{")
    working_copy(root, data)
    assert (copy / "main.tengo").read_text() == "mine"
