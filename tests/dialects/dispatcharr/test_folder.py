"""Source: dispatcharr spec 2.1."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialects.dispatcharr.plugin_files import write
from dialects.dispatcharr.site.conftest import PLUGIN, ToyDialect, zipped
from jackfield.config import Config
from jackfield.dialects.dispatcharr.folder import VARIABLE, Listed, PluginsFolder, plugins_root
from jackfield.host import Host


class Home:
    """A host and its plugins folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.root = folder / "plugins"
        self.root.mkdir(exist_ok=True)
        self.start()

    def start(self) -> None:
        dialects = {"dispatcharr": ToyDialect("seed")}
        self.host = Host(Config(data_dir=self.data), dialects=dialects)
        self.registry = self.host.registry
        self.plugins = PluginsFolder(self.root, self.registry)

    def write(self, name: str, source: str = PLUGIN) -> Path:
        return write(self.root, source, name)

    def found(self) -> dict[str, Listed]:
        self.plugins.discover()
        return {one.key: one for one in self.plugins.listed()}

    def state(self, key: str) -> str:
        state = self.found()[key].state
        assert state is not None
        return state.state


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    made.registry.start()
    yield made
    made.host.stop()


def test_where_the_plugins_lie(tmp_path: Path) -> None:
    assert plugins_root(tmp_path, {}) == tmp_path / "plugins"
    assert plugins_root(tmp_path, {VARIABLE: "/elsewhere"}) == Path("/elsewhere")
    assert plugins_root(tmp_path, {VARIABLE: " "}) == tmp_path / "plugins"


def test_a_folder_that_is_not_there_holds_nothing(home: Home) -> None:
    home.root.rmdir()
    assert home.found() == {}


def test_what_counts_as_a_plugin(home: Home) -> None:
    home.write("b")
    write(home.root, {"__init__.py": PLUGIN}, "a")
    write(home.root, {"Plugin.py": PLUGIN}, "no")
    write(home.root, {"deep/plugin.py": PLUGIN}, "neither")
    (home.root / "loose.py").write_text(PLUGIN)
    (home.root / ".importing-1").mkdir()
    found = home.found()
    assert list(found) == ["a", "b"]
    assert all(one.state is not None and not one.state.enabled for one in found.values())


def test_the_order_is_that_of_raw_names(home: Home) -> None:
    for name in ("beta", "Alpha", "alpha-2", "Zed"):
        home.write(name)
    assert list(home.found()) == ["alpha", "zed", "alpha-2", "beta"]


def test_keys(home: Home) -> None:
    for name in ("My Plugin", "My-Dash", "v1.2", "_odd"):
        home.write(name)
    found = home.found()
    assert set(found) == {"my_plugin", "my-dash", "v1.2", "_odd"}
    assert found["my_plugin"].folder == home.root / "My Plugin"
    assert found["_odd"].slug.startswith("odd-")


def test_nothing_of_a_new_plugin_runs(home: Home, tmp_path: Path) -> None:
    home.write("p", f"open({str(tmp_path / 'ran')!r}, 'w')\n{PLUGIN}")
    home.found()
    assert not (tmp_path / "ran").exists()


def test_of_two_with_one_key_the_later_counts(home: Home) -> None:
    home.write("my plugin", PLUGIN.replace("My Plugin", "First"))
    home.write("my_plugin", PLUGIN.replace("My Plugin", "Second"))
    found = home.found()
    assert [one.name for one in found.values()] == ["my_plugin"]
    assert home.registry.get("my_plugin").name == "Second"


def test_one_that_comes_later_in_the_order_takes_over_with_what_was_set(home: Home) -> None:
    home.write("my plugin", PLUGIN.replace("My Plugin", "First"))
    home.found()
    home.registry.enable("my_plugin", "all")
    home.registry.set_settings("my_plugin", {"limit": 9})
    home.write("my_plugin", PLUGIN.replace("My Plugin", "Second"))
    one = home.found()["my_plugin"]
    assert one.state is not None
    assert (one.state.name, one.state.state) == ("Second", "running")
    assert home.registry.stored_settings("my_plugin") == {"limit": 9}


def test_a_directory_that_is_gone_is_listed_as_missing(home: Home) -> None:
    folder = home.write("p")
    home.found()
    home.registry.enable("p", "all")
    folder.rename(home.root.parent / "away")
    one = home.found()["p"]
    assert one.missing
    assert one.state is not None and one.state.enabled
    assert home.registry.running("p") is None
    (home.root.parent / "away").rename(folder)
    assert not home.found()["p"].missing
    assert home.state("p") == "running"


def test_a_renamed_directory_is_the_same_plugin(home: Home) -> None:
    folder = home.write("My Plugin")
    home.found()
    home.registry.enable("my_plugin", "all")
    folder.rename(home.root / "my_plugin")
    one = home.found()["my_plugin"]
    assert (one.missing, one.name) == (False, "my_plugin")
    assert home.state("my_plugin") == "running"


def test_a_broken_plugin_is_listed_with_its_error(home: Home) -> None:
    home.write("bad", "class Plugin:\n def run(:\n")
    one = home.found()["bad"]
    assert one.spec is not None
    assert one.spec.details["error"].startswith("plugin.py: line 2: invalid syntax")
    home.write("bad")
    home.plugins.reload()
    assert home.registry.get("bad").name == "My Plugin"


