from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.errors import Conflict, InvalidInput, SurroundingsError
from jackfield.plugins.installing import Installer, Leftover, check_same, opened
from jackfield.plugins.spec import PluginSpec
from jackfield.store import DataDir
from plugins.stage import StageDialect, archive


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataDir]:
    with DataDir(tmp_path / "data") as made:
        yield made


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_brought_in_and_taken_out(data: DataDir, tmp_path: Path) -> None:
    installer = Installer(data)
    package = archive(tmp_path, version="1.0")
    reading = opened(package, {"stage": StageDialect()})
    with reading as source, installer.bring_in(source) as version_id:
        assert names(data.plugins) == {f"lamp/{version_id}/stage.json"}
        assert len(names(data.staging)) == 1, "a note, until the block has stored it"
    assert version_id.startswith("1.0-")
    assert names(data.staging) == set()
    with installer.take_out([Leftover(installer.folder("lamp", version_id), "lamp", version_id)]):
        assert names(data.plugins) != set()
    assert list(data.plugins.iterdir()) == [] == list(data.staging.iterdir())


@pytest.mark.parametrize("version", ["", "..", "../../x", "1 0/2", "é", "v" * 300, "\0"])
def test_a_version_makes_a_harmless_folder(data: DataDir, tmp_path: Path, version: str) -> None:
    installer = Installer(data)
    with opened(archive(tmp_path, version="0"), {"stage": StageDialect()}) as source:
        object.__setattr__(source.spec, "version", version)
        with installer.bring_in(source) as version_id:
            folder = installer.folder("lamp", version_id)
            assert folder.parent == data.plugins / "lamp" and folder.is_dir()
            assert len(version_id) <= 64


def test_a_block_that_fails_leaves_nothing(data: DataDir, tmp_path: Path) -> None:
    installer = Installer(data)
    with opened(archive(tmp_path), {"stage": StageDialect()}) as source:
        with pytest.raises(SurroundingsError), installer.bring_in(source):
            raise SurroundingsError("the disk is full")
        assert list(data.plugins.iterdir()) == [] == list(data.staging.iterdir())
        # When taking out fails, what should go stays.
        with installer.bring_in(source) as version_id:
            pass
    gone = Leftover(installer.folder("lamp", version_id), "lamp", version_id)
    with pytest.raises(SurroundingsError), installer.take_out([gone]):
        raise SurroundingsError("the disk is full")
    assert gone.path.is_dir()


def test_an_interrupt_leaves_the_note_for_the_sweep(data: DataDir, tmp_path: Path) -> None:
    installer = Installer(data)
    reading = opened(archive(tmp_path), {"stage": StageDialect()})
    interrupted = pytest.raises(KeyboardInterrupt)
    with reading as source, interrupted, installer.bring_in(source) as version_id:
        raise KeyboardInterrupt
    installer.sweep(lambda slug, version: (slug, version) == ("lamp", version_id))
    assert installer.folder("lamp", version_id).is_dir(), "it was stored before the interrupt"
    assert list(data.staging.iterdir()) == []


def test_the_sweep_touches_only_what_a_note_names(data: DataDir) -> None:
    for name in ("lamp/old", "lamp/kept", "rope/strange"):
        (data.plugins / name).mkdir(parents=True)
    note = [
        {"path": "plugins/lamp/old", "slug": "lamp", "version": "old"},
        {"path": "plugins/lamp/kept", "slug": "lamp", "version": "kept"},
        {"path": "plugin_data/rope", "slug": "rope", "version": None},
    ]
    (data.staging / "1.json").write_text(json.dumps(note))
    (data.staging / "2.json").write_text("damaged")
    (data.staging / "3.json").write_text('[{"x": 1}]')
    (data.staging / ".4.json.17.new").write_text("[")
    (data.staging / "half-unpacked").mkdir()
    Installer(data).sweep(lambda slug, version: version == "kept")
    assert list(data.staging.iterdir()) == []
    assert sorted(p.name for p in data.plugins.glob("*/*")) == ["kept", "strange"]


def test_check_same() -> None:
    spec = PluginSpec("stage", "lamp", "Lamp", "1")
    check_same(spec, "lamp", "stage")
    with pytest.raises(InvalidInput, match="is plugin 'lamp'; expected 'rope'"):
        check_same(spec, "rope", "stage")
    with pytest.raises(Conflict, match="of dialect 'stage'; the installed plugin is of 'opera'"):
        check_same(spec, "lamp", "opera")
