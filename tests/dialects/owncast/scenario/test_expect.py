"""What was expected against what happened. Source: owncast spec 6.1."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.owncast.commands import CommandInfo
from jackfield.dialects.owncast.scenario.expect import PLAIN, compare
from jackfield.dialects.owncast.scenario.folding import read
from jackfield.dialects.owncast.scenario.shape import Expect
from jackfield.services.recording import Recorded


def errors(
    expect: dict[str, Any],
    happened: dict[str, list[Any]] | None = None,
    *,
    kv: dict[str, str] | None = None,
    commands: list[CommandInfo] | None = None,
) -> list[str]:
    recorded = Recorded()
    for name, entries in (happened or {}).items():
        for entry in entries:
            recorded.add(name, entry)
    return compare(
        read(expect, Expect, "expect", []),
        recorded,
        kv=(kv or {}).get,
        commands=commands or [],
    )


def test_what_is_absent_is_not_looked_at() -> None:
    assert errors({}, {"chatSends": ["a"], "emits": [{"eventType": "x", "payload": 1}]}) == []
    assert errors({"chatSends": None}, {"chatSends": ["a"]}) == []


@pytest.mark.parametrize("name", PLAIN)
def test_plain_lists_are_exact_and_ordered(name: str) -> None:
    one, two = (1, 2) if name == "kickedClients" else ("a", "b")
    assert errors({name: [one, two]}, {name: [one, two]}) == []
    assert errors({name: []}) == []
    assert errors({name: [one, two]}, {name: [two, one]})
    assert errors({name: [one]}, {name: [one, two]})
    assert errors({name: []}, {name: [one]})[0].startswith(f"{name}: expected [], got [")


CASES: list[tuple[str, Any, Any, bool]] = [
    ("logs", {"plugin": "p", "level": "info", "message": "m"}, None, True),
    (
        "logs",
        {"plugin": "p", "level": "info", "message": "m"},
        {"plugin": "p", "level": "error", "message": "m"},
        False,
    ),
    ("browserPushes", {"title": "t"}, {"title": "t"}, True),
    ("browserPushes", {"title": "t"}, {"title": "t", "body": "b"}, False),
    ("browserPushes", {"title": "t", "url": "u"}, {"title": "t"}, False),
    ("userModerations", {"userId": "u", "enabled": False, "reason": "r"}, None, True),
    (
        "userModerations",
        {"userId": "u"},
        {"userId": "u", "enabled": True, "reason": ""},
        False,
    ),
    ("userRegistrations", {"authId": "a"}, {"authId": "a", "displayName": "d"}, True),
    ("userRegistrations", {"authId": "a"}, {"authId": "b"}, False),
    ("userRegistrations", {"authId": "a", "displayName": ""}, {"authId": "a"}, True),
    (
        "userRegistrations",
        {"authId": "a", "displayName": "x"},
        {"authId": "a", "displayName": "d"},
        False,
    ),
    ("userRegistrations", {"authId": "a", "scopes": ["M"]}, {"authId": "a"}, False),
    ("userRegistrations", {"authId": "a", "public": False}, {"authId": "a"}, True),
    ("sessionGrants", {"userId": "u"}, {"userId": "u", "ttl": 9}, True),
    ("sessionGrants", {"userId": "u", "ttl": 9}, {"userId": "u", "ttl": 9}, True),
    ("sessionGrants", {"userId": "u", "ttl": 8}, {"userId": "u", "ttl": 9}, False),
    ("uploads", {"name": "n"}, {"name": "n", "body": b"x"}, True),
    ("uploads", {"name": "n", "body": "x"}, {"name": "n", "body": b"x"}, True),
    ("uploads", {"name": "n", "body": "y"}, {"name": "n", "body": b"x"}, False),
    ("uploads", {"name": "n", "bodyBase64": "eA=="}, {"name": "n", "body": b"x"}, True),
    ("uploads", {"name": "n", "bodyBase64": ""}, {"name": "n", "body": b"x"}, False),
    ("uploads", {"name": "n", "bodyBase64": "!"}, {"name": "n", "body": b"x"}, False),
    ("uploads", {"name": "m"}, {"name": "n", "body": b"x"}, False),
    ("fediversePosts", {"type": "t", "body": "b"}, {"type": "t", "body": "b"}, True),
    ("fediversePosts", {"type": "t"}, {"type": "t", "image": "i"}, False),
    ("chatTo", {"clientId": 1, "text": "t"}, None, True),
    ("chatTo", {"clientId": 1, "text": "t"}, {"clientId": 2, "text": "t"}, False),
    ("emits", {"eventType": "e"}, {"eventType": "e", "payload": {"a": 1}}, True),
    (
        "emits",
        {"eventType": "e", "payload": {"a": 1}},
        {"eventType": "e", "payload": {"a": 1.0, "b": 2}},
        True,
    ),
    (
        "emits",
        {"eventType": "e", "payload": {"a": 2}},
        {"eventType": "e", "payload": {"a": 1}},
        False,
    ),
    ("emits", {"eventType": "x.e"}, {"eventType": "e", "payload": None}, False),
    ("sseSends", {"channel": "c"}, {"channel": "c", "event": "e", "data": "d"}, True),
    ("sseSends", {"channel": ""}, {"channel": "c", "event": "e", "data": "d"}, False),
    (
        "sseSends",
        {"channel": "c", "data": "x"},
        {"channel": "c", "event": "e", "data": "d"},
        False,
    ),
    ("httpRequests", {"url": "u"}, {"url": "u", "method": "POST", "body": "b"}, True),
    (
        "httpRequests",
        {"url": "u", "method": "GET"},
        {"url": "u", "method": "POST", "body": "b"},
        False,
    ),
    ("httpRequests", {"url": "v"}, {"url": "u", "method": "GET", "body": ""}, False),
    ("videoConfigWrites", {"latencyLevel": 3}, None, True),
    ("videoConfigWrites", {"latencyLevel": 3}, {"latencyLevel": 3, "codec": "x"}, False),
    ("videoConfigWrites", {}, {"latencyLevel": 0}, False),
    (
        "videoConfigWrites",
        {"variants": [{"width": 1}]},
        {"variants": [{"width": 1, "height": 0}]},
        True,
    ),
    ("videoConfigWrites", {"variants": [{"width": 1}]}, {"variants": []}, False),
]


@pytest.mark.parametrize(("name", "wanted", "found", "same"), CASES)
def test_entries(name: str, wanted: Any, found: Any, same: bool) -> None:
    found = dict(wanted) if found is None else found
    said = errors({name: [wanted]}, {name: [found]})
    assert (said == []) is same
    assert same or said[0].startswith(f"{name}[0]: ")


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_the_number_of_entries_counts(name: str) -> None:
    wanted, found = next((w, f or w) for n, w, f, same in CASES if n == name and same)
    assert errors({name: []}) == []
    assert errors({name: []}, {name: [found]})[0].startswith(f"{name}: expected 0, got 1: [{{")
    assert errors({name: [wanted]})[0] == f"{name}: expected 1, got 0: []"


def test_session_clears_count_unless_zero() -> None:
    assert errors({"sessionClears": 2}, {"sessionClears": [True, True]}) == []
    assert errors({"sessionClears": 0}, {"sessionClears": [True]}) == []
    assert errors({"sessionClears": 1}) == ["sessionClears: expected 1, got 0"]


def test_pairs_are_compared_where_they_are_listed() -> None:
    assert errors({"kv": {"a": "1", "none": ""}}, kv={"a": "1", "b": "2"}) == []
    assert errors({"kv": {"a": "2", "c": "3"}}, kv={"a": "1"}) == [
        'kv[\'a\']: expected "2", got "1"',
        'kv[\'c\']: expected "3", got ""',
    ]


PING = CommandInfo(
    name="ping", prefix="?", description="d", usage="u", aliases=["p"], cooldown_ms=5, mod_only=True
)


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ({"name": "ping", "modOnly": True, "cooldownMs": 5}, None),
        ({"name": "ping", "modOnly": True, "cooldownMs": 5, "prefix": "?", "aliases": ["p"]}, None),
        ({"name": "ping", "cooldownMs": 5}, "modOnly: expected false, got true"),
        ({"name": "ping", "modOnly": True}, "cooldownMs: expected 0, got 5"),
        ({"name": "ping", "modOnly": True, "cooldownMs": 5, "aliases": []}, "aliases: expected []"),
        ({"name": "ping", "modOnly": True, "cooldownMs": 5, "prefix": "!"}, 'prefix: expected "!"'),
        ({"name": "ping", "modOnly": True, "cooldownMs": 5, "usage": "x"}, 'usage: expected "x"'),
        (
            {"name": "ping", "modOnly": True, "cooldownMs": 5, "caseSensitive": True},
            "caseSensitive: expected true",
        ),
        ({"name": "pong"}, "'pong' is not registered"),
    ],
)
def test_commands(wanted: Any, what: str | None) -> None:
    said = errors({"commands": [wanted]}, commands=[CommandInfo(name="other"), PING])
    assert (said == []) is (what is None)
    assert what is None or what in said[0]


def test_the_usual_prefix_need_not_be_written_by_the_plugin() -> None:
    assert (
        errors({"commands": [{"name": "a", "prefix": "!"}]}, commands=[CommandInfo(name="a")]) == []
    )
