"""Builds: what is shipped runs here and on the original host, and names the author's own lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialects.owncast.projects import project
from jackfield.dialects.owncast.bundle import GLOBALS, Bundle, bundle
from jackfield.dialects.owncast.code import unbundle
from jackfield.dialects.owncast.imports import local_modules
from jackfield.errors import InvalidInput, ManifestError
from jackfield.plugins.files import FolderFiles


def build(folder: Path, source: str, files: dict[str, str] | None = None) -> Bundle:
    everything = {f"src/{name}": text for name, text in (files or {}).items()}
    project(folder, {**everything, "src/plugin.py": source})
    return bundle(FolderFiles(folder), "bot")


@pytest.fixture
def _original_host() -> Iterator[None]:
    """There the SDK's names are globals, and there is no module to import them from."""
    before = dict(sys.modules)
    for name in [n for n in sys.modules if n.partition(".")[0] == "owncast_plugin"]:
        del sys.modules[name]
    path = list(sys.path)
    sys.path[:] = [p for p in sys.path if not (Path(p) / "owncast_plugin").is_dir()]
    finders = list(sys.meta_path)
    yield
    sys.path[:] = path
    sys.meta_path[:] = finders
    sys.modules.clear()
    sys.modules.update(before)


def run(built: Bundle) -> dict[str, Any]:
    names: dict[str, Any] = {name: f"<{name}>" for name in GLOBALS}
    exec(compile(built.source, "plugin.py", "exec"), names)
    return names


class TestOneFile:
    @pytest.mark.parametrize(
        "statement",
        [
            "from owncast_plugin import plugin",
            "from owncast_plugin import plugin, owncast  # noqa",
            "from owncast_plugin import *",
            "from owncast_plugin import (\n    plugin,  # the decorators\n    owncast,\n)",
            "from owncast_plugin import \\\n    plugin",
            "from owncast_plugin import plugin; x = 1",
            "from owncast_plugin import (plugin,\n    filter as f); x = 1",
            "if True:\n    from owncast_plugin import plugin",
            "try:\n    from owncast_plugin import (\n        plugin\n    )\nfinally:\n    pass",
            "def late():\n    from owncast_plugin import plugin\n    return plugin\nlate()",
        ],
    )
    @pytest.mark.usefixtures("_original_host")
    def test_imports_go_and_lines_stay(self, tmp_path: Path, statement: str) -> None:
        source = (
            f"{statement}\ngot = plugin, owncast\nline = __import__('sys')._getframe().f_lineno\n"
        )
        built = build(tmp_path, source)
        names = run(built)
        assert names["got"] == ("<plugin>", "<owncast>")
        assert names["line"] == source.count("\n")
        assert built.modules == ()

    @pytest.mark.usefixtures("_original_host")
    def test_other_names_and_the_module_itself(self, tmp_path: Path) -> None:
        source = (
            "from owncast_plugin import auth_check as ac, filter as f, plugin\n"
            "import owncast_plugin, json as j\n"
            "import owncast_plugin as sdk\n"
            "got = ac, f, plugin, owncast_plugin.owncast, sdk.ChatMessage, j.dumps(1)\n"
        )
        assert run(build(tmp_path, source))["got"] == (
            *("<auth_check>", "<filter>", "<plugin>", "<owncast>", "<ChatMessage>"),
            "1",
        )

    def test_the_rest_is_as_it_was(self, tmp_path: Path) -> None:
        source = '"""Doc: é"""\n\nX = "owncast_plugin"\n# from owncast_plugin import x'
        assert build(tmp_path, source).source == source

    def test_names_beside_an_accent_on_the_line(self, tmp_path: Path) -> None:
        source = "é = 1; from owncast_plugin import plugin; ü = é\n"
        assert build(tmp_path, source).source == "é = 1; pass; ü = é\n"

    def test_names_that_only_this_host_has(self, tmp_path: Path) -> None:
        built = build(tmp_path, "from owncast_plugin import User, plugin\n")
        assert built.source == "from owncast_plugin import User\n"
        assert "owncast_plugin.User is not there on other hosts" in built.warnings[0]

    def test_are_no_warning_where_only_a_type_checker_looks(self, tmp_path: Path) -> None:
        source = (
            "import typing\nif typing.TYPE_CHECKING:\n    from owncast_plugin import User\n"
            "def f(user: 'User'): ...\n"
        )
        assert build(tmp_path, source).warnings == ()

    def test_line_ends_of_windows(self, tmp_path: Path) -> None:
        built = build(tmp_path, "from owncast_plugin import plugin\r\nx = 1\r\n")
        assert built.source == "pass\nx = 1\n"


