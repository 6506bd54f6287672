"""What all dialects' scenarios have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jackfield.errors import InvalidInput, NotFound, PluginError
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.scenario import (
    Scenario,
    ScenarioResult,
    deep_equal,
    find_files,
    load_error,
    partial_match,
    play_scenarios,
)


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"b": 2}, False),
        ({"a": None}, {}, False),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}]}}, True),
        ([1], [1, 2], False),
        ([1, 2], [1, 2], True),
        ([], [], True),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, None, True),
        ({"a": 1}, [1], False),
        ([1], {"a": 1}, False),
    ],
)
def test_partial_matches(wanted: Any, found: Any, expected: bool) -> None:
    assert partial_match(wanted, found) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"a": [1, {"b": 2.0}]}, {"a": [1.0, {"b": 2}]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, False),
        ([1], [1, 2], False),
        ([True], [1], False),
        ("a", "a", True),
    ],
)
def test_equality(left: Any, right: Any, expected: bool) -> None:
    assert deep_equal(left, right) is expected
    assert deep_equal(right, left) is expected


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / "__tests__" / f"{name}.test.json"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return folder


def test_files_are_direct_children_in_order(tmp_path: Path) -> None:
    write(tmp_path, b="", a="")
    (tmp_path / "__tests__/sub").mkdir()
    (tmp_path / "__tests__/sub/c.test.json").write_text("")
    (tmp_path / "__tests__/notes.json").write_text("")
    (tmp_path / "__tests__/d.test.json").mkdir()
    assert [path.name for path in find_files(tmp_path)] == ["a.test.json", "b.test.json"]


def test_no_folder_and_no_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no folder __tests__"):
        find_files(tmp_path)
    (tmp_path / "__tests__").mkdir()
    with pytest.raises(NotFound, match=r"there is no \*\.test\.json in __tests__"):
        find_files(tmp_path)


class Words:
    """Scenarios are words; the word "fail" fails, "broken" makes the file unreadable."""

    def __init__(self, load: Callable[[], None] = lambda: None) -> None:
        self.check_load = load

    def read(self, data: bytes) -> list[Scenario]:
        words = data.decode().split()
        if "broken" in words:
            raise InvalidInput("is broken")
        return [
            Scenario(word, lambda word=word: ["it failed"] * (word == "fail"), ("a note",))  # type: ignore[misc]
            for word in words
        ]


def test_every_scenario_is_played_and_told(tmp_path: Path) -> None:
    told: list[ScenarioResult] = []
    folder = write(tmp_path, a="one fail two", b="broken", c="three")
    report = play_scenarios(folder, Words(), told.append)
    assert told == report.results
    assert [(r.file, r.name, r.passed) for r in told] == [
        ("__tests__/a.test.json", "one", True),
        ("__tests__/a.test.json", "fail", False),
        ("__tests__/a.test.json", "two", True),
        ("__tests__/b.test.json", "", False),
        ("__tests__/c.test.json", "three", True),
    ]
    assert (report.passed, report.ok) == (3, False)
    assert report.to_dict()["scenarios"][3]["errors"] == ["is broken"]
    assert report.to_dict()["scenarios"][0] == {
        "file": "__tests__/a.test.json",
        "name": "one",
        "passed": True,
        "errors": [],
        "notes": ["a note"],
    }


def test_all_passed(tmp_path: Path) -> None:
    report = play_scenarios(write(tmp_path, a="one two"), Words(), lambda result: None)
    assert report.ok
    assert report.to_dict()["total"] == 2


def test_a_plugin_that_does_not_load_plays_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        raise PluginError("does not load", plugin="bot")

    told: list[ScenarioResult] = []
    report = play_scenarios(write(tmp_path, a="one"), Words(fail), told.append)
    assert (report.load_error, report.ok, told) == ("bot: does not load", False, [])
    # Even without scenarios: whether it loads comes first.
    assert play_scenarios(tmp_path / "none", Words(fail), told.append).load_error
    with pytest.raises(NotFound):
        play_scenarios(tmp_path / "none", Words(), told.append)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jackfield.plugins import scenario

    monkeypatch.setattr(scenario, "MAX_FILE_BYTES", 5)
    report = play_scenarios(write(tmp_path, a="one two"), Words(), lambda result: None)
    assert report.results[0].errors == ("is larger than 5 bytes",)


def test_a_load_error_shows_the_authors_traceback() -> None:
    failure = PluginFailure("boom", plugin="bot", call="load", traceback="Traceback...\nboom\n")
    assert load_error(failure) == "bot: boom\nTraceback...\nboom"
    assert load_error(PluginError("boom", plugin="bot")) == "bot: boom"
