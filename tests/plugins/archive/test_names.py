from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.plugins.archive.names import NameTable, fault, same_place


@pytest.mark.parametrize(
    "name",
    ["stage.json", "public/a b.html", "a/b/c/d.txt", ".hidden", "naïve/é.txt", "日本/語.py", "a..b",
     "console.py", "auxiliary", "com", "com10", "nul_", "-x", "(1)", "emoji/👩‍🚀.png"],
)  # fmt: skip
def test_good_names(name: str) -> None:
    assert fault(name, depth=32) is None


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../evil", "leads out of its folder"),
        ("a/../../evil", "leads out of its folder"),
        ("a/..", "leads out of its folder"),
        ("..", "leads out of its folder"),
        ("/etc/passwd", "absolute"),
        ("//host/share", "absolute"),
        ("C:/evil", "colon"),
        ("c:evil", "colon"),
        ("a/file.txt:stream", "colon"),
        ("..\\evil", "backslash"),
        ("\\\\host\\share", "backslash"),
        ("\\\\?\\C:\\evil", "backslash"),
        ("a\x00b", "control character"),
        ("a\nb", "control character"),
        ("a\x7fb", "control character"),
        ("a\x85b", "control character"),
        ("a\ud800b", "control character"),
        ("evil\u202egnp.exe", "text direction"),
        ("", "empty name"),
        ("a//b", "empty part"),
        ("./a", "empty part"),
        ("a/./b", "empty part"),
        ("a./b", "ends with a dot or a space"),
        ("a /b", "ends with a dot or a space"),
        ("a...", "ends with a dot or a space"),
        ("a/b ", "ends with a dot or a space"),
        ("con", "device"),
        ("a/NUL", "device"),
        ("aux.py", "device"),
        ("Com1.txt", "device"),
        ("lpt9", "device"),
        ("COM².log", "device"),
        ("conin$", "device"),
        ("nul .txt", "device"),
        ("x" * 256, "longer than 255"),
        ("é" * 128, "longer than 255"),
        ("/".join(["x" * 200] * 6), "longer than 1024"),
        ("/".join("x" * 33), "deeper than 32"),
    ],
)
def test_bad_names(name: str, rule: str) -> None:
    found = fault(name, depth=32)
    assert found is not None
    assert rule in found


@given(st.text(max_size=40))
def test_a_good_name_stays_inside(name: str) -> None:
    if fault(name, depth=8) is None:
        parts = name.split("/")
        assert ".." not in parts and "" not in parts and "." not in parts
        assert "\0" not in name and "\\" not in name
        assert len(parts) <= 8


def test_names_that_differ_are_kept_apart() -> None:
    table = NameTable()
    for name in ("a", "b/a", "b/c", "B2/c"):
        assert table.add(name, directory=False) is None


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ("a", "a", "appears twice"),
        ("a", "A", "clashes with 'a'"),
        ("dir/x", "DIR/y", "clashes with 'dir'"),
        ("é", "e\u0301", "clashes"),
        ("straße", "STRASSE", "clashes"),
        ("ﬁle", "file", "clashes"),
        ("K", "\u212a", "clashes"),
        ("a", "a/b", "both a file and a folder"),
        ("a/b", "a", "both a file and a folder"),
    ],
)
def test_clashes(first: str, second: str, rule: str) -> None:
    table = NameTable()
    assert table.add(first, directory=False) is None
    found = table.add(second, directory=False)
    assert found is not None
    assert rule in found


def test_a_folder_may_be_named_after_its_content_but_once() -> None:
    table = NameTable()
    assert table.add("a/b", directory=False) is None
    assert table.add("a", directory=True) is None
    assert table.add("a", directory=True) == "appears twice"


@given(st.text(max_size=20))
def test_same_place_is_stable(name: str) -> None:
    assert same_place(name) == same_place(same_place(name)) or not name.isascii()
    assert same_place(name.upper()) == same_place(name) or not name.isascii()
