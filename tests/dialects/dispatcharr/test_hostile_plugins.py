"""Whatever a plugin's files hold, reading or importing them ends well or in one clear error."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dialects.dispatcharr.plugin_files import write
from dialects.dispatcharr.site.conftest import PLUGIN, zipped
from jackfield.dialects.dispatcharr.archive import import_zip
from jackfield.dialects.dispatcharr.manifest import read, recognises
from jackfield.errors import JackfieldError, ManifestError
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.installing import check_storable

GOOD = zipped({"p/plugin.py": PLUGIN, "p/data.txt": "x" * 500})

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
keys = st.sampled_from(
    ["id", "label", "type", "default", "options", "help_text", "confirm", "events", "description",
     "value", "min", "input_type", "title", "message", "required"]
)  # fmt: skip
entries = st.dictionaries(keys, values, max_size=6) | values


def read_folder(files: dict[str, str | bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = FolderFiles(write(Path(folder), files))
        recognises(source)
        try:
            spec = read(source)
        except ManifestError as error:
            assert error.message
        else:
            check_storable(spec, "test")


@settings(max_examples=150, deadline=None)
@given(st.lists(entries, max_size=4), st.lists(entries, max_size=4), values)
def test_declarations_of_any_form(fields: list[Any], actions: list[Any], name: Any) -> None:
    source = (
        f"from math import inf, nan\nclass Plugin:\n name = {name!r}\n fields = {fields!r}\n"
        f" actions = {actions!r}\n def run(self, action, params, context): ...\n"
    )
    about = json.dumps({"name": name, "fields": actions, "actions": fields, "version": name})
    read_folder({"plugin.py": source.encode("utf-8", "replace"), "plugin.json": about})


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PLUGIN) - 1), st.binary(max_size=6), st.integers(0, 40))
def test_sources_with_damage(at: int, junk: bytes, cut: int) -> None:
    data = PLUGIN.encode()
    read_folder({"plugin.py": data[:at] + junk + data[at + cut :]})


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_manifests_of_any_bytes(junk: bytes) -> None:
    read_folder({"plugin.py": PLUGIN, "plugin.json": junk})


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8), st.integers(0, 8))
def test_archives_with_damage(at: int, junk: bytes, cut: int) -> None:
    data = GOOD[:at] + junk + GOOD[at + cut :]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "plugins"
        try:
            brought = import_zip(data, "p.zip", root, era="current")
        except JackfieldError as error:
            assert error.message
            assert not root.exists() or not list(root.iterdir())
        else:
            assert [entry.name for entry in root.iterdir()] == [brought.key]


names = st.text(st.sampled_from("ab./\\ :-_é\0"), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(names, min_size=1, max_size=4, unique=True), st.sampled_from(["x.zip", "..zip", ""])
)
def test_names_of_any_form(folders: list[str], upload: str) -> None:
    files = {f"{folder}/plugin.py".replace("\0", "_"): PLUGIN for folder in folders}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "inner" / "plugins"
        for era in ("seed", "current"):
            try:
                import_zip(zipped(files), upload, root, era=era, overwrite=True)
            except JackfieldError:
                continue
        outside = [p for p in Path(folder).rglob("*") if p.is_file() and root not in p.parents]
        assert not outside
        for entry in root.iterdir() if root.exists() else ():
            assert (entry / "plugin.py").is_file()
