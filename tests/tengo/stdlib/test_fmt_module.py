"""``import("fmt")``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jackfield.tengo.errors import Fault
from jackfield.tengo.values import Char, TengoString, Undefined

Load = Callable[..., Any]


def test_print_joins_without_separator(load: Load, printed: list[str]) -> None:
    fmt = load("fmt")
    assert fmt.print("a", 1, Char("c"), Undefined, ["x"], 1.0) is Undefined
    assert fmt.println("a", "b") is Undefined
    assert fmt.println() is Undefined
    assert "".join(printed) == 'a1c["x"]1ab\n\n'


def test_printf(load: Load, printed: list[str]) -> None:
    fmt = load("fmt")
    assert fmt.printf("%d-%s\n", 1, "a") is Undefined
    fmt.printf("lone %d\n")  # natively shown as a value, in quotes
    assert printed == ["1-a\n", '"lone %d\\n"']


def test_what_is_printed_is_valid_text(load: Load, printed: list[str]) -> None:
    fmt = load("fmt")
    fmt.print(TengoString(b"\xffa"))
    fmt.printf("%s%s", TengoString(b"\xc3"), TengoString(b"\xa9"))
    fmt.printf("%s", TengoString(b"\xff"))
    assert printed == ["\ufffda", "é", "\ufffd"]
    assert all(text.encode() for text in printed)


def test_sprintf(load: Load) -> None:
    sprintf = load("fmt").sprintf
    assert sprintf("%d-%s", 1, "a") == "1-a"
    assert sprintf("100%") == "100%"
    assert sprintf("%s", TengoString(b"\xff")) == TengoString(b"\xff")


@pytest.mark.parametrize("name", ["printf", "sprintf"])
def test_complaints(name: str, load: Load) -> None:
    function = getattr(load("fmt"), name)
    with pytest.raises(Fault, match=f"wrong number of arguments in call to 'user-function:{name}'"):
        function()
    with pytest.raises(Fault) as caught:
        function(1)
    assert caught.value.message == (
        f"invalid type for argument 'format' in call to 'user-function:{name}': "
        "expected string, found int"
    )


def test_size_limit(load: Load, printed: list[str]) -> None:
    fmt = load("fmt", string_bytes=6)
    fmt.print("abc", "def")
    for call in (
        lambda: fmt.print("abc", "defg"),
        lambda: fmt.println("ééé", "é"),
        lambda: fmt.printf("%7d", 1),
        lambda: fmt.sprintf("%7d", 1),
    ):
        with pytest.raises(Fault, match=r"^exceeding string size limit$"):
            call()
    assert printed == ["abcdef"]
