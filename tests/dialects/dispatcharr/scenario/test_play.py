"""Scenarios of small plugins, played as an author would: real processes, a real database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jackfield.errors import ManifestError
from jackfield.plugins.scenario import ScenarioReport
from jackfield.scenarios import run_scenarios

PLUGIN = """
from celery import shared_task


@shared_task(name="small.add")
def add(a, b):
    return a + b


class Plugin:
    name = "Small"
    version = "1"
    fields = [{"id": "greeting", "label": "Greeting", "type": "string", "default": "hello"}]
    actions = [
        {"id": "greet", "label": "Greet", "confirm": True},
        {"id": "heard", "label": "Heard", "events": ["channel_start"]},
        {"id": "later", "label": "Later"},
    ]

    def run(self, action, params, context):
        context["logger"].info("%s %s", action, params.get("payload", params))
        if action == "later":
            from core.utils import send_websocket_update

            add.delay(1, 2)
            send_websocket_update("updates", "update", {"type": "later"})
        return {"status": "ok", "greeting": context["settings"].get("greeting", "none")}
"""


def plugin(parent: Path, *scenarios: dict[str, Any], code: str = PLUGIN) -> Path:
    folder = parent / "small"
    (folder / "__tests__").mkdir(parents=True)
    (folder / "plugin.py").write_text(code)
    named = [{"name": str(number), **one} for number, one in enumerate(scenarios)]
    (folder / "__tests__" / "a.test.json").write_text(json.dumps(named))
    return folder


def play(folder: Path) -> ScenarioReport:
    return run_scenarios(folder, report=lambda _result: None, dialect="dispatcharr")


def test_every_kind_of_step_does_what_it_says(tmp_path: Path) -> None:
    report = play(
        plugin(
            tmp_path,
            {
                "given": {
                    "rows": {"Channel": [{"name": "One"}]},
                    "files": {"exports/a.txt": "one"},
                    "settings": {"greeting": "moin", "not declared": [1]},
                },
                "events": [
                    {"action": {"id": "greet", "expect": {"result": {"greeting": "moin"}}}},
                    {"settings": {"greeting": "hi"}},
                    {"action": {"id": "greet", "expect": {"result": {"greeting": "hi"}}}},
                    {"event": "channel_start", "payload": {"channel_id": 7}},
                    {"action": {"id": "later"}},
                    {"wait": {}},
                    {"task": {"name": "small.add", "args": [2, 3], "expect": {"result": 5}}},
                    {"task": {"name": "small.add", "args": [2], "expect": {"error": "missing"}}},
                    {"rows": {"PeriodicTask": [
                        {"name": "every so often", "task": "small.add", "args": "[4, 4]",
                         "interval": None},
                    ]}},
                    {"periodic": "every so often"},
                    {"enabled": False},
                    {"action": {"id": "greet", "expect": {"error": "is disabled"}}},
                    {"rows": {"Channel": [{"name": "Two"}]}},
                    {"check": {"rows": [{"model": "Channel", "count": 2}]}},
                    {"enabled": True},
                ],
                "expect": {
                    "files": {"exports/a.txt": "one"},
                    "logs": [{"message": "greet {}"}, {"message": "{'channel_id': 7}"}],
                    "websocket": [{"type": "later"}],
                    "jobs": [{"title": "Greet", "state": "done"}, {"title": "small.add(1, 2)"},
                             {"title": "small.add(4, 4)", "state": "done"}],
                    "settings": {"greeting": "hi", "not declared": [1]},
                },
            },
        )
    )  # fmt: skip
    assert [result.errors for result in report.results] == [()]


BOXED = """
import sys


class Plugin:
    name = "Boxed"

    def run(self, action, params, context):
        context["logger"].info("on %s", sys.platform)
        return {"platform": sys.platform}
"""


@pytest.mark.sandbox
def test_what_is_granted_is_the_scenarios(tmp_path: Path, engine: object) -> None:
    asked = {"action": {"id": "go", "expect": {"result": {"platform": "wasi"}}}}
    sandbox = {"given": {"grant": ["dispatcharr.full(sandbox=true)"]}}
    again = [asked, {"enabled": False}, {"enabled": True}, asked]
    report = play(
        plugin(
            tmp_path,
            {**sandbox, "events": again, "expect": {"logs": [{"message": "on wasi"}]}},
            {"events": [{"action": {"id": "go", "expect": {"result": {"platform": "linux"}}}}]},
            {"given": {"grant": ["dispatcharr.full(sandbox=maybe)"]}, "events": [asked]},
            code=BOXED,
        )
    )
    assert [one.errors for one in report.results[:2]] == [(), ()]
    assert "'sandbox=maybe' is nothing" in report.results[2].errors[0]


def test_each_mistake_is_named_with_its_step(tmp_path: Path) -> None:
    report = play(
        plugin(
            tmp_path,
            {
                "events": [
                    {"action": {"id": "greet", "expect": {"result": {"greeting": "hi"}}}},
                    {"task": {"name": "small.add", "args": [2, 3], "expect": {"result": 6}}},
                    {"task": {"name": "small.add", "args": [2]}},
                    {"periodic": "never"},
                    {"rows": {"Channel": [{"nam": "x"}]}},
                ],
                "expect": {"rows": [{"model": "Chanel"}]},
            },
            {"given": {"files": {"../../escape": ""}}},
            {"given": {"rows": {"Channel": [{"nam": "x"}]}}},
        )
    )  # fmt: skip
    first, escape, rows = (result.errors for result in report.results)
    expected = [
        "step 0: action 'greet': expected the result",
        "step 1: task small.add: expected the result 6, got 5",
        "step 2: task small.add: failed: ",
        "step 3: there is no periodic task 'never'",
        "step 4: rows.Channel[0].nam: no such field",
        "expect: there is no model 'Chanel'",
    ]
    assert len(first) == len(expected)
    for error, beginning in zip(first, expected, strict=True):
        assert error.startswith(beginning)
    assert escape == ("load: given.files['../../escape']: leads out of /data",)
    assert rows[0].startswith("load: rows.Channel[0].nam: no such field")


def test_a_plugin_that_does_not_load(tmp_path: Path) -> None:
    broken = PLUGIN.replace('name = "Small"', "name = 1 / 0")
    report = play(plugin(tmp_path, {}, code=broken))
    assert report.results == []
    assert "ZeroDivisionError" in report.load_error
    assert "plugin.py" in report.load_error


def test_a_folder_without_a_plugin(tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        play(plugin(tmp_path, {}, code="x = 1\n"))
