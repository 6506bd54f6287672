"""Source: dispatcharr spec 2.1, 2.2 and 2.9."""

from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.layout import (
    Place,
    at_top,
    choose,
    drop_in_key,
    import_key,
    logo_in,
    module_name,
    same_key,
    slug_of,
)
from jackfield.plugins.spec import SLUG


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (["plugin.py"], Place("", "plugin.py")),
        (["__init__.py", "plugin.py"], Place("", "plugin.py")),
        (["repo-main/README.md", "repo-main/my/plugin.py"], Place("repo-main/my", "plugin.py")),
        # A plugin.py that lies deep is preferred to a package that lies shallow.
        (["pkg/__init__.py", "pkg/inner/deep/plugin.py"], Place("pkg/inner/deep", "plugin.py")),
        (["b/plugin.py", "a/plugin.py"], Place("a", "plugin.py")),
        (["a/b/plugin.py", "z/plugin.py"], Place("z", "plugin.py")),
        (["only/__init__.py"], Place("only", "__init__.py")),
        (["__MACOSX/a/plugin.py", "z/y/plugin.py"], Place("z/y", "plugin.py")),
        (["Plugin.py", "plugin.pyc", "readme"], None),
        ([], None),
    ],
)
def test_the_plugin_of_an_archive(names: list[str], place: Place | None) -> None:
    assert choose(names) == place


def test_the_plugin_of_its_own_folder_lies_at_the_top() -> None:
    assert at_top(["__init__.py", "vendor/plugin.py"]) == Place("", "__init__.py")
    assert at_top(["sub/plugin.py"]) is None


def test_a_place_names_its_files() -> None:
    assert Place("a/b", "plugin.py").file("x.py") == "a/b/x.py"
    assert Place("", "plugin.py").file("x.py") == "x.py"


@pytest.mark.parametrize(
    ("names", "logo"),
    [
        (["p/plugin.py", "p/LOGO.PNG", "logo.png"], "p/LOGO.PNG"),
        (["p/plugin.py", "a/b/logo.png", "logo.png"], "logo.png"),
        (["p/plugin.py", "p/logo.jpg"], None),
    ],
)
def test_the_logo(names: list[str], logo: str | None) -> None:
    assert logo_in(names, Place("p", "plugin.py")) == logo


def test_the_key_of_a_directory_keeps_dashes_and_dots() -> None:
    assert drop_in_key("My Plugin-1.2") == "my_plugin-1.2"


@pytest.mark.parametrize(
    ("name", "era", "key"),
    [
        ("My-Dash", "seed", "my-dash"),
        ("My-Dash", "current", "my_dash"),
        ("tickarr-latest", "current", "tickarr_latest"),
        ("._x.y ", "current", "x_y"),
        ("Ümlaut!", "current", "mlaut"),
        ("...", "current", "plugin"),
        ("a" * 300, "current", "a" * 128),
        ("a b", "seed", "a_b"),
    ],
)
def test_the_key_of_an_import(name: str, era: Era, key: str) -> None:
    assert import_key(name, era) == key


def test_the_registry_takes_every_key() -> None:
    assert slug_of("my-dash") == "my-dash"
    for odd in ("_private", "plügin", "-x", "a/b", "é" * 200, ""):
        assert SLUG.match(slug_of(odd)), odd
    assert slug_of("_a") != slug_of("__a")


def test_dashes_and_underscores_are_one_key() -> None:
    assert same_key("epg-janitor") == same_key("EPG_janitor")


@pytest.mark.parametrize(
    ("key", "entry", "era", "name"),
    [
        ("my_plugin", "plugin.py", "seed", "my_plugin.plugin"),
        ("my_plugin", "__init__.py", "seed", "my_plugin"),
        ("my-plugin", "plugin.py", "seed", "_dispatcharr_plugin_my_plugin.plugin"),
        ("json", "plugin.py", "seed", "_dispatcharr_plugin_json.plugin"),
        ("class", "plugin.py", "seed", "_dispatcharr_plugin_class.plugin"),
        ("my_plugin", "plugin.py", "current", "_dispatcharr_plugin_my_plugin.plugin"),
        ("2fast", "__init__.py", "current", "_dispatcharr_plugin_p_2fast"),
    ],
)
def test_the_module(key: str, entry: str, era: Era, name: str) -> None:
    assert module_name(key, entry, era) == name
