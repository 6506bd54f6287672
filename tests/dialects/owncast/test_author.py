"""What an author calls: new, build, package."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast.author import OwncastAuthor
from jackfield.dialects.owncast.code import Code
from jackfield.errors import Conflict, InvalidInput, PluginError, SurroundingsError
from jackfield.plugins.spec import PluginSpec
from owncast_plugin import testing


class Checked:
    """Stands in the place of a real load: remembers, or refuses."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.calls: list[tuple[PluginSpec, Code]] = []

    def __call__(self, spec: PluginSpec, code: Code) -> None:
        self.calls.append((spec, code))
        if self.refusal:
            raise PluginError(self.refusal, plugin=spec.slug)


@pytest.fixture
def checked() -> Checked:
    return Checked()


@pytest.fixture
def author(checked: Checked) -> OwncastAuthor:
    return OwncastAuthor(checked)


class TestNew:
    def test_writes_a_plugin_that_works(self, author: OwncastAuthor, tmp_path: Path) -> None:
        folder = tmp_path / "my-first-bot"
        written = author.new(folder, slug="my-first-bot")
        assert sorted(p.relative_to(folder).as_posix() for p in written) == [
            "INSTRUCTIONS.md",
            "README.md",
            "__tests__/plugin.test.json",
            "plugin.manifest.json",
            "src/plugin.py",
        ]
        manifest = json.loads((folder / "plugin.manifest.json").read_text())
        assert (manifest["slug"], manifest["name"]) == ("my-first-bot", "My First Bot")
        assert not [p for p in written if "{{" in p.read_text()]
        assert author.warnings(folder) == []
        with testing.load(folder / "src/plugin.py") as bot:
            bot.message("Hi all", user="Ada")
            bot.event("chat.message.received", {"body": "hi"})
            bot.message("ho")
            assert bot.host.chat == ["hello, Ada!", "hello, there!"]

    @pytest.mark.parametrize("slug", ["", "A", "my_bot", "9", "../x", "a" * 65])
    def test_no_slug(self, author: OwncastAuthor, tmp_path: Path, slug: str) -> None:
        with pytest.raises(InvalidInput, match="is not a slug; expected a lower-case letter"):
            author.new(tmp_path / "x", slug=slug)
        assert not (tmp_path / "x").exists()

    def test_never_into_what_exists(self, author: OwncastAuthor, tmp_path: Path) -> None:
        with pytest.raises(Conflict, match="exists already"):
            author.new(tmp_path, slug="a")

    def test_where_it_cannot_write(self, author: OwncastAuthor, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(SurroundingsError, match="cannot write"):
            author.new(tmp_path / "file" / "a", slug="a")


class TestBuild:
    def test_writes_the_one_file(self, author: OwncastAuthor, tmp_path: Path) -> None:
        project(tmp_path, {"src/plugin.py": "from owncast_plugin import plugin\nx = 1\n"})
        assert author.build(tmp_path) == [tmp_path / "bot.py"]
        assert (tmp_path / "bot.py").read_text() == "pass\nx = 1\n"

    def test_a_mistake_writes_nothing(self, author: OwncastAuthor, tmp_path: Path) -> None:
        project(tmp_path, {"src/plugin.py": "def f(:\n"})
        with pytest.raises(InvalidInput, match="syntax error in line 1"):
            author.build(tmp_path)
        assert not (tmp_path / "bot.py").exists()

    def test_warnings_of_manifest_and_code(self, author: OwncastAuthor, tmp_path: Path) -> None:
        files = {"src/plugin.py": "import json\n", "src/json.py": ""}
        project(tmp_path, files, category="knitting")
        assert [w.partition(":")[0] for w in author.warnings(tmp_path)] == [
            "category",
            "json.py is not used",
        ]


class TestPackage:
    def test_checks_what_it_built(
        self, author: OwncastAuthor, checked: Checked, tmp_path: Path
    ) -> None:
        project(tmp_path, {"src/plugin.py": "import a\n", "src/a.py": "x = 1\n"})
        path = author.package(tmp_path)
        assert path == tmp_path / "bot.ocpkg"
        spec, code = checked.calls[0]
        assert spec.slug == "bot"
        assert code == Code("import a\n", "plugin.py", {"a.py": "x = 1\n"})
        with zipfile.ZipFile(path) as archive:
            assert "_OCP_MODULES" in archive.read("plugin.py").decode()
        assert not (tmp_path / "bot.py").exists()

    def test_where_to(self, author: OwncastAuthor, tmp_path: Path) -> None:
        project(tmp_path / "a")
        assert author.package(tmp_path / "a", tmp_path) == tmp_path / "bot.ocpkg"
        named = tmp_path / "other.ocpkg"
        assert author.package(tmp_path / "a", named) == named
        assert named.exists()

    def test_what_would_not_load_is_not_packed(self, tmp_path: Path) -> None:
        project(tmp_path)
        (tmp_path / "bot.ocpkg").write_text("the one before")
        with pytest.raises(PluginError, match="it fails"):
            OwncastAuthor(Checked("it fails")).package(tmp_path)
        assert (tmp_path / "bot.ocpkg").read_text() == "the one before"

    def test_a_missing_asset_is_an_error_here(
        self, author: OwncastAuthor, checked: Checked, tmp_path: Path
    ) -> None:
        project(tmp_path, permissions=["ui.modify"], styles=["a.css"])
        with pytest.raises(InvalidInput, match=r"assets/a\.css is missing"):
            author.package(tmp_path)
        assert checked.calls == []
