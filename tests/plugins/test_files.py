from __future__ import annotations

import pytest

from jackfield.errors import InvalidInput
from jackfield.plugins.files import FolderFiles


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "greeter"
    (root / "src").mkdir(parents=True)
    (root / "src" / "plugin.py").write_text("x = 1\n")
    (root / "plugin.manifest.json").write_text("{}")
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "out").symlink_to(tmp_path)
    return root


def test_names_are_relative_sorted_and_without_links(folder):
    assert FolderFiles(folder).names() == ["plugin.manifest.json", "src/plugin.py"]
    assert FolderFiles(folder).source == "greeter"


def test_read_gives_the_bytes(folder):
    assert FolderFiles(folder).read("src/plugin.py") == b"x = 1\n"


@pytest.mark.parametrize(
    "name",
    [
        "absent",
        "../secret",
        "/etc/passwd",
        "src",
        "src/../../secret",
        "link",
        "out/secret",
        "x" * 5000,
    ],
)
def test_what_is_not_a_file_inside_is_missing(folder, name):
    with pytest.raises(InvalidInput, match="missing"):
        FolderFiles(folder).read(name)


def test_a_link_inside_is_read(folder):
    (folder / "again").symlink_to("src/plugin.py")
    (folder.parent / "seen-as").symlink_to(folder)
    assert FolderFiles(folder.parent / "seen-as").read("again") == b"x = 1\n"


def test_a_file_above_the_cap_names_both_sizes(folder):
    (folder / "big").write_bytes(b"x" * 2000)
    with pytest.raises(InvalidInput, match=r"greeter: big: is 2,000 bytes; at most 1,000"):
        FolderFiles(folder).read("big", cap=1000)
