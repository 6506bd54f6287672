"""Source: dispatcharr spec 2.2 (entry choice) and 2.3 (attributes and how the corpus sets them)."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dialects.dispatcharr.plugin_files import write
from jackfield.dialects.dispatcharr.layout import Place, choose
from jackfield.dialects.dispatcharr.literals import UNKNOWN
from jackfield.dialects.dispatcharr.static_reading import (
    ClassReading,
    defines_plugin,
    read_class,
)
from jackfield.errors import ManifestError
from jackfield.plugins.files import FolderFiles


def read(folder: Path, files: Mapping[str, str | bytes] | str) -> ClassReading:
    plugin = FolderFiles(write(folder, files))
    place = choose(plugin.names())
    assert place is not None
    return read_class(plugin, place, plugin="my_plugin")


def test_a_class_of_constants(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'class Plugin:\n name = "A"\n version: str = "1"\n fields = [{"id": "a"}]\n'
        " def run(self, action, params, context): ...\n def stop(self, context): ...\n",
    )
    assert found.values == {"name": "A", "version": "1", "fields": [{"id": "a"}]}
    assert (found.file, found.line, found.has_run, found.has_stop) == ("plugin.py", 1, True, True)
    assert found.dynamic == ()


def test_names_of_the_module(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        import os
        NAME, VERSION = "A", "1"
        VERSION += ".0"
        ZONES: list = ["utc"]
        try:
            EXTRA = ["first"]
        except ImportError:
            EXTRA = ["second"]
        if os.name == "nt":
            PLACE = "C:"
        else:
            PLACE = "/"

        def options(): return [{"value": z, "label": z} for z in ZONES]

        class Plugin:
            PREFIX = "The "
            name = PREFIX + NAME
            version = VERSION
            description = f"{EXTRA[0]} {PLACE}"
            fields = [{"id": "z", "type": "select", "options": options()}]
            author = Meta.author
            run = None

        class Meta:
            author = "me"
        """.replace("\n        ", "\n"),
    )
    assert found.values["name"] == "The A"
    assert found.values["version"] == "1.0"
    assert found.values["description"] == "first C:"
    assert found.values["fields"][0]["options"] == [{"value": "utc", "label": "utc"}]
    assert found.values["author"] == "me"


def test_names_of_other_modules_of_the_plugin(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "plugin.py": "from .config import FIELDS, Base as B\nfrom . import about\n"
            "from my_plugin.words import HELP\nfrom os import sep\n"
            "class Plugin(B):\n fields = FIELDS\n version = about.VERSION\n help_url = HELP\n"
            " description = sep\n",
            "config/__init__.py": "from .inner import *\nFIELDS = [{'id': 'a'}]\n",
            "config/inner.py": "class Base:\n author = 'me'\n def run(self, *a): ...\n",
            "about.py": "VERSION = '3'",
            "words.py": "HELP = 'https://example.org'",
        },
    )
    assert found.values == {
        "fields": [{"id": "a"}],
        "version": "3",
        "author": "me",
        "help_url": "https://example.org",
        "description": UNKNOWN,
    }
    assert found.has_run is True


def test_a_class_that_is_imported_into_the_entry(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .core import Thing as Plugin\n__all__ = ['Plugin']\n",
        "core.py": "class Thing:\n name = 'T'\n def run(self, *a): ...\n",
    }
    found = read(tmp_path, files)
    assert (found.file, found.line, found.values) == ("core.py", 1, {"name": "T"})


def test_what_init_assigns(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
class Plugin:
    name = "class"
    actions = []
    DEFAULT = 5

    def __init__(self):
        label = "Limit"
        self.name = "instance"
        self.fields = [{"id": "limit", "label": label, "default": self.DEFAULT}]
        self.fields.append({"id": "b"})
        self.fields += [{"id": "c"}]
        self.fields.extend(self._more())
        self.actions = self._actions()
        try:
            self.version = read_version()
        except OSError:
            self.version = "0"
        self.description: str = f"{self.name}!"
        for name in list_of_files():
            self.actions.append({"id": name})

    def _actions(self):
        '''All of them.'''
        return [{"id": "go"}]

    def _more(self):
        return [{"id": "d"}]

    def run(self, action, params, context):
        return None
""",
    )
    values = found.values
    assert values["name"] == "instance"
    assert values["fields"] == [
        {"id": "limit", "label": "Limit", "default": 5},
        {"id": "b"},
        {"id": "c"},
        {"id": "d"},
    ]
    assert values["version"] is UNKNOWN
    assert values["description"] == "instance!"
    assert values["actions"] == [{"id": "go"}, UNKNOWN]


def test_properties(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
from functools import cached_property
BASE = [{"id": "a"}]
class Plugin:
    @property
    def fields(self):
        fields = list(BASE)
        fields.append({"id": "b", "options": self._channels()})
        if self.extended:
            fields.append({"id": "c"})
        return fields
    @cached_property
    def actions(self):
        if debug: return []
        return [{"id": "x"}]
    @property
    def name(self): return "N"
    def run(self, *a): ...
""",
    )
    assert found.dynamic == ("name", "fields", "actions")
    assert found.values["name"] == "N"
    assert found.values["fields"] == [{"id": "a"}, {"id": "b", "options": UNKNOWN}, UNKNOWN]
    assert found.values["actions"] is UNKNOWN


