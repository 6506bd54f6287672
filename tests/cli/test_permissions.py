"""How permissions are shown and read."""

from __future__ import annotations

from typing import Any

import pytest
from click import unstyle

from jackfield.cli.permissions import asked_permissions, parse_grant
from jackfield.errors import InvalidInput


def asks(**answers: str) -> dict[str, Any]:
    return {
        "asks": [
            {"permission": name, "title": f"do {name}", "risk": "high", "answer": answer}
            for name, answer in answers.items()
        ]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", "all"),
        (" all ", "all"),
        ("chat.send", ["chat.send"]),
        ("chat.send, storage.kv", ["chat.send", "storage.kv"]),
        ("network.fetch(hosts=a.example,b.example),chat.send",
         ["network.fetch(hosts=a.example,b.example)", "chat.send"]),
        ("chat.send,,", ["chat.send"]),
    ],
)  # fmt: skip
def test_a_grant_is_all_or_a_list(text: str, expected: object) -> None:
    assert parse_grant(text) == expected


@pytest.mark.parametrize("text", ["", " ", ","])
def test_a_grant_of_nothing_is_a_mistake(text: str) -> None:
    with pytest.raises(InvalidInput, match="names no permission"):
        parse_grant(text)


def test_each_permission_is_shown_with_its_meaning_and_risk() -> None:
    heading, line = asked_permissions(asks(fetch="open"))
    assert heading == "It asks for:"
    assert "fetch" in line
    assert "high" in line
    assert "do fetch" in line


def test_what_was_answered_is_marked() -> None:
    lines = "\n".join(asked_permissions(asks(a="granted", b="refused", c="open")))
    assert "do a (granted)" in lines
    assert "do b (refused)" in lines
    assert lines.endswith("do c")


def test_only_what_is_open_is_asked() -> None:
    lines = asked_permissions(asks(a="granted", c="open"), open_only=True)
    assert len(lines) == 2
    assert asked_permissions(asks(a="granted"), open_only=True) == []


def test_a_plugin_that_asks_for_nothing_says_so() -> None:
    assert asked_permissions({"asks": []}) == ["It asks for no permissions."]


def plain(lines: list[str]) -> list[str]:
    return [unstyle(line) for line in lines]


LESSER = {"permission": "full(box=true)", "title": "only in the box", "risk": "low"}


def test_what_may_be_granted_instead_is_offered() -> None:
    ask = {"permission": "full", "title": "do all", "risk": "high", "answer": "open",
           "granted": None, "lesser": [LESSER]}  # fmt: skip
    assert plain(asked_permissions({"asks": [ask]}, open_only=True)) == [
        "It asks for:",
        "  full  high  do all",
        "You may grant less, with --grant 'full(box=true)':",
        "  only in the box",
    ]


def test_what_was_granted_instead_is_shown_in_its_place() -> None:
    ask = {"permission": "full", "title": "only in the box", "risk": "low", "answer": "granted",
           "granted": "full(box=true)", "lesser": [LESSER]}  # fmt: skip
    assert plain(asked_permissions({"asks": [ask]})) == [
        "It asks for:",
        "  full(box=true)  low  only in the box (granted)",
    ]
