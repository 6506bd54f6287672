"""Plugins of an existing installation, taken where they lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jackfield.errors import Conflict
from plugins.stage import archive, folder, stage


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def lamp(home: Path) -> Path:
    return folder(home, name="The Lamp", files={"public/a.html": "<p>"})


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_an_adopted_plugin_runs_from_its_own_folder(tmp_path: Path, lamp: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        state = made.registry.adopt(lamp, dialect="stage")
        assert (state.slug, state.state, state.enabled) == ("lamp", "running", True)
        running = made.registry.running("lamp")
        assert running is not None
        assert running.context.root == lamp.resolve()
        assert state.granted == state.permissions


def test_adopting_again_changes_nothing_not_even_after_disable(tmp_path: Path, lamp: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.adopt(lamp, dialect="stage")
        made.registry.adopt(lamp, dialect="stage")
        assert made.dialect.starts == 1
        made.registry.disable("lamp")
        assert made.registry.adopt(lamp, dialect="stage").state == "disabled"


def test_an_adopted_plugin_may_wait_to_be_enabled(tmp_path: Path, lamp: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        state = made.registry.adopt(lamp, dialect="stage", enable=False)
        assert (state.state, state.enabled, made.dialect.starts) == ("disabled", False, 0)
        assert not made.registry.ever_enabled("lamp")
        made.registry.enable("lamp")
        made.registry.disable("lamp")
        assert made.registry.ever_enabled("lamp")
    with stage(tmp_path / "data") as again:
        assert again.registry.ever_enabled("lamp")


def test_its_manifest_is_read_anew_at_each_start(tmp_path: Path, lamp: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.adopt(lamp, dialect="stage")
        (file,) = lamp.glob("*.json")
        manifest = json.loads(file.read_text())
        file.write_text(json.dumps({**manifest, "version": "9.9.9"}))
        assert made.registry.reload("lamp").version == "9.9.9"


def test_uninstalling_leaves_the_folder_as_it_was(tmp_path: Path, home: Path, lamp: Path) -> None:
    before = tree(home)
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.adopt(lamp, dialect="stage")
        made.registry.uninstall("lamp", keep_data=False)
        assert list(made.data.plugins.iterdir()) == []
    assert tree(home) == before


def test_updates_and_their_pruning_leave_the_folder_as_it_was(
    tmp_path: Path, home: Path, lamp: Path
) -> None:
    before = tree(home)
    other = tmp_path / "other"
    other.mkdir()
    with stage(tmp_path / "data") as made:
        made.registry.start()
        made.registry.adopt(lamp, dialect="stage")
        for number in range(2, 9):
            made.registry.update("lamp", archive(other, version=f"{number}.0.0"))
        assert "1.0.0" not in [v.version for v in made.registry.versions("lamp")]
    assert tree(home) == before


def test_a_restart_finds_it_again(tmp_path: Path, lamp: Path) -> None:
    for _ in range(2):
        with stage(tmp_path / "data") as made:
            made.registry.start()
            assert made.registry.adopt(lamp, dialect="stage").state == "running"


def test_a_folder_that_went_away_fails_that_plugin_only(tmp_path: Path, lamp: Path) -> None:
    with stage(tmp_path / "data") as made:
        made.registry.adopt(lamp, dialect="stage")
    lamp.rename(lamp.with_name("elsewhere"))
    with stage(tmp_path / "data") as made:
        made.registry.start()
        state = made.registry.get("lamp")
        assert state.state == "failed"
        assert state.last_error


def test_a_slug_that_is_taken_is_a_conflict(tmp_path: Path, lamp: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with stage(tmp_path / "data") as made:
        made.registry.install(archive(other))
        with pytest.raises(Conflict, match="already installed"):
            made.registry.adopt(lamp, dialect="stage")