def test_what_a_function_counts_elsewhere_is_unknown(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
count = 0
class Plugin:
    @property
    def version(self):
        global count
        count += 1
        return f"1.{count}"
    def run(self, *a): ...
""",
    )
    assert found.values["version"] is UNKNOWN


def test_a_list_of_the_module_is_not_grown_by_reading(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
SHARED = [{"id": "a"}]
class Plugin:
    actions = SHARED
    def __init__(self):
        self.fields = SHARED
        self.fields.append({"id": "b"})
    def run(self, *a): ...
""",
    )
    assert found.values["actions"] == [{"id": "a"}]
    assert found.values["fields"] == [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    ("source", "has_run"),
    [
        ("class Plugin: ...", False),
        ("class Plugin(object): ...", False),
        ("from thing import Base\nclass Plugin(Base): ...", None),
        ("class Base:\n def run(self): ...\nclass Plugin(Base): ...", True),
        ("class Plugin:\n def __getattr__(self, name): ...", None),
        ("class Plugin:\n def __init__(self): self.run = self.go", True),
        ("class Plugin:\n if 1:\n  def run(self): ...", True),
        ("@deco\nclass Plugin: ...", None),
        ("class A(B): ...\nclass B(A): ...\nclass Plugin(A): ...", None),
        ("class Plugin(Plugin): ...", None),
    ],
)
def test_whether_there_is_run(tmp_path: Path, source: str, has_run: bool | None) -> None:
    assert read(tmp_path, source).has_run is has_run


@pytest.mark.parametrize(
    "source",
    [
        "Plugin = make()",
        "from somewhere import Plugin",
        "from somewhere import *",
        "import x as Plugin",
    ],
)
def test_a_class_that_only_running_gives(tmp_path: Path, source: str) -> None:
    assert read(tmp_path, source) == ClassReading("plugin.py")


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        read(tmp_path, "class Plugin:\n    def run(:\n")
    error = caught.value
    assert (error.plugin, error.file) == ("my_plugin", "plugin.py")
    assert error.message.startswith("line 2: invalid syntax")
    assert "def run(:" in error.message


@pytest.mark.parametrize("source", [b"\0", b"\xff\xfe\xfd", b"(" * 5000, b"# coding: nonsense\n"])
def test_what_is_no_python_is_one_error(tmp_path: Path, source: bytes) -> None:
    with pytest.raises(ManifestError) as caught:
        read(tmp_path, {"plugin.py": source})
    assert "None" not in caught.value.message


def test_a_missing_class_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="defines no class 'Plugin'") as caught:
        read(tmp_path, "class plugin: ...\n")
    assert caught.value.file == "plugin.py"
    assert "run(self, action, params, context)" in (caught.value.hint or "")


def test_the_package_counts_where_the_file_has_no_class(tmp_path: Path) -> None:
    package = "class Plugin:\n name = 'P'\n def run(self, *a): ...\n"
    for at, broken in enumerate(("x = 1", "def (")):
        found = read(tmp_path / str(at), {"plugin.py": broken, "__init__.py": package})
        assert (found.file, found.values["name"]) == ("__init__.py", "P")


def test_nothing_of_the_plugin_runs(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    source = f"open({str(marker)!r}, 'w')\nclass Plugin:\n name = open({str(marker)!r}, 'w').name\n"
    assert read(tmp_path, source).values["name"] is UNKNOWN
    assert not marker.exists()


def test_files_are_read_by_many_threads_at_once(tmp_path: Path) -> None:
    source = "x = " + "[" * 30 + "1" + "]" * 30 + "\nclass Plugin:\n def run(self): ...\n"
    folders = [write(tmp_path, source * 40, str(n)) for n in range(4)]

    def read_often(folder: Path) -> None:
        for _ in range(40):
            read_class(FolderFiles(folder), Place("", "plugin.py"), plugin="p")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(read_often, folders))


def test_a_hostile_file_comes_to_an_end(tmp_path: Path) -> None:
    many = "\n".join(f"class C{n}(C{n + 1}, C{n + 2}): ..." for n in range(60))
    chain = "\n".join(f"A{n} = A{n + 1} + A{n + 1}" for n in range(60)) + "\nA60 = 'xxxxxxxxxx'"
    found = read(tmp_path, f"{many}\n{chain}\nclass Plugin(C0):\n name = A0\n")
    assert found.values["name"] is UNKNOWN


def test_whether_a_file_defines_the_class(tmp_path: Path) -> None:
    def defines(source: str, name: str) -> bool:
        files = FolderFiles(write(tmp_path, source, name))
        place = choose(files.names())
        assert place is not None
        return defines_plugin(files, place)

    assert defines("class Plugin: ...", "a")
    assert defines("from .x import Plugin", "b")
    assert not defines("class Other: ...", "c")
    assert not defines("def (", "d")
