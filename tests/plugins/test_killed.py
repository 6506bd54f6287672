"""After a kill at any step the next start finds the old or the new, never a mix, and goes on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.plugins.steps import STEPS
from plugins import killed
from plugins.killed import LIFE, Found
from plugins.stage import Stage, archive, stage


@pytest.fixture(scope="module")
def lives() -> Iterator[list[Path]]:
    """The folders of hosts killed at the first, second, … step.

    In memory where that can be: what outlives a process needs no disk, and this is much faster.
    """
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="killed-", dir=memory if memory.is_dir() else None))
    done = subprocess.run(
        [sys.executable, killed.__file__, str(root)], capture_output=True, text=True, check=True
    )
    last = json.loads(done.stdout)
    assert last["status"] == 0, done.stderr
    yield [root / str(number) for number in range(last["lives"])]
    shutil.rmtree(root)


def found(made: Stage) -> Found:
    states = made.registry.list()
    if not states:
        return None
    (state,) = states
    color = made.registry.settings("lamp")["color"]
    return state.enabled, state.version, color, state.granted


def allowed(folder: Path) -> list[Found]:
    """What the operation before the kill left, or what the one that was killed would leave."""
    done = int((folder / "done").read_text()) if (folder / "done").exists() else 0
    before: list[Found] = LIFE[done - 1][1][:1] if done else [None]
    return before + LIFE[done][1]


def check_files(made: Stage) -> None:
    """Exactly the versions that the database names are there, each of them whole."""
    assert list(made.data.staging.iterdir()) == []
    slugs = [state.slug for state in made.registry.list()]
    assert [p.name for p in made.data.plugins.iterdir()] == slugs
    for slug in slugs:
        versions = {v.id: v.version for v in made.registry.versions(slug)}
        assert {p.name for p in (made.data.plugins / slug).iterdir()} == set(versions)
        for version_id, version in versions.items():
            manifest = made.data.plugins / slug / version_id / "stage.json"
            assert json.loads(manifest.read_text())["version"] == version
        assert made.registry.folder(slug).is_dir()


def test_every_step_was_killed_at(lives: list[Path]) -> None:
    assert {(folder / "step").read_text() for folder in lives} == set(STEPS)


def test_old_or_new_but_never_a_mix(lives: list[Path]) -> None:
    for folder in lives:
        where = f"{folder.name}: killed at {(folder / 'step').read_text()}"
        with stage(folder / "data", kept_versions=1) as made:
            assert found(made) in allowed(folder), where
            check_files(made)
            assert all(s.state in ("disabled", "suspended", "failed") for s in made.registry.list())


def test_the_next_start_goes_on(lives: list[Path], tmp_path: Path) -> None:
    for folder in lives:
        step = (folder / "step").read_text()
        with stage(folder / "data", kept_versions=1) as made:
            made.registry.start()
            # Only the start of the host itself leaves a suspect, not an operator's command.
            done = int((folder / "done").read_text()) if (folder / "done").exists() else 0
            booting = LIFE[done][0] == "restart" and step.startswith("start.")
            assert made.registry.safe_mode is booting, step
            for state in made.registry.list():
                if state.enabled and state.version != "broken":
                    assert state.state in ("running", "suspended"), step
                    assert made.registry.enable("lamp").state == "running"
                    made.registry.disable("lamp")
            if made.registry.list():
                made.registry.update("lamp", archive(tmp_path, version="9"))
                assert made.registry.enable("lamp").version == "9"
            else:
                made.registry.install(archive(tmp_path, version="9"))
            check_files(made)
