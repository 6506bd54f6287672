"""Reading and writing packages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast import package
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.archive import open_archive
from jackfield.plugins.authoring import write_whole
from jackfield.plugins.files import FolderFiles


class Listed:
    """Files that only have names."""

    source = "listed"

    def __init__(self, *names: str) -> None:
        self._names = list(names)

    def names(self) -> list[str]:
        return self._names

    def read(self, name: str, *, cap: int = 0) -> bytes:
        raise InvalidInput("is larger than allowed", plugin=self.source, file=name)


class TestRecognise:
    def test_by_the_manifest(self, tmp_path: Path) -> None:
        assert package.recognises(FolderFiles(project(tmp_path / "a")))
        assert not package.recognises(Listed("plugin.json", "a/plugin.manifest.json"))

    def test_never_raises(self) -> None:
        class Broken(Listed):
            def names(self) -> list[str]:
                raise InvalidInput("truncated")

        assert not package.recognises(Broken())


class TestRead:
    def test_what_is_beside_the_manifest(self, tmp_path: Path) -> None:
        files = {"icon.png": b"\x89PNG", "INSTRUCTIONS.md": "# Help"}
        spec = package.read(FolderFiles(project(tmp_path, files)))
        assert (spec.icon, spec.instructions) == ("icon.png", "INSTRUCTIONS.md")
        assert spec.details["code"] == "src/plugin.py"
        bare = package.read(FolderFiles(project(tmp_path / "b")))
        assert (bare.icon, bare.instructions) == (None, None)

    def test_assets_that_are_missing_are_warnings(self, tmp_path: Path) -> None:
        manifest: dict[str, Any] = {
            "permissions": ["ui.modify"],
            "styles": ["a.css", "b.css"],
            "tabs": {"x": {"title": "X", "content": "tab.html"}},
            "extraPageContent": "extra.html",
        }
        spec = package.read(FolderFiles(project(tmp_path, {"assets/a.css": ""}, **manifest)))
        missing = ["assets/b.css", "assets/tab.html", "assets/extra.html"]
        assert list(spec.warnings) == [f"{name} is missing" for name in missing]
        assert spec.details["missing"] == list(spec.warnings)

    def test_no_manifest(self) -> None:
        with pytest.raises(ManifestError, match=r"plugin\.manifest\.json: is missing"):
            package.read(Listed("plugin.py"))

    def test_the_folder_was_packed(self) -> None:
        with pytest.raises(ManifestError) as error:
            package.read(Listed("bot/plugin.manifest.json", "bot/plugin.py"))
        assert error.value.hint == (
            "there is 'bot/plugin.manifest.json': pack the files, not the folder"
        )

    def test_no_code(self, tmp_path: Path) -> None:
        project(tmp_path)
        (tmp_path / "src/plugin.py").unlink()
        with pytest.raises(ManifestError, match=r"bot: plugin\.py: is missing"):
            package.read(FolderFiles(tmp_path))

    def test_sizes(self, tmp_path: Path) -> None:
        project(tmp_path, {"INSTRUCTIONS.md": "x" * (package.INSTRUCTIONS_CAP + 1)})
        with pytest.raises(InvalidInput, match="at most 2,097,152"):
            package.read(FolderFiles(tmp_path))


class TestPack:
    def test_members_and_their_order(self, tmp_path: Path) -> None:
        files = {
            "assets/b/c.html": "c",
            "assets/a.css": "a",
            "public/index.html": "i",
            "icon.png": "p",
            "INSTRUCTIONS.md": "m",
            "README.md": "no",
            "__tests__/a.test.json": "[]",
            "bot.py": "no",
        }
        folder = project(tmp_path, files)
        data = package.pack(FolderFiles(folder), "code = 'é'\n")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == [
                "plugin.manifest.json",
                "plugin.py",
                "icon.png",
                "INSTRUCTIONS.md",
                "public/index.html",
                "assets/a.css",
                "assets/b/c.html",
            ]
            manifest = (folder / "plugin.manifest.json").read_bytes()
            assert archive.read("plugin.manifest.json") == manifest
            assert archive.read("plugin.py") == "code = 'é'\n".encode()
            assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_DEFLATED}

    def test_the_same_files_make_the_same_bytes(self, tmp_path: Path) -> None:
        first = package.pack(FolderFiles(project(tmp_path / "a", {"public/x": "x"})), "")
        second = package.pack(FolderFiles(project(tmp_path / "b", {"public/x": "x"})), "")
        assert first == second

    def test_what_was_packed_can_be_opened_and_read(self, tmp_path: Path) -> None:
        path = tmp_path / "bot.ocpkg"
        write_whole(path, package.pack(FolderFiles(project(tmp_path / "a")), "x = 1\n"))
        with open_archive(path) as archive:
            spec = package.read(archive)
        assert (spec.slug, spec.details["code"]) == ("bot", "plugin.py")

    def test_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(package, "PACKAGE_CAP", 100)
        with pytest.raises(InvalidInput, match="at most 100 are allowed"):
            package.pack(FolderFiles(project(tmp_path)), "")