def test_a_name_that_another_dialect_has_is_refused_once_and_said(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.write("p")
    home.found()
    home.registry.uninstall("p")
    shutil.rmtree(home.root / "p")
    home.write("q")
    source = write(home.root.parent, PLUGIN, "q")
    home.registry.install(source)
    for _ in range(3):
        home.found()
    assert sum("q is not taken over" in r.message for r in caplog.records) == 1
    assert "already installed" in caplog.text


def test_installed_plugins_are_listed_too(home: Home) -> None:
    home.registry.install(write(home.root.parent, PLUGIN, "installed"))
    home.write("p")
    assert list(home.found()) == ["installed", "p"]


def test_an_archive_with_backslashes_is_installed(home: Home, tmp_path: Path) -> None:
    archive = tmp_path / "windows.zip"
    archive.write_bytes(zipped({"win\\plugin.py": PLUGIN, "README.md": ""}))
    assert home.registry.inspect(archive).slug == "win"
    home.registry.install(archive)
    home.registry.enable("win", "all")
    assert home.state("win") == "running"
    assert home.registry.run_action("win", "list") == [1, 2]


def test_plugins_are_found_by_either_spelling(home: Home) -> None:
    home.write("epg-janitor")
    home.write("a_b")
    home.write("a-b")
    home.found()
    find = home.plugins.find
    for key, found in (
        ("epg-janitor", "epg-janitor"), ("epg_janitor", "epg-janitor"), ("EPG-Janitor",
        "epg-janitor"), ("a_b", "a_b"), ("a-b", "a-b"),
    ):  # fmt: skip
        one = find(key)
        assert one is not None and one.key == found
    assert find("nothing") is None


def test_reload_reads_changed_files(home: Home) -> None:
    home.write("off")
    home.write("on")
    home.found()
    home.registry.enable("on", "all")
    for name in ("off", "on"):
        home.write(name, PLUGIN.replace("0.1.0", "0.2.0"))
    assert home.plugins.reload() == 2
    assert home.registry.get("off").version == "0.2.0"
    assert home.registry.get("on").version == "0.2.0"
    assert home.state("on") == "running"


def test_one_that_is_disabled_meanwhile_is_not_reloaded(home: Home) -> None:
    home.write("p")
    home.found()
    home.registry.enable("p", "all")
    seen = home.found()["p"]
    home.registry.disable("p")
    home.plugins.look_again(seen)
    assert home.state("p") == "disabled"


def test_a_failed_plugin_starts_again_with_reload(home: Home) -> None:
    home.write("p", PLUGIN + "\nraise ValueError('not yet')\n")
    home.found()
    home.registry.enable("p", "all")
    assert home.state("p") == "failed"
    home.write("p")
    home.plugins.reload()
    assert home.state("p") == "running"


def test_a_plugin_that_had_failed_starts_with_the_host_and_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home(tmp_path)
    home.registry.start()
    home.write("p", PLUGIN + "\nraise ValueError('not yet')\n")
    home.found()
    home.registry.enable("p", "all")
    home.host.stop()
    home.write("p")
    home.start()
    home.found()
    home.registry.start()
    assert home.state("p") == "running"
    assert "cannot be reloaded" not in caplog.text
    home.host.stop()


def test_what_is_known_survives_a_restart(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.registry.start()
    home.write("My Plugin")
    home.found()
    home.registry.enable("my_plugin", "all")
    home.registry.set_settings("my_plugin", {"limit": 3})
    home.host.stop()
    home.start()
    assert list(home.found()) == ["my_plugin"]
    home.registry.start()
    assert home.state("my_plugin") == "running"
    assert home.registry.stored_settings("my_plugin") == {"limit": 3}
    shutil.rmtree(home.root / "My Plugin")
    assert home.found()["my_plugin"].missing
    home.host.stop()


def test_removing_takes_files_settings_and_trust(home: Home) -> None:
    home.write("My Plugin")
    home.found()
    home.registry.enable("my_plugin", "all")
    home.registry.set_settings("my_plugin", {"limit": 3})
    home.plugins.remove("my_plugin")
    assert home.found() == {}
    assert not list(home.root.iterdir())
    home.write("My Plugin")
    home.found()
    assert home.registry.stored_settings("my_plugin") == {}
    assert not home.registry.ever_enabled("my_plugin")


def test_removing_what_is_missing_installed_or_unknown(home: Home) -> None:
    shutil.rmtree(home.write("p"))
    home.registry.install(write(home.root.parent, PLUGIN, "installed"))
    for key in ("p", "installed", "unknown"):
        home.found()
        home.plugins.remove(key)
    assert home.found() == {}


def test_a_plugin_that_is_linked_into_the_folder(home: Home) -> None:
    source = write(home.root.parent, PLUGIN, "work")
    (home.root / "dev").symlink_to(source)
    assert list(home.found()) == ["dev"]
    home.registry.enable("dev", "all")
    assert home.state("dev") == "running"
    home.plugins.remove("dev")
    assert source.is_dir()
    assert home.found() == {}
