"""The content of files, for plugins that expect bytes and for those that expect text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from owncast_plugin import Content

CONTENT = Content("é,b\nc".encode())


def test_it_is_bytes() -> None:
    assert isinstance(CONTENT, bytes)
    assert bytes(CONTENT) == "é,b\nc".encode()
    assert Content(b"a") == b"a"
    assert CONTENT.decode() == "é,b\nc"
    assert CONTENT[2] == ord(",")
    assert list(Content(b"ab")) == [97, 98]
    assert {CONTENT: 1}["é,b\nc".encode()] == 1
    assert json.loads(Content(b'{"a": 1}')) == {"a": 1}
    assert b"".join([CONTENT, b"x"]).endswith(b"x")
    assert Content(b"ab").hex() == "6162"


def test_text_beside_it_makes_it_text() -> None:
    assert CONTENT == "é,b\nc"
    assert CONTENT != "é"
    assert "é" in CONTENT
    assert b"b" in CONTENT
    assert CONTENT + "!" == "é,b\nc!"
    assert "!" + CONTENT == "!é,b\nc"
    assert bytes(CONTENT + b"!") == "é,b\nc!".encode()
    assert f"{CONTENT:>6}" == " é,b\nc"
    assert f"{CONTENT}" == "é,b\nc"
    assert str(CONTENT) == CONTENT.text == "é,b\nc"


@pytest.mark.parametrize(
    ("method", "arguments", "result"),
    [
        ("split", (",",), ["é", "b\nc"]),
        ("split", (b",",), ["é".encode(), b"b\nc"]),
        ("splitlines", (), ["é,b".encode(), b"c"]),
        ("startswith", ("é",), True),
        ("startswith", (("x", "é"),), True),
        ("startswith", (b"x",), False),
        ("partition", (",",), ("é", ",", "b\nc")),
        ("replace", ("b", "B"), "é,B\nc"),
        ("replace", (b"b", b"B"), "é,B\nc".encode()),
        ("find", ("b",), 2),
        ("find", (b"b",), 3),
        ("translate", ({ord("é"): "e"},), "e,b\nc"),
        ("encode", (), "é,b\nc".encode()),
        ("casefold", (), "é,b\nc"),
    ],
)
def test_methods_follow_their_arguments(
    method: str, arguments: tuple[Any, ...], result: Any
) -> None:
    found = getattr(CONTENT, method)(*arguments)
    assert found == result
    kind = str if isinstance(result, str) else type(result)
    assert isinstance(found, kind)


def test_what_remains_of_it_is_still_both() -> None:
    line = Content(b" key = value \n").strip()
    assert isinstance(line, Content)
    assert line.split("=") == ["key ", " value"]
    assert isinstance(CONTENT[0:2], Content)
    assert all(isinstance(part, Content) for part in CONTENT.splitlines())


def test_malformed_text_is_replaced() -> None:
    assert Content(b"a\xffb").text == "a�b"


def test_what_neither_has_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        CONTENT.fly  # noqa: B018
    with pytest.raises(AttributeError):
        CONTENT.__fly__  # noqa: B018
    with pytest.raises(TypeError):
        1.5 + CONTENT
