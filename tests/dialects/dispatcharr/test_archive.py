"""Source: dispatcharr spec 2.9."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dialects.dispatcharr.plugin_files import write
from dialects.dispatcharr.site.conftest import zipped
from jackfield.dialects.dispatcharr import archive
from jackfield.dialects.dispatcharr.archive import (
    MAX_FILES,
    Imported,
    import_zip,
    is_plugin,
    open_zip,
    remove,
)
from jackfield.errors import ArchiveError, Conflict, ManifestError, SurroundingsError

PLUGIN = "class Plugin:\n name = 'N'\n def run(self, action, params, context): ...\n"


def bring(
    root: Path, files: Mapping[str, str | bytes], name: str = "upload.zip", **more: Any
) -> Imported:
    return import_zip(zipped(files), name, root, **{"era": "current", **more})


def tree(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()
    }


# -- what is taken --------------------------------------------------------------------------------


def test_the_chosen_folder_is_kept_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "plugins"
    files = {"repo-main/README.md": "r", "repo-main/My-Plugin/plugin.py": PLUGIN,
             "repo-main/My-Plugin/data/x.txt": "x", "repo-main/__init__.py": ""}  # fmt: skip
    brought = bring(root, files)
    assert brought == Imported("my_plugin", root / "my_plugin", replaced=False)
    assert tree(root) == {"my_plugin/plugin.py": PLUGIN, "my_plugin/data/x.txt": "x"}


def test_a_flat_archive_is_named_after_the_upload(tmp_path: Path) -> None:
    assert bring(tmp_path, {"plugin.py": PLUGIN}, "tickarr-latest.zip").key == "tickarr_latest"
    assert bring(tmp_path, {"plugin.py": PLUGIN}, r"C:\x\Other One.ZIP").key == "other_one"
    assert bring(tmp_path, {"plugin.py": PLUGIN}, "A-b.zip", era="seed").key == "a-b"
    assert bring(tmp_path, {"plugin.py": PLUGIN}, "").key == "plugin"


def test_a_package_is_a_plugin(tmp_path: Path) -> None:
    bring(tmp_path, {"p/__init__.py": PLUGIN})
    assert is_plugin(tmp_path / "p")


def test_names_with_backslashes_lead_down(tmp_path: Path) -> None:
    bring(tmp_path, {"win\\": "", "win\\plugin.py": PLUGIN, "win\\sub\\x.txt": "x"})
    assert tree(tmp_path) == {"win/plugin.py": PLUGIN, "win/sub/x.txt": "x"}


def test_names_that_climb_and_stay_inside(tmp_path: Path) -> None:
    bring(tmp_path, {"p/a/../plugin.py": PLUGIN, "./p/x.txt": "x", "./": ""})
    assert tree(tmp_path) == {"p/plugin.py": PLUGIN, "p/x.txt": "x"}


def test_names_that_differ_only_in_case(tmp_path: Path) -> None:
    bring(tmp_path, {"p/plugin.py": PLUGIN, "p/a.svg": "1", "p/A.svg": "2"})
    assert tree(tmp_path)["p/a.svg"] == "1"
    assert tree(tmp_path)["p/A.svg"] == "2"


@pytest.mark.parametrize(
    ("files", "content"),
    [
        ({"p/Logo.PNG": "own", "logo.png": "outer"}, "own"),
        ({"a/b/c/logo.png": "deep", "a/logo.png": "shallow"}, "shallow"),
        ({"p/img/logo.png": "below"}, "below"),
    ],
)
def test_the_logo_is_found(tmp_path: Path, files: dict[str, str], content: str) -> None:
    bring(tmp_path, {"p/plugin.py": PLUGIN, **files})
    assert (tmp_path / "p" / "logo.png").read_text() == content


def test_programs_stay_executable(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("p/plugin.py", PLUGIN)
        info = zipfile.ZipInfo("p/tool.sh")
        info.external_attr = (stat.S_IFREG | 0o755) << 16
        packed.writestr(info, "#!/bin/sh\n")
    import_zip(out.getvalue(), "x.zip", tmp_path, era="current")
    assert os.access(tmp_path / "p" / "tool.sh", os.X_OK)


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is no zip archive"),
        (b"no zip", "is no zip archive"),
        (b"\x1f\x8b gzip", "is no zip archive"),
        (zipped({}), "is empty"),
        (zipped({"folder/": ""}), "is empty"),
        (zipped({"README.md": "x"}), r"holds no plugin: neither plugin\.py nor __init__\.py"),
        (zipped({"/etc/plugin.py": "x"}), "absolute path"),
        (zipped({"../plugin.py": "x"}), r"leads out of its folder"),
        (zipped({"a/../../plugin.py": "x"}), r"leads out of its folder"),
        (zipped({"..\\plugin.py": "x"}), r"leads out of its folder"),
        (zipped({"C:\\x\\plugin.py": "x"}), "colon in its name"),
        (zipped({"p/plugin.py": "x", "p\\plugin.py": "y"}), "appears twice"),
        (zipped({f"p/{n}": "" for n in range(MAX_FILES + 1)}), r"has 2,001 files; at most 2,000"),
        (zipped({"p/plugin.py": "x", "p/zeros": b"\0" * (2**20 * 30)}), "times its size"),
        (zipped({"p/plugin.py": PLUGIN})[:-30], "archive"),
    ],
)
def test_bad_archives_leave_nothing(tmp_path: Path, data: bytes, why: str) -> None:
    root = tmp_path / "plugins"
    with pytest.raises(ArchiveError, match=why) as caught:
        import_zip(data, "bad.zip", root, era="current")
    assert caught.value.file == "bad.zip"
    assert not root.exists() or not list(root.iterdir())


def test_as_many_files_as_allowed(tmp_path: Path) -> None:
    files = {f"p/{n % 50}/{n}": "" for n in range(MAX_FILES - 1)}
    bring(tmp_path, {**files, "p/plugin.py": PLUGIN})
    assert len(tree(tmp_path)) == MAX_FILES


def test_sizes_are_judged_by_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UPLOAD", 10)
    with pytest.raises(ArchiveError, match="at most 10 are allowed"):
        open_zip(zipped({"plugin.py": PLUGIN}), "x.zip")


def test_a_link_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("p/plugin.py", PLUGIN)
        info = zipfile.ZipInfo("p/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveError, match="is a link"):
        import_zip(out.getvalue(), "x.zip", tmp_path, era="current")


@pytest.mark.parametrize("source", ["class Plugin:\n def (", "x = 1", "class Plugin: ..."])
def test_mistakes_are_found_at_once_in_the_seeds_era(tmp_path: Path, source: str) -> None:
    with pytest.raises(ManifestError):
        bring(tmp_path, {"p/plugin.py": source}, era="seed")
    assert not list(tmp_path.iterdir())
    assert bring(tmp_path, {"p/plugin.py": source}).key == "p"


# -- what is there already ------------------------------------------------------------------------


def test_a_plugin_that_is_there_stays(tmp_path: Path) -> None:
    bring(tmp_path, {"p/plugin.py": PLUGIN})
    with pytest.raises(Conflict, match="'p' already exists"):
        bring(tmp_path, {"p/plugin.py": "new"})
    assert tree(tmp_path) == {"p/plugin.py": PLUGIN}


def test_overwriting_replaces_the_whole_folder(tmp_path: Path) -> None:
    bring(tmp_path, {"p/plugin.py": PLUGIN, "p/old.txt": "x"})
    brought = bring(tmp_path, {"p/plugin.py": PLUGIN + "\n"}, overwrite=True)
    assert brought.replaced
    assert tree(tmp_path) == {"p/plugin.py": PLUGIN + "\n"}


def test_a_folder_without_a_plugin_is_no_obstacle(tmp_path: Path) -> None:
    write(tmp_path, {"notes.txt": "x"}, "p")
    assert not bring(tmp_path, {"p/plugin.py": PLUGIN}).replaced
    assert tree(tmp_path) == {"p/plugin.py": PLUGIN}


def test_the_same_key_in_another_spelling_is_the_same_plugin(tmp_path: Path) -> None:
    write(tmp_path, PLUGIN, "My Plugin")
    with pytest.raises(Conflict, match="already exists"):
        bring(tmp_path, {"my_plugin/plugin.py": PLUGIN})
    brought = bring(tmp_path, {"my_plugin/plugin.py": "#\n" + PLUGIN}, overwrite=True)
    assert brought.folder == tmp_path / "My Plugin"
    assert tree(tmp_path) == {"My Plugin/plugin.py": "#\n" + PLUGIN}


def test_the_old_plugin_is_there_again_when_the_new_cannot_be_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(tmp_path, {"p/plugin.py": PLUGIN})
    real = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == tmp_path / "p" and "all" in self.parts:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(SurroundingsError, match="the disk is full"):
        bring(tmp_path, {"p/plugin.py": "new"}, overwrite=True)
    assert tree(tmp_path) == {"p/plugin.py": PLUGIN}


def test_a_name_can_be_given(tmp_path: Path) -> None:
    assert bring(tmp_path, {"p/plugin.py": PLUGIN}, key="other").folder == tmp_path / "other"
    with pytest.raises(ArchiveError, match="is no name for a plugin"):
        bring(tmp_path, {"p/plugin.py": PLUGIN}, key="..")


# -- removing -------------------------------------------------------------------------------------


def test_removing(tmp_path: Path) -> None:
    folder = bring(tmp_path, {"p/plugin.py": PLUGIN}).folder
    told: list[bool] = []
    remove(folder, lambda: told.append(folder.exists()))
    assert told == [False]
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_forgotten_is_there_again(tmp_path: Path) -> None:
    folder = bring(tmp_path, {"p/plugin.py": PLUGIN}).folder

    def refuse() -> None:
        raise Conflict("busy")

    with pytest.raises(Conflict):
        remove(folder, refuse)
    assert is_plugin(folder)


def test_a_link_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    target = write(tmp_path, PLUGIN, "elsewhere")
    root = tmp_path / "plugins"
    root.mkdir()
    (root / "p").symlink_to(target)
    remove(root / "p", lambda: None)
    assert not list(root.iterdir())
    assert is_plugin(target)
