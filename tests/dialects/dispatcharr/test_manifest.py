"""Source: dispatcharr spec 2.1 (precedence) and 2.3 to 2.5."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dialects.dispatcharr.plugin_files import write
from dialects.dispatcharr.site.conftest import zipped
from jackfield.dialects.dispatcharr import manifest
from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.manifest import described, read, recognises
from jackfield.errors import ManifestError
from jackfield.plugins.archive import Archive, Folder
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.records import spec_to_json
from jackfield.plugins.spec import PluginSpec

RUN = " def run(self, action, params, context): ...\n"
BARE = "class Plugin:\n" + RUN
NAMED = 'class Plugin:\n name = "Class"\n version = "1"\n' + RUN


def spec_of(
    tmp_path: Path,
    files: Mapping[str, str | bytes] | str,
    name: str = "my_plugin",
    era: Era = "seed",
) -> PluginSpec:
    return read(FolderFiles(write(tmp_path, files, name)), era=era)


def both(python: str, **values: Any) -> dict[str, str]:
    return {"plugin.py": python, "plugin.json": json.dumps(values)}


def test_a_class_alone(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, NAMED, "My Plugin")
    assert (spec.dialect, spec.slug, spec.name, spec.version) == (
        "dispatcharr", "my_plugin", "Class", "1",
    )  # fmt: skip
    assert [str(p) for p in spec.permissions] == ["dispatcharr.full"]
    details = spec.details
    assert details["key"] == "my_plugin"
    assert (details["folder"], details["entry"]) == ("", "plugin.py")
    assert details["module"] == "my_plugin.plugin"
    assert details["has_manifest"] is False
    assert (details["error"], details["unknown"]) == ("", [])
    assert spec.settings.open


def test_a_spec_can_be_stored(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, 'class Plugin:\n fields = [{"id": "a", "default": {1, 2}}]\n' + RUN)
    assert json.loads(json.dumps(spec_to_json(spec)))["details"]["fields"][0]["default"] == [1, 2]


# -- precedence -----------------------------------------------------------------------------------


def test_the_class_goes_before_the_manifest(tmp_path: Path) -> None:
    files = both(
        'class Plugin:\n name = "Class"\n fields = []\n'
        ' actions = [{"id": "a", "label": "A"}]\n' + RUN,
        name="Manifest",
        version="2",
        author="me",
        help_url="https://example.org",
        description="D",
        fields=[{"id": "f", "type": "string"}],
        actions=[{"id": "m", "label": "M"}],
    )
    spec = spec_of(tmp_path, files)
    assert (spec.name, spec.version, spec.author) == ("Class", "2", "me")
    assert (spec.homepage, spec.description) == ("https://example.org", "D")
    assert [f.id for f in spec.settings] == ["f"]
    assert [a.id for a in spec.actions] == ["a"]
    assert spec.details["has_manifest"] is True


@pytest.mark.parametrize(
    ("files", "shown", "name"),
    [
        (BARE, "my_plugin", "my_plugin"),
        (both(BARE, name="Manifest"), "Manifest", "Manifest"),
        ("class Plugin:\n name = ''\n" + RUN, "my_plugin", ""),
        (both("class Plugin:\n name = ''\n" + RUN, name="M"), "M", "M"),
    ],
)
def test_a_name_that_is_not_there(tmp_path: Path, files: Any, shown: str, name: str) -> None:
    spec = spec_of(tmp_path, files)
    assert spec.name == shown
    assert spec.details["texts"]["name"] == name


def test_further_texts_of_the_manifest_are_kept(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, both(BARE, min_dispatcharr_version="v0.20", license="MIT", logo="x"))
    assert spec.details["manifest"] == {"min_dispatcharr_version": "v0.20", "license": "MIT"}


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        ("{", "plugin.json: is not readable"),
        ("[1]", "plugin.json: the manifest: expected an object, found list [1]"),
        (b"\xff\xff", "plugin.json: is not readable"),
        ("[" * 5000, "plugin.json: is not readable"),
        (b" " * (manifest.MANIFEST_CAP + 1), "plugin.json: is 1,048,577 bytes"),
    ],
)
def test_a_broken_manifest_is_none(tmp_path: Path, content: str | bytes, warning: str) -> None:
    spec = spec_of(tmp_path, {"plugin.py": NAMED, "plugin.json": content})
    assert spec.name == "Class"
    assert spec.details["has_manifest"] is False
    assert spec.warnings[0].startswith(warning)


def test_values_of_the_wrong_type_in_the_manifest(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, both(BARE, version=2, fields="x", actions={}, name=None))
    assert spec.version == ""
    assert spec.warnings == (
        "plugin.json: name: expected a text, found nothing",
        "plugin.json: version: expected a text, found number 2",
        "plugin.json: fields: expected a list, found text 'x'",
        "plugin.json: actions: expected a list, found object {}",
    )


def test_values_of_the_wrong_type_on_the_class(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        "class Plugin:\n version = 1.5\n name = ['x']\n fields = {}\n actions = 'a'\n" + RUN,
    )
    assert (spec.version, spec.name) == ("1.5", "my_plugin")
    assert {w.partition(":")[2].partition(":")[0].strip() for w in spec.warnings} == {
        "name", "version", "fields", "actions",
    }  # fmt: skip
    assert all(w.startswith("plugin.py: ") for w in spec.warnings)


def test_what_only_running_tells_is_said(tmp_path: Path) -> None:
    files = both(
        "class Plugin:\n version = load()\n @property\n def fields(self): return make()\n" + RUN,
        version="7",
    )
    spec = spec_of(tmp_path, files)
    assert spec.version == "7"
    assert spec.details["unknown"] == ["version", "fields"]
    assert spec.details["dynamic"] == ["fields"]
    assert spec.warnings == ("plugin.py: known only once the plugin runs: version, fields",)


# -- mistakes -------------------------------------------------------------------------------------


def test_no_plugin_at_all(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"has no plugin\.py and no __init__\.py"):
        spec_of(tmp_path, {"Plugin.py": NAMED})


def test_a_folder_that_goes_while_it_is_read(tmp_path: Path) -> None:
    class Going(FolderFiles):
        def names(self) -> list[str]:
            raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ManifestError, match="cannot be read: No such file") as caught:
        read(Going(tmp_path))
    assert caught.value.plugin == tmp_path.name


def test_no_run_is_refused_in_the_seeds_era(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="line 1: class Plugin has no method run"):
        spec_of(tmp_path, "class Plugin: ...")
    spec = spec_of(tmp_path, "class Plugin: ...", era="current")
    assert spec.warnings[0].startswith("plugin.py: line 1: class Plugin has no method run")


def test_a_broken_plugin_in_a_plugins_folder_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "PLUGINS_FOLDERS", {tmp_path.resolve()})
    spec = spec_of(tmp_path, both("class Plugin:\n def run(:\n", name="From the manifest"))
    assert spec.name == "From the manifest"
    assert spec.details["error"].startswith("plugin.py: line 2: invalid syntax")
    assert spec.warnings[0].startswith("cannot run: plugin.py: line 2")
    assert spec_of(tmp_path, "x = 1", "other").details["error"].startswith("plugin.py: defines no")


# -- keys -----------------------------------------------------------------------------------------


def archived(files: Mapping[str, str | bytes], name: str, era: Era) -> PluginSpec:
    with Archive(zipped(files), name) as archive:
        return read(archive, era=era)


@pytest.mark.parametrize(
    ("files", "name", "era", "key", "folder"),
    [
        ({"plugin.py": BARE}, "tickarr-latest.zip", "current", "tickarr_latest", ""),
        ({"plugin.py": BARE}, "tickarr-latest.zip", "seed", "tickarr-latest", ""),
        ({"My-Dash/plugin.py": BARE, "README.md": "x"}, "x.zip", "seed", "my-dash", "My-Dash"),
        ({"r-main/My P/plugin.py": BARE}, "x.zip", "current", "my_p", "r-main/My P"),
        ({"Ünicode/plugin.py": BARE}, "x.zip", "current", "nicode", "Ünicode"),
    ],
)
def test_the_key_of_an_archive(
    files: dict[str, str], name: str, era: Era, key: str, folder: str
) -> None:
    spec = archived(files, name, era)
    assert (spec.slug, spec.details["key"], spec.details["folder"]) == (key, key, folder)


def test_an_unpacked_archive_keeps_its_key(tmp_path: Path) -> None:
    root = write(tmp_path, {"repo/my-dash/plugin.py": BARE, "README.md": ""}, "1.0-abcdef")
    spec = read(FolderFiles(root, "my-dash"), era="current")
    assert (spec.slug, spec.details["folder"]) == ("my-dash", "repo/my-dash")


def test_a_folder_around_a_plugin_gives_the_inner_name(tmp_path: Path) -> None:
    root = write(tmp_path, {"my_plugin/plugin.py": BARE, "README.md": ""}, "checkout")
    with Folder(root) as files:
        spec = read(files)
    assert (spec.slug, spec.details["folder"]) == ("my_plugin", "my_plugin")


def test_a_plugin_with_packages_inside_is_its_own_folder(tmp_path: Path) -> None:
    files = {"__init__.py": BARE, "vendor/plugin.py": "x = 1"}
    assert spec_of(tmp_path, files).details["entry"] == "__init__.py"


def test_picture_and_instructions(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, {"plugin.py": BARE, "Logo.png": b"x", "README.md": "# Hi"})
    assert (spec.icon, spec.instructions) == ("Logo.png", "README.md")


# -- recognising ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "ours"),
    [
        ({"plugin.py": BARE}, True),
        ({"__init__.py": "from .x import Plugin"}, True),
        ({"inner/plugin.py": BARE, "README.md": ""}, True),
        ({"plugin.py": "class Plugin:\n def ("}, True),
        ({"plugin.py": "Plugin = 1", "plugin.json": "{}"}, True),
        ({"plugin.py": "x = 1"}, False),
        ({"__init__.py": ""}, False),
        ({"plugin.py": BARE, "plugin.manifest.json": "{}"}, False),
        ({"plugin.py": BARE, "main.tengo": ""}, False),
        ({"__init__.py": "__plugin_implementation__ = 1\nclass Plugin: ..."}, False),
        ({"plugin.py": "import octoprint.plugin\nclass Plugin(octoprint.plugin.X): ..."}, False),
        ({"setup.py": "", "octoprint_x/__init__.py": "class Plugin: ..."}, False),
        ({"readme": ""}, False),
    ],
)
def test_recognising(tmp_path: Path, files: dict[str, str], ours: bool) -> None:
    assert recognises(FolderFiles(write(tmp_path, files))) is ours


# -- running plugins ------------------------------------------------------------------------------


def test_a_running_plugin_says_more(tmp_path: Path) -> None:
    files = both(
        "class Plugin:\n version = load()\n @property\n def fields(self): return make()\n" + RUN,
        author="me",
    )
    spec = spec_of(tmp_path, files)
    about = {
        "name": "Now", "version": "3", "fields": [{"id": "a", "type": "boolean", "default": True}],
        "actions": [{"id": "go", "label": "Go"}],
    }  # fmt: skip
    fuller = described(spec, about)
    assert (fuller.name, fuller.version, fuller.author) == ("Now", "3", "me")
    assert [f.id for f in fuller.settings] == ["a"]
    assert fuller.details["fields"] == about["fields"]
    assert fuller.details["unknown"] == []
    assert fuller.warnings == ()
    assert fuller.details["module"] == spec.details["module"]


def test_a_running_plugin_says_it_wrong(tmp_path: Path) -> None:
    fuller = described(spec_of(tmp_path, NAMED), {"name": 5, "fields": "x", "actions": None})
    assert fuller.name == "5"
    assert len(fuller.warnings) == 2


def test_settings_decide_whether_actions_ask(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        'class Plugin:\n fields = [{"id": "confirm", "type": "boolean", "default": True}]\n'
        ' actions = [{"id": "go", "label": "Go"}]\n' + RUN,
    )
    assert spec.actions[0].asks({"confirm": True})
    assert not spec.actions[0].asks({"confirm": False})
