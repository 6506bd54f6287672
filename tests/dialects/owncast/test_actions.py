from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from jackfield.dialects.owncast.actions import (
    KEY,
    add_actions,
    added_actions,
    check_actions,
    clear_actions,
)
from jackfield.errors import InvalidInput
from jackfield.services.kv import MemoryKeyValue


def checked(*actions: Any, serves: bool = True) -> list[Any]:
    found = check_actions(list(actions), slug="bot", serves=serves)
    return [msgspec.to_builtins(action) for action in found]


def test_good_buttons() -> None:
    assert checked(
        {"title": "a", "url": "https://x.example/", "openExternally": True, "more": 1},
        {"title": "b", "html": "<p>"},
        {"title": "c", "url": "/page", "icon": "/plugins/bot/i.png"},
    ) == [
        {"title": "a", "url": "https://x.example/", "openExternally": True},
        {"title": "b", "html": "<p>"},
        {"title": "c", "url": "/plugins/bot/page", "icon": "/plugins/bot/i.png"},
    ]


@pytest.mark.parametrize(
    ("actions", "what"),
    [
        ("text", "actions: Expected `array`"),
        ([{"title": 5}], "actions: Expected `str`"),
        ([{"title": "a", "html": "x"}, {"url": "https://x"}], r"actions\[1\].title: is missing"),
        ([{"title": " ", "html": "x"}], r"actions\[0\].title: is missing"),
        ([{"title": "a"}], r"actions\[0\]: expected exactly one of 'url' and 'html'"),
        ([{"title": "a", "url": "https://x", "html": "x"}], "exactly one"),
        ([{"title": "a", "url": "/plugins/other/x"}], "belongs to the plugin 'other'"),
    ],
)
def test_bad_buttons(actions: Any, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        check_actions(actions, slug="bot", serves=True)


def test_own_pages_need_the_permission() -> None:
    with pytest.raises(InvalidInput, match=r"http\.serve"):
        checked({"title": "a", "url": "/page"}, serves=False)
    assert checked({"title": "a", "html": "x"}, serves=False)


def test_added_buttons_are_kept_until_cleared() -> None:
    kv = MemoryKeyValue()
    assert added_actions(kv, "bot") == []
    add_actions(kv, "bot", check_actions([{"title": "a", "html": "é"}], slug="bot", serves=True))
    add_actions(kv, "bot", check_actions([{"title": "b", "html": "x"}], slug="bot", serves=True))
    assert added_actions(kv, "bot") == [
        {"title": "a", "html": "é"},
        {"title": "b", "html": "x"},
    ]
    assert json.loads(kv.get("bot", KEY) or "") == added_actions(kv, "bot")
    clear_actions(kv, "bot")
    assert added_actions(kv, "bot") == []
    assert kv.keys("bot") == []


@pytest.mark.parametrize("stored", ["not json", '{"a": 1}', "[" * 200_000, "[NaN]"])
def test_what_a_plugin_broke_counts_as_none(stored: str) -> None:
    kv = MemoryKeyValue({"bot": {KEY: stored}})
    assert added_actions(kv, "bot") == []


def test_of_what_a_plugin_wrote_there_itself_only_buttons_count() -> None:
    good = {"title": "a", "html": "x"}
    stored = [1, None, {"title": {"a": 1}, "url": 5}, {"title": "s", "url": "javascript:x"}, good]
    kv = MemoryKeyValue({"bot": {KEY: json.dumps(stored)}})
    assert added_actions(kv, "bot") == [good]
    add_actions(kv, "bot", check_actions([{"title": "b", "html": "y"}], slug="bot", serves=True))
    assert added_actions(kv, "bot") == [good, {"title": "b", "html": "y"}]
