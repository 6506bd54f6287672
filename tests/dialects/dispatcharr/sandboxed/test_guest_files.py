"""What of a plugin is sent into the sandbox, and what it must find there."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialects.dispatcharr.plugin_files import write
from jackfield.dialects.dispatcharr.sandboxed import guest_files
from jackfield.dialects.dispatcharr.sandboxed.guest_files import (
    Code,
    collect,
    main_source,
    modules,
)
from jackfield.plugins.dialect import PluginFailure


def collected(tmp_path: Path, files: dict[str, str | bytes]) -> Code:
    return collect(write(tmp_path, files), "mine", ["my_plugin"], plugin="my_plugin")


def imports(tmp_path: Path, source: str, **files: str) -> list[str]:
    named = {name.replace("__py", ".py").replace("__", "/"): text for name, text in files.items()}
    code = collected(tmp_path, {"plugin.py": source, **named})
    return [f"{file}:{line} {module}" for file, line, module in code.imports]


def test_modules_are_sent_and_nothing_else(tmp_path: Path) -> None:
    code = collected(
        tmp_path,
        {
            "plugin.py": "x = 1\n",
            "lib/deep/tool.py": "",
            "notes.txt": "",
            "my-tool.py": "",
            "__pycache__/plugin.cpython-311.py": "",
            "node_modules/x.py": "",
            ".git/hook.py": "",
            "two words/x.py": "",
        },
    )
    assert dict(code.files) == {"plugin.py": "x = 1\n", "lib/deep/tool.py": ""}
    assert code.entries == ("mine.plugin",)
    names = modules(code)
    assert "mine/lib/deep/tool.py" in names
    assert {"_jackfield/guest.py", "_jackfield/instance.py"} < set(names)


def test_a_package_comes_after_plugin_py(tmp_path: Path) -> None:
    code = collected(tmp_path, {"plugin.py": "", "__init__.py": ""})
    assert code.entries == ("mine.plugin", "mine")
    assert collected(tmp_path / "b", {"__init__.py": ""}).entries == ("mine",)


def test_a_folder_without_a_module_to_begin_with(tmp_path: Path) -> None:
    with pytest.raises(PluginFailure, match=r"neither plugin\.py nor __init__\.py"):
        collected(tmp_path, {"other.py": ""})


def test_too_much_source_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_files, "SOURCE_CAP", 2**20)
    with pytest.raises(PluginFailure, match="more than 1 MiB of source"):
        collected(tmp_path, {"plugin.py": "", "big.py": "#" * 2**20 + "#"})


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "# coding: latin-1\nx = 'é'\n"),
        (b"x = '\xff'\n", "raise SyntaxError("),
        (b"# coding: nonsense\n", "raise SyntaxError("),
    ],
)
def test_source_is_read_as_python_reads_it(tmp_path: Path, data: bytes, text: str) -> None:
    assert collected(tmp_path, {"plugin.py": data}).files["plugin.py"].startswith(text)


def test_imports_of_others_are_found_wherever_they_stand(tmp_path: Path) -> None:
    source = (
        "import os, json.decoder\n"
        "from collections import abc\n"
        "class Plugin:\n"
        "    def run(self):\n"
        "        from apps.channels.models import Channel\n"
        "        if self:\n"
        "            import requests as r\n"
    )
    assert imports(tmp_path, source) == [
        "plugin.py:1 os",
        "plugin.py:1 json.decoder",
        "plugin.py:2 collections",
        "plugin.py:5 apps.channels.models",
        "plugin.py:7 requests",
    ]


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    import requests\nexcept ImportError:\n    requests = None\n",
        "try:\n    import requests\nexcept (ValueError, ModuleNotFoundError):\n    pass\n",
        "try:\n    import requests\nexcept:\n    pass\n",
        "try:\n    if 1:\n        import requests\nexcept Exception:\n    pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import requests\n",
        "import typing\nif typing.TYPE_CHECKING:\n    import requests\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import requests\n",
    ],
)
def test_guarded_imports_are_fine(tmp_path: Path, guarded: str) -> None:
    assert not [one for one in imports(tmp_path, guarded) if "requests" in one]


@pytest.mark.parametrize(
    "unguarded",
    [
        "try:\n    import requests\nexcept ValueError:\n    pass\n",
        "try:\n    pass\nexcept ImportError:\n    import requests\n",
        "try:\n    import requests\nfinally:\n    pass\n",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import requests\n",
        "with suppress(KeyError):\n    import requests\n",
    ],
)
def test_others_are_not(tmp_path: Path, unguarded: str) -> None:
    assert [one for one in imports(tmp_path, unguarded) if one.endswith(" requests")]


def test_own_modules_are_followed_and_not_asked_for(tmp_path: Path) -> None:
    found = imports(
        tmp_path,
        "from . import one\nfrom .sub.two import X\nimport mine.three\nimport my_plugin.four as f\n"
        "from mine import five\nimport six\nfrom mine import VALUE\n",
        one__py="import a1\n",
        sub__two__py="from ..seven import y\nfrom .eight import z\nimport a2\n",
        three__py="import a3\n",
        four__py="import a4\n",
        five__py="import a5\n",
        six__py="import a6\n",
        seven__py="import a7\n",
        sub__eight__py="import a8\n",
        unused__py="import never\n",
        __tests____test_x__py="import pytest\n",
    )
    assert sorted(one.split()[1] for one in found) == [f"a{n}" for n in range(1, 9)]


def test_what_a_folder_on_the_path_would_have_is_own(tmp_path: Path) -> None:
    found = imports(
        tmp_path, "import tool\nimport other\n", lib__tool__py="import a1\n", lib__a1__py="x = 1\n"
    )
    assert found == ["plugin.py:2 other"]


def test_a_circle_of_imports_ends(tmp_path: Path) -> None:
    assert imports(tmp_path, "from . import a\n", a__py="from . import plugin\nimport q\n") == [
        "a.py:2 q"
    ]


def test_what_is_no_python_is_left_to_the_interpreter(tmp_path: Path) -> None:
    assert imports(tmp_path, "def (:\n") == []


def test_the_main_source_carries_the_configuration() -> None:
    config = {"package": "a'b\"\\", "fields": [None, True, 1.5, "\u2028\n"], "imports": []}
    source = main_source(config)
    compile(source, "sandbox.py", "exec")
    assert repr(config) in source


def test_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("KEY = 1\n")
    root = tmp_path / "plugin"
    root.mkdir()
    (root / "plugin.py").write_text("class Plugin: pass\n")
    (root / "stolen.py").symlink_to(tmp_path / "secret.py")
    assert set(collect(root, "plugin_x", [], plugin="x").files) == {"plugin.py"}
