"""Reading scenario files. Source: owncast spec 6.1 and 0.3."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from jackfield.dialects.owncast.scenario.shape import STEP_KEYS, Expect, Step, parse_file
from jackfield.errors import InvalidInput
from jackfield.services.recording import Found


def parse(*scenarios: Any) -> Any:
    return [scenario for scenario, _ in parse_file(json.dumps(scenarios).encode())]


def one(**scenario: Any) -> Any:
    return parse({"name": "s", **scenario})[0]


def test_the_least_there_can_be() -> None:
    scenario = one()
    assert (scenario.name, scenario.events, scenario.expect) == ("s", [], None)
    assert parse_file(b"[]") == []
    assert parse_file(b'\xef\xbb\xbf[{"name": "bom"}]')[0][0].name == "bom"


def test_every_kind_of_step() -> None:
    inner: dict[str, Any] = {
        "event": "tick",
        "filter": "chat.message.received",
        "http": {"path": "/"},
        "tabContent": {"slug": "a"},
        "pageContent": {"slug": "a"},
        "pageStyles": {},
        "pageScripts": {},
        "authCheck": {"user": {"id": "u"}},
        "action": {"id": "a"},
    }
    assert set(inner) == set(STEP_KEYS)
    steps = one(events=[{key: value} for key, value in inner.items()]).events
    assert steps[0].event == "tick"
    assert steps[2].http.method == "GET"
    assert steps[7].auth_check.user == {"id": "u"}


def test_letter_case_does_not_count_and_null_is_absent() -> None:
    scenario = one(
        Given={"KV": {"a": "1"}, "STREAM": {"Online": True}, "users": None},
        events=[{"FILTER": "x", "Payload": {"Case": 1}, "http": None, "expect": None}],
        EXPECT={"ChatSends": ["a"], "bannedips": [], "emits": None},
    )
    assert scenario.given.kv == {"a": "1"}
    assert scenario.given.stream.online is True
    assert scenario.given.users == []
    assert scenario.events[0].payload == {"Case": 1}
    assert scenario.expect.chat_sends == ["a"]
    assert scenario.expect.banned_ips == []
    assert scenario.expect.emits is None


def test_the_exact_name_wins_over_another_case() -> None:
    assert one(Name="other").name == "s"
    assert parse({"Name": "other", "name": "s"})[0].name == "s"


def test_missing_texts_and_numbers_are_empty() -> None:
    scenario = one(
        given={
            "users": [{"id": "u"}],
            "chatHistory": [{"body": "x"}],
            "chatClients": [{}],
            "socials": [{}],
        }
    )
    assert scenario.given.users[0].display_name == ""
    assert scenario.given.chat_history[0].id == ""
    assert scenario.given.chat_clients[0].id == 0


def test_what_nothing_reads_is_named() -> None:
    ((_, unknown),) = parse_file(
        json.dumps(
            [
                {
                    "name": "s",
                    "descripton": "x",
                    "given": {"kvs": {}, "config": {"anything": {"deep": 1}}},
                    "events": [{"event": "e", "payload": {"any": 1}, "delay": 5}],
                    "expect": {"chatSend": [], "logs": [{"lvl": "info"}]},
                }
            ]
        ).encode()
    )
    assert unknown == (
        "[0].descripton",
        "[0].given.kvs",
        "[0].events[0].delay",
        "[0].expect.chatSend",
        "[0].expect.logs[0].lvl",
    )


@pytest.mark.parametrize(
    ("scenario", "what"),
    [
        ({"name": ""}, r"\[0\]\.name: is missing"),
        ({}, r"\[0\]\.name: is missing"),
        ({"name": 5}, r"\[0\]\.name: expected `str`, got `int`"),
        ("text", r"\[0\]: expected an object, found str"),
        ({"name": "s", "given": {"kv": {"a": 1}}}, r"\[0\]\.given\.kv.*expected `str`, got `int`"),
        ({"name": "s", "given": []}, r"\[0\]\.given: expected `object`"),
        ({"name": "s", "events": {}}, r"\[0\]\.events: expected `array`"),
        ({"name": "s", "events": [{}]}, r"\[0\]\.events\[0\]: expected exactly one of .* none"),
        (
            {"name": "s", "events": [{"event": "a", "http": {"path": "/"}}]},
            "found event and http",
        ),
        ({"name": "s", "events": [{"evnt": "a"}]}, "found none"),
        ({"name": "s", "events": [{"event": "a", "expect": {}}]}, "only for a filter step"),
        (
            {"name": "s", "events": [{"http": {"path": "/"}, "expect": {"action": "pass"}}]},
            "put it inside of 'http'",
        ),
        ({"name": "s", "events": [{"http": {}}]}, r"http\.path: is missing"),
        ({"name": "s", "expect": {"chatSends": "a"}}, r"\.expect\.chatSends: expected `array"),
        ({"name": "s", "expect": {"kickedClients": ["1"]}}, r"kickedClients\[0\]: expected `int`"),
        ({"name": "s", "expect": {"sessionClears": []}}, r"sessionClears: expected `int`"),
    ],
)
def test_a_mistake_is_named_with_its_place(scenario: Any, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        parse(scenario)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is not JSON"),
        (b"[{]", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"{}", "expected a list of scenarios, found dict"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_scenario_file(data: bytes, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        parse_file(data)


def test_one_bad_scenario_fails_the_whole_file() -> None:
    with pytest.raises(InvalidInput, match=r"^\[1\]"):
        parse({"name": "good"}, {"name": "bad", "events": [{}]})


def test_the_format_has_every_key_of_the_specification() -> None:
    def names(kind: type[msgspec.Struct]) -> set[str]:
        return {field.encode_name for field in msgspec.structs.fields(kind)}

    assert names(Expect) == {
        *("chatSends", "chatActions", "chatSystems", "deletedMessages", "discordPosts"),
        *("bannedIPs", "fediverseOutbox", "kickedClients", "videoConfigWrites", "logs"),
        *("browserPushes", "userModerations", "userRegistrations", "sessionGrants"),
        *("sessionClears", "uploads", "fediversePosts", "chatTo", "emits", "sseSends"),
        *("httpRequests", "kv", "commands"),
    }
    assert names(Found) - {"emotes"} == {
        *("kv", "config", "httpResponses", "stream", "server", "broadcaster", "federation"),
        *("videoConfig", "chatHistory", "chatClients", "users", "socials", "tags"),
    }
    assert names(Step) == {*STEP_KEYS, "payload", "expect"}
