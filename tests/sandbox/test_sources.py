from __future__ import annotations

import pytest

from jackfield.sandbox import SandboxError
from jackfield.sandbox.sources import module_files


def files(modules):
    return module_files(modules, plugin="demo")


def test_paths():
    assert files({"helpers.py": "a", "pkg/__init__.py": "b", "pkg/sub.py": "c"}) == {
        "helpers": ("helpers.py", "a", False),
        "pkg": ("pkg/__init__.py", "b", True),
        "pkg.sub": ("pkg/sub.py", "c", False),
    }


def test_dotted_names_with_others_below_are_packages():
    assert files({"pkg": "a", "pkg.sub": "b", "alone": "c"}) == {
        "pkg": ("pkg/__init__.py", "a", True),
        "pkg.sub": ("pkg/sub.py", "b", False),
        "alone": ("alone.py", "c", False),
    }


def test_packages_without_a_file_of_their_own_exist_empty():
    assert files({"a/b/c.py": "x"}) == {
        "a.b.c": ("a/b/c.py", "x", False),
        "a.b": ("a/b/__init__.py", "", True),
        "a": ("a/__init__.py", "", True),
    }


def test_a_module_beside_a_folder_of_its_name_is_the_package():
    assert files({"pkg.py": "x", "pkg/sub.py": "y"})["pkg"] == ("pkg.py", "x", True)


def test_no_modules():
    assert files({}) == {}


@pytest.mark.parametrize("key", ["", "two words", "a-b.py", "1st.py", "a//b.py", "../up.py", ".x"])
def test_what_names_no_module_is_refused(key):
    with pytest.raises(SandboxError, match="does not name a Python module") as caught:
        files({key: ""})
    assert caught.value.plugin == "demo"


def test_one_module_twice_is_refused():
    with pytest.raises(SandboxError, match="the module helpers is there twice"):
        files({"helpers.py": "a", "helpers": "b"})