FILES = {
    "helpers.py": "from owncast_plugin import auth_check, owncast\nfrom pkg import deep\n\n"
    "def boom():\n    raise ValueError(deep.VALUE)\n",
    "pkg/__init__.py": "from .deep import VALUE\n",
    "pkg/deep.py": 'from . import other\nVALUE = other.NAME + "é\\n"\n',
    "pkg/other.py": "NAME = __name__\n",
    "unused.py": "1 / 0\n",
}


class TestSeveralFiles:
    @pytest.mark.usefixtures("_original_host")
    def test_run_on_the_original_host(self, tmp_path: Path) -> None:
        source = "import helpers\nfrom pkg import VALUE\nfrom owncast_plugin import auth_check\n"
        built = build(tmp_path, source, FILES)
        assert built.modules == ("pkg.other", "pkg.deep", "pkg", "helpers")
        names = run(built)
        assert names["VALUE"] == "pkg.otheré\n"
        assert names["auth_check"] == names["helpers"].auth_check == "<auth_check>"
        with pytest.raises(ValueError, match="pkg") as error:
            names["helpers"].boom()
        trace = error.traceback[-1]
        assert (str(trace.frame.code.raw.co_filename), trace.lineno + 1) == ("helpers.py", 5)

    def test_come_apart_again(self, tmp_path: Path) -> None:
        source = "import helpers\n\nhelpers.boom()"
        code = unbundle(build(tmp_path, source, FILES).source)
        assert code is not None
        assert code.source == source
        assert code.modules == {k: v for k, v in FILES.items() if k != "unused.py"}

    @pytest.mark.usefixtures("_original_host")
    def test_future_imports_come_first_and_come_back(self, tmp_path: Path) -> None:
        source = (
            '"""Doc."""\nfrom __future__ import (\n    annotations,\n)\nimport helpers\n'
            "def f(x: Missing): ...\nline = __import__('sys')._getframe().f_lineno\n"
        )
        built = build(tmp_path, source, FILES)
        run(built)
        code = unbundle(built.source)
        assert code is not None
        assert "hoisted" not in code.source
        names: dict[str, Any] = {}
        helpers = sys.modules["helpers"]
        exec(compile(code.source, "plugin.py", "exec"), names)
        assert names["helpers"] is helpers
        assert names["line"] == 7
        assert names["f"].__annotations__ == {"x": "Missing"}

    def test_a_text_that_looks_like_a_bundle_is_none(self) -> None:
        for source in (
            "",
            "# --- plugin entry ---\n",
            "_OCP_MODULES = 1\n# --- plugin entry ---\n",
            "_OCP_MODULES = [1]\n# --- plugin entry ---\n",
            "_OCP_MODULES = [('a', False)]\n# --- plugin entry ---\n",
            "_OCP_MODULES = [(1, 2, 3)]\n# --- plugin entry ---\n",
            "_OCP_MODULES = f()\n# --- plugin entry ---\n",
            "_OCP_MODULES = [\n# --- plugin entry ---\n",
            "x._OCP_MODULES = []\n# --- plugin entry ---\n",
        ):
            assert unbundle(source) is None, source


