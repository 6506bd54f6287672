"""Which packages a plugin needs, from its files."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.wanted_packages import declared, guessed, named_in
from jackfield.errors import ManifestError

REQUESTS = metadata.version("requests")


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def test_what_three_kinds_of_files_ask_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        requirements_dot_txt="# comment\nfoo-one==1  # why\n\nbar-two>=2,\\\n<3\n",
        pyproject_dot_toml="[project]\nname='x'\nversion='1'\ndependencies=['baz-three']\n",
    )
    found = declared(tmp_path, {"requirements": ["qux-four~=4.0"]})
    assert found.lines == ("foo-one==1", "bar-two>=2, <3", "qux-four~=4.0", "baz-three")
    assert found.origin == "requirements.txt, plugin.json, pyproject.toml"


def test_what_is_there_is_not_installed_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        requirements_dot_txt=f"requests\nRequests>=2\nrequests=={REQUESTS}\n"
        "nothing-here; python_version < '3'\n",
    )
    assert declared(tmp_path, {}).lines == ()


def test_another_version_than_what_is_there_is_installed(tmp_path: Path) -> None:
    write(tmp_path, requirements_dot_txt="requests==1.0\n")
    assert declared(tmp_path, {}).lines == ("requests==1.0",)


def test_what_the_process_stands_on_is_the_hosts(tmp_path: Path) -> None:
    write(tmp_path, requirements_dot_txt="django==3.2\ncelery\n")
    found = declared(tmp_path, {})
    assert found.lines == ()
    assert len(found.kept) == 1
    assert found.kept[0].startswith("django==3.2 is asked for; the host's django 5.2")


@pytest.mark.parametrize(
    "line", ["dispatcharr", "Dispatcharr>=0.24", "dispatcharr @ git+https://example.invalid/d"]
)
def test_the_application_that_the_host_takes_the_place_of_is_never_fetched(
    tmp_path: Path, line: str
) -> None:
    write(tmp_path, pyproject_dot_toml=f"[project]\ndependencies = ['{line}', 'foo-one']\n")
    assert declared(tmp_path, {}).lines == ("foo-one",)


def test_options_alone_ask_for_nothing(tmp_path: Path) -> None:
    write(tmp_path, requirements_dot_txt="--no-index\n--find-links wheels\n")
    assert declared(tmp_path, {}).lines == ()


def test_nothing_is_asked_for_without_files(tmp_path: Path) -> None:
    assert declared(tmp_path, {}).lines == ()
    assert declared(tmp_path, {"dependencies": {"other_plugin": "1"}}).lines == ()


@pytest.mark.parametrize(
    ("files", "manifest", "said"),
    [
        ({"requirements_dot_txt": "what is this?\n"}, {}, "requirements.txt: 'what is this?' is"),
        ({"pyproject_dot_toml": "[project\n"}, {}, "pyproject.toml: is not readable"),
        ({"pyproject_dot_toml": "[project]\ndependencies='x'\n"}, {}, "expected a list of texts"),
        ({}, {"requirements": "foo"}, "plugin.json: requirements: expected a list of texts"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, files: dict[str, str], manifest: dict[str, object], said: str
) -> None:
    write(tmp_path, **files)
    with pytest.raises(ManifestError, match=said.replace("?", r"\?")):
        declared(tmp_path, manifest)


def test_well_known_imports_are_guessed(tmp_path: Path) -> None:
    write(
        tmp_path,
        plugin_dot_py="import PIL.Image\nfrom telegram import Bot\nimport json, requests\n"
        "import unknown_thing\nfrom apps.channels import models\nfrom . import yaml\n"
        "def f():\n    import xmltodict\n",
    )
    assert set(guessed(tmp_path).lines) <= {"Pillow", "python-telegram-bot", "xmltodict"}
    assert "python-telegram-bot" in guessed(tmp_path).lines
    assert "xmltodict" in guessed(tmp_path).lines


def test_imports_that_may_fail_or_are_the_plugins_own_are_not_guessed(tmp_path: Path) -> None:
    write(
        tmp_path,
        plugin_dot_py="try:\n    import xmltodict\nexcept ImportError:\n    import feedparser\n"
        "try:\n    import telegram\nexcept (ValueError, ModuleNotFoundError):\n    pass\n"
        "import icalendar\nimport m3u8\n",
        icalendar_dot_py="",
        m3u8__init_dot_py="",
        broken_dot_py="import (\n",
    )
    assert guessed(tmp_path).lines == ("feedparser",)
    assert guessed(tmp_path, tmp_path).lines == ("feedparser",)


def test_what_the_original_always_has_is_there_however_it_is_imported(tmp_path: Path) -> None:
    write(
        tmp_path,
        plugin_dot_py="def serve():\n    try:\n        from gevent import pywsgi\n"
        "        import xmltodict\n    except ImportError:\n        return None\n",
    )
    assert guessed(tmp_path).lines == ("gevent",)


def test_the_requirement_that_a_message_names() -> None:
    lines = ("--no-index", "foo_bar==1", "other>2")
    assert named_in("no solution: foo-bar was not found", lines) == "foo_bar==1"
    assert named_in("something else", lines) == "foo_bar==1, other>2"
