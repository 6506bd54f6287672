"""A plugin's code, from whatever it was shipped as."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast.bundle import bundle
from jackfield.dialects.owncast.code import Code, find_entry, load_code
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import FolderFiles


class TestEntry:
    @pytest.mark.parametrize(
        ("names", "entry"),
        [
            (["src/plugin.py", "plugin.py", "bot.py"], "src/plugin.py"),
            (["plugin.py", "bot.py", "plugin.js"], "plugin.py"),
            (["bot.py"], "bot.py"),
        ],
    )
    def test_order(self, names: list[str], entry: str) -> None:
        assert find_entry(names, "bot", plugin="bot") == entry

    @pytest.mark.parametrize("name", ["plugin.js", "src/plugin.js", "bot.js"])
    def test_javascript(self, name: str) -> None:
        with pytest.raises(ManifestError, match="written in JavaScript; only plugins in Python"):
            find_entry([name], "bot", plugin="bot")

    def test_webassembly(self) -> None:
        with pytest.raises(ManifestError, match="WebAssembly"):
            find_entry(["plugin.wasm"], "bot", plugin="bot")

    def test_none(self) -> None:
        with pytest.raises(ManifestError, match=r"plugin\.py: is missing"):
            find_entry(["other.py"], "bot", plugin="bot")


def test_an_authors_folder_is_loaded_as_it_is(tmp_path: Path) -> None:
    project(tmp_path, {"src/plugin.py": "import a\n", "src/a.py": "x = 1\n", "src/b.py": "("})
    code = load_code(FolderFiles(tmp_path), "bot")
    assert code == Code("import a\n", "plugin.py", {"a.py": "x = 1\n"})


def test_a_single_file_is_called_the_same_in_folder_and_package(tmp_path: Path) -> None:
    project(tmp_path, {"src/plugin.py": "x = 1\n"})
    assert load_code(FolderFiles(tmp_path), "bot") == Code("x = 1\n", "plugin.py")


def test_a_package_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("x = 1\n")
    assert load_code(FolderFiles(tmp_path), "bot") == Code("x = 1\n", "plugin.py")


def test_newer_syntax_in_a_single_file_is_left_to_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("what is this\n")
    assert load_code(FolderFiles(tmp_path), "bot").source == "what is this\n"


def test_a_package_of_several(tmp_path: Path) -> None:
    author = project(tmp_path / "a", {"src/plugin.py": "import a\n", "src/a.py": "x = 1\n"})
    package = tmp_path / "b"
    package.mkdir()
    (package / "plugin.py").write_text(bundle(FolderFiles(author), "bot").source)
    assert load_code(FolderFiles(package), "bot") == Code(
        "import a\n", "plugin.py", {"a.py": "x = 1\n"}
    )


def test_a_built_file_can_be_asked_for(tmp_path: Path) -> None:
    project(tmp_path, {"src/plugin.py": "old\n", "bot.py": "new = 1\n"})
    assert load_code(FolderFiles(tmp_path), "bot", "bot.py") == Code("new = 1\n", "bot.py")


def test_text_only(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_bytes(b"\xef\xbb\xbfx = 1\r\n")
    assert load_code(FolderFiles(tmp_path), "bot").source == "x = 1\n"
    (tmp_path / "plugin.py").write_bytes(b"\xfe\xff")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        load_code(FolderFiles(tmp_path), "bot")
