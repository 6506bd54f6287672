"""Scenario files: what is refused, and that what differs is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialects.servemsx.test_examples import stage
from jackfield.dialects.servemsx import dialect
from jackfield.dialects.servemsx.scenario.shape import parse_file
from jackfield.errors import InvalidInput
from jackfield.plugins.scenario import ScenarioReport, play_scenarios

SOURCE = """
srv := import("server")
srv.log_inf("asked", srv.path)
srv.file("kept.txt", srv.path)
r := srv.request("http://h/", {body: "b"})
srv.write({"X-One": "1"}, `{"a": [1, {"b": 2}]}`)
"""


def play(tmp_path: Path, *scenarios: dict[str, Any], source: str = SOURCE) -> ScenarioReport:
    folder = tmp_path / "hello"
    (folder / "__tests__").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "main.tengo").write_text(source)
    (folder / "__tests__" / "a.test.json").write_text(json.dumps(list(scenarios)))
    with dialect.scenarios(folder, stage) as script:
        return play_scenarios(folder, script, lambda _: None)


def test_what_differs_is_told(tmp_path: Path) -> None:
    report = play(
        tmp_path,
        {
            "name": "all wrong",
            "events": [
                {
                    "http": {
                        "path": "x",
                        "expect": {
                            "status": 404,
                            "headers": {"X-One": "2"},
                            "body": "no",
                            "bodyContains": "nothing",
                            "bodyJson": {"a": [1]},
                        },
                    }
                }
            ],
            "expect": {
                "logs": [{"level": "error", "message": "asked"}],
                "httpRequests": [{"url": "http://other/", "method": "GET", "body": "c"}],
                "files": {"kept.txt": "y", "none": "z"},
            },
        },
        {"name": "no log", "events": [{"http": {"path": ""}}], "expect": {"logs": []}},
    )
    first, second = report.results
    starts = [
        "step 0: expected status 404, got 200",
        'step 0: expected header X-One "2", got "1"',
        'step 0: expected body "no"',
        'step 0: body does not contain "nothing"',
        'step 0: expected JSON {"a": [1]}',
        'logs[0]: no line error "asked"',
        'httpRequests[0].url: expected "http://other/"',
        'httpRequests[0].method: expected "GET", got "POST"',
        'httpRequests[0].body: expected "c", got "b"',
        'files["kept.txt"]: expected "y", got "x"',
        'files["none"]: expected "z", got null',
    ]
    assert len(first.errors) == len(starts)
    assert all(e.startswith(s) for e, s in zip(first.errors, starts, strict=True)), first.errors
    assert second.errors[0].startswith("logs: expected none")


def test_what_holds_passes(tmp_path: Path) -> None:
    report = play(
        tmp_path,
        {
            "name": "all right",
            "events": [
                {
                    "http": {
                        "path": "/x",
                        "expect": {"status": 200, "bodyJson": {"a": [1.0, {"b": 2}]}},
                    }
                }
            ],
            "expect": {
                "logs": [{"level": "info", "message": "asked x"}],
                "httpRequests": [{"url": "http://h/"}],
                "files": {"kept.txt": "x", "none": None},
            },
        },
    )
    assert report.ok, report.to_dict()


def test_a_plugin_that_does_not_compile(tmp_path: Path) -> None:
    report = play(tmp_path, {"name": "x"}, source="x := (")
    assert "main.tengo:1:" in report.load_error


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no list of scenarios"),
        ("{}", "Expected `array`"),
        ('[{"events": []}]', "missing required field `name`"),
        ('[{"name": " "}]', r"\$\[0\]\.name: is empty"),
        ('[{"name": "x", "typo": 1}]', "unknown field `typo`"),
        ('[{"name": "x", "events": [{"http": {}}]}]', "missing required field `path`"),
        ('[{"name": "x", "events": [{"event": "tick"}]}]', "unknown field `event`"),
        ('[{"name": "x", "events": [{}]}]', "exactly one of http, action, found none"),
        ('[{"name": "x", "expect": {"files": {"a": 1}}}]', "Expected `str | null`"),
    ],
)
def test_files_that_are_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parse_file(text.encode())
