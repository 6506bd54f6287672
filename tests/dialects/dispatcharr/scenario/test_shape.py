from __future__ import annotations

import json
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.scenario.shape import STEP_KEYS, ScenarioFile, parse_file
from jackfield.errors import InvalidInput


def one(**scenario: Any) -> ScenarioFile:
    (found,) = parse_file(json.dumps([{"name": "x", **scenario}]).encode())
    return found


def test_every_kind_of_step() -> None:
    steps: dict[str, Any] = {
        "action": {"id": "a", "params": {"b": 1}, "expect": {"error": "c"}},
        "event": "channel_start",
        "task": {"name": "t", "kwargs": {"a": 1}},
        "periodic": "p",
        "wait": {},
        "enabled": False,
        "settings": {"a": 1},
        "rows": {"Channel": [{"name": "One"}]},
        "check": {"rows": [{"model": "Channel", "count": 1}]},
    }
    assert set(steps) == set(STEP_KEYS)
    found = one(events=[{key: value} for key, value in steps.items()]).events
    assert found[0].action is not None
    assert found[0].action.params == {"b": 1}
    assert found[4].wait is not None
    assert found[4].wait.seconds == 60
    assert found[5].enabled is False


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert parse_file(b'\xef\xbb\xbf[{"name": "x"}]')[0].name == "x"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is no list of scenarios"),
        (b"{}", "is no list of scenarios: Expected `array`, got `object`"),
        (b'[{"name": " "}]', r"\$\[0\].name: is empty"),
        (b'[{"name": "x", "given": {"row": {}}}]', "unknown field `row`"),
        (b'[{"name": "x", "events": [{}]}]', r"\$\[0\].events\[0\]: .* found none"),
        (b'[{"name": "x", "events": [{"event": "e", "enabled": true}]}]',
         "found event and enabled"),
        (b'[{"name": "x", "events": [{"periodic": "p", "payload": {"a": 1}}]}]',
         r"\$\[0\].events\[0\].payload: belongs to an event"),
        (b'[{"name": "x", "events": [{"action": {"id": ""}}]}]', "needs the id of the action"),
        (b'[{"name": "x", "expect": {"rows": [{"count": 1}]}}]', "missing required field `model`"),
        (b'[{"name": "x", "expect": {"files": {"a": 1}}}]', r"files"),
    ],
)  # fmt: skip
def test_what_is_no_scenario(content: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parse_file(content)