class TestImports:
    def names(self, folder: Path, source: str, files: dict[str, str]) -> list[str]:
        return list(build(folder, source, files).modules)

    def test_wherever_they_stand(self, tmp_path: Path) -> None:
        source = (
            "def f():\n    import a\ntry:\n    import b\nexcept ImportError:\n    import c\n"
            "class D:\n    from d import x\n"
        )
        files = {f"{name}.py": "x = 1\n" for name in "abcde"}
        assert self.names(tmp_path, source, files) == ["a", "b", "c", "d"]

    def test_a_package_comes_before_a_file_of_its_name(self, tmp_path: Path) -> None:
        files = {"a/__init__.py": "x = 'package'\n", "a.py": "x = 'file'\n"}
        code = unbundle(build(tmp_path, "import a\n", files).source)
        assert code is not None
        assert list(code.modules) == ["a/__init__.py"]

    def test_a_folder_that_is_no_package_ends_the_search(self, tmp_path: Path) -> None:
        assert self.names(tmp_path, "import a.b\n", {"a/b.py": ""}) == []

    def test_names_of_the_library_are_never_local(self, tmp_path: Path) -> None:
        built = build(
            tmp_path, "import json, owncast_plugin\n", {"json.py": "", "owncast_plugin.py": ""}
        )
        assert built.modules == ()
        assert built.warnings == ("json.py is not used: the name means the standard library",)

    def test_circles_end(self, tmp_path: Path) -> None:
        files = {"a.py": "import b\nimport a\n", "b.py": "import a\n"}
        assert self.names(tmp_path, "import a\n", files) == ["b", "a"]

    def test_relative_imports_in_packages(self, tmp_path: Path) -> None:
        files = {
            "p/__init__.py": "",
            "p/q/__init__.py": "from .. import r\nfrom ....too import far\n",
            "p/r.py": "",
        }
        assert self.names(tmp_path, "import p.q\n", files) == ["p", "p.r", "p.q"]

    def test_the_main_file_is_no_module(self, tmp_path: Path) -> None:
        assert self.names(tmp_path, "import a\n", {"a.py": "import plugin\n"}) == ["a"]

    def test_a_relative_import_in_the_main_file(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="relative import in line 2") as error:
            build(tmp_path, "\nfrom .a import x\n", {"a.py": ""})
        assert error.value.file == "src/plugin.py"
        assert "from a import" in str(error.value.hint)

    @pytest.mark.parametrize("where", ["plugin.py", "a.py"])
    def test_a_syntax_error_names_file_and_line(self, tmp_path: Path, where: str) -> None:
        files = {"plugin.py": "import a\n", "a.py": ""} | {where: "x = 1\ndef f(:\n"}
        with pytest.raises(InvalidInput, match="syntax error in line 2") as error:
            build(tmp_path, files.pop("plugin.py"), files)
        assert error.value.file == f"src/{where}"

    @pytest.mark.parametrize("source", ["\0", "(" * 100_000])
    def test_what_python_cannot_read(self, tmp_path: Path, source: str) -> None:
        with pytest.raises(InvalidInput, match=r"syntax error|cannot be parsed"):
            build(tmp_path, source)

    def test_no_text(self, tmp_path: Path) -> None:
        project(tmp_path, {"src/plugin.py": b"x = 1\n# \xff\n"})
        with pytest.raises(InvalidInput, match=r"not UTF-8 text \(line 2\)"):
            bundle(FolderFiles(tmp_path), "bot")

    def test_a_main_file_in_the_root(self, tmp_path: Path) -> None:
        project(tmp_path, {"plugin.py": "import a\n", "a.py": "x = 1\n"})
        (tmp_path / "src/plugin.py").unlink()
        assert bundle(FolderFiles(tmp_path), "bot").modules == ("a",)

    def test_no_main_file(self, tmp_path: Path) -> None:
        project(tmp_path, {"bot.py": ""})
        (tmp_path / "src/plugin.py").unlink()
        with pytest.raises(ManifestError, match=r"src/plugin\.py: is missing"):
            bundle(FolderFiles(tmp_path), "bot")

    def test_the_graph_keeps_what_it_read(self, tmp_path: Path) -> None:
        project(tmp_path, {"src/a.py": "import b\n", "src/b.py": ""})
        files = FolderFiles(tmp_path)
        graph = local_modules(files, "src/plugin.py", "import a\n", plugin="bot")
        assert graph.needs == {"a": {"b"}, "b": set()}
        assert graph.modules["a"].source == "import b\n"
