"""New, build and package."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dispatcharr_host import PluginHost
from jackfield.dialects.dispatcharr.author import DispatcharrAuthor
from jackfield.errors import Conflict, InvalidInput, ManifestError
from jackfield.scenarios import run_scenarios

AUTHOR = DispatcharrAuthor()


def test_a_new_plugin_runs(plugins: PluginHost, tmp_path: Path) -> None:
    folder = tmp_path / "my_counter"
    files = AUTHOR.new(folder, slug="my_counter")
    assert folder / "plugin.py" in files
    assert AUTHOR.build(folder) == []
    plugins.registry.install(AUTHOR.package(folder, tmp_path))
    state = plugins.registry.enable("my_counter", "all")
    assert (state.state, state.name) == ("running", "My Counter"), state.last_error
    found = plugins.run("my_counter", "count")
    assert found["status"] == "ok" and found["message"].endswith(" channels")
    assert plugins.run("my_counter", "other") == {
        "status": "error", "message": "Unknown action other",
    }  # fmt: skip


def test_a_new_plugin_passes_its_own_scenario(tmp_path: Path) -> None:
    AUTHOR.new(tmp_path / "my_counter", slug="my_counter")
    report = run_scenarios(tmp_path / "my_counter", report=lambda _result: None)
    assert report.load_error == ""
    assert [result.errors for result in report.results] == [()]


def test_a_new_plugin_takes_no_folder_and_no_odd_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be imported"):
        AUTHOR.new(tmp_path / "x", slug="1st.plugin")
    (tmp_path / "there").mkdir()
    with pytest.raises(Conflict):
        AUTHOR.new(tmp_path / "there", slug="there")


def test_a_package_is_one_folder_without_what_tools_leave(tmp_path: Path) -> None:
    folder = tmp_path / "thing"
    AUTHOR.new(folder, slug="thing")
    for name in (
        "__pycache__/a.pyc",
        "__tests__/a.test.json",
        ".git/config",
        "old.zip",
        "data.txt",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    first = AUTHOR.package(folder)
    assert first.name == "thing-0.1.0.zip"
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["thing/data.txt", "thing/plugin.json", "thing/plugin.py"]
    again = AUTHOR.package(folder, tmp_path / "other.zip")
    assert again.read_bytes() == first.read_bytes()


def test_what_is_wrong_is_named_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "plugin.py").write_text("class Plugin:\n    def run(self:\n")
    with pytest.raises(ManifestError, match=r"plugin\.py"):
        AUTHOR.package(folder, tmp_path)
    assert list(tmp_path.glob("*.zip")) == []
