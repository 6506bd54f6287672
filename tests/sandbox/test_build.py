from __future__ import annotations

import json

import pytest

from jackfield.sandbox import build


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of what the build reads and writes, without an engine."""
    import shutil

    guest = tmp_path / "jackfield/sandbox/guest"
    shutil.copytree(build.GUEST, guest)
    (tmp_path / "owncast_plugin").mkdir()
    (tmp_path / "owncast_plugin/__init__.py").write_text("")
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    monkeypatch.setattr(build, "GUEST", guest)
    monkeypatch.setattr(build, "WASM", tmp_path / "engine.wasm")
    monkeypatch.setattr(build, "STAMP", tmp_path / "engine.json")
    return tmp_path


@pytest.fixture
def made(tree, monkeypatch):
    """Counts builds; each makes a tiny engine."""
    builds = []

    def componentize(folder, *, verbose):
        builds.append(sorted(p.name for p in folder.iterdir()))
        (folder / "engine.wasm").write_bytes(b"wasm")
        return folder / "engine.wasm"

    monkeypatch.setattr(build, "_componentize", componentize)
    return builds


def test_the_engine_of_this_tree_has_its_stamp():
    stamp = build.read_stamp()
    assert stamp is not None
    assert stamp["size"] == build.WASM.stat().st_size


def test_a_second_build_does_nothing(made):
    assert build.build()
    assert not build.build()
    assert len(made) == 1
    assert build.build(force=True)


def test_any_input_makes_a_new_build(made, tree):
    build.build()
    for path in (
        tree / "jackfield/sandbox/guest/app.py",
        tree / "jackfield/sandbox/guest/engine.wit",
        tree / "owncast_plugin/__init__.py",
    ):
        path.write_text(path.read_text() + "\n# changed\n")
        assert build.build(), path
    (tree / "owncast_plugin/new.py").write_text("")
    assert build.build()
    assert not build.build()


def test_a_lost_or_cut_engine_is_made_again(made):
    build.build()
    build.WASM.write_bytes(b"w")
    assert build.read_stamp() is None
    assert build.build()
    build.WASM.unlink()
    assert build.build()
    build.STAMP.write_text("{}")
    assert build.build()


def test_the_guest_gets_its_files_and_the_sdks(made, tree):
    build.build()
    assert made == [
        ["engine.wit", "jackfield_engine.py", "jackfield_guest", "owncast_plugin"],
    ]
    build.build(sdks=False)
    assert made[1] == ["engine.wit", "jackfield_engine.py", "jackfield_guest"]


def test_a_missing_sdk_is_left_out(made, tree):
    (tree / "owncast_plugin/__init__.py").unlink()
    (tree / "owncast_plugin").rmdir()
    assert build.build()
    assert "owncast_plugin" not in made[0]


def test_the_stamp_names_the_content(made):
    build.build()
    stamp = json.loads(build.STAMP.read_text())
    assert stamp["size"] == 4
    assert len(stamp["sha256"]) == len(stamp["inputs"]) == 64


def test_all_time_zones_are_staged():
    zones = build._zones()
    assert zones["Europe/Berlin"].startswith(b"TZif")
    assert len(zones) > 500


def test_a_failure_of_the_tool_is_told(tree, monkeypatch):
    (tree / "jackfield/sandbox/guest/app.py").write_text("import nothing_like_this\n")
    tool = tree / "componentize-py"
    tool.write_text("#!/bin/sh\necho 'the guest does not import' >&2\nexit 1\n")
    tool.chmod(0o755)
    monkeypatch.setattr(build, "_tool", lambda: str(tool))
    with pytest.raises(build.BuildError, match="the guest does not import"):
        build.build()
    assert not build.WASM.exists()


def test_a_missing_tool_is_named(tree, monkeypatch):
    def version(name):
        raise build.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(build.importlib.metadata, "version", version)
    with pytest.raises(build.BuildError, match="needs the package componentize-py"):
        build.build()


def test_the_sdks_are_read_without_running_the_list():
    assert build.sdk_names() == ["owncast_plugin"]
