"""Steps that plugins of every dialect may have, on a real host of the toy dialect."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jackfield.config import Config
from jackfield.host import Host
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import Stage
from jackfield.plugins.scenario_play import (
    ActionStep,
    LogEntry,
    Play,
    compare_files,
    compare_logs,
    play_action,
)
from jackfield.plugins.spec import PluginSpec
from toy_plugins import TOY, toy_archive

if str(TOY) not in sys.path:
    sys.path.append(str(TOY))

ACTIONS = [{"id": one, "label": one} for one in ("wave", "fail", "complain")]


def make_stage(services: Mapping[type, Any]) -> Stage:
    return Host(Config(data_dir=None, only=("toy",), safe_mode=False), services=services)


class ToyPlay(Play):
    """Steps are actions, or texts that are mistakes themselves."""

    def __init__(self, package: Path, steps: Sequence[Any], **settings: Any) -> None:
        spec = PluginSpec("toy", "greeter", "Greeter", "1.0")
        super().__init__(spec, package, make_stage)
        self._steps = steps
        self._settings = settings
        self.course: list[str] = []

    def services(self) -> Mapping[type, Any]:
        return {}

    def settings(self) -> Mapping[str, Any]:
        return self._settings

    def steps(self) -> Sequence[Any]:
        return self._steps

    def prepare(self, stage: Stage) -> None:
        self.course.append(f"prepared {stage.registry.get('greeter').state}")

    def started(self, stage: Stage) -> None:
        self.course.append(f"started {stage.registry.get('greeter').state}")

    def play(self, stage: Stage, step: Any) -> Iterator[str]:
        if isinstance(step, str):
            yield step
        else:
            yield from play_action(stage, self.slug, msgspec.convert(step, ActionStep))

    def compare(self, stage: Stage) -> Iterator[str]:
        self.course.append(f"compared {stage.registry.settings('greeter')['greeting']}")
        yield "compared"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return toy_archive(tmp_path, actions=ACTIONS)


def test_the_course_of_a_scenario(package: Path) -> None:
    play = ToyPlay(package, ["bad", {"id": "wave"}, "worse"], greeting="moin")
    assert play.run() == ["step 0: bad", "step 2: worse", "compared"]
    assert play.course == ["prepared disabled", "started running", "compared moin"]


def test_a_plugin_that_does_not_load_plays_nothing(tmp_path: Path) -> None:
    play = ToyPlay(toy_archive(tmp_path, broken=True), ["bad"])
    (error,) = play.run()
    assert error.startswith("load: greeter: it is broken")
    assert "toy.json" in error
    assert play.course == ["prepared disabled"]


def test_a_setting_that_is_none_fails_the_load(package: Path) -> None:
    (error,) = ToyPlay(package, [], nothing=1).run()
    assert error.startswith("load: greeter: nothing: no such setting")


@pytest.mark.parametrize(
    ("step", "mistakes"),
    [
        ({"id": "wave", "params": {"to": "Ann"},
          "expect": {"result": {"ran": "wave", "to": "Ann"}}}, []),
        ({"id": "wave", "expect": {"result": {"ran": "dance"}}},
         ["action 'wave': expected the result {\"ran\": \"dance\"}, got {\"ran\": \"wave\"}"]),
        ({"id": "wave", "expect": {"error": "no"}},
         ["action 'wave': expected the error \"no\", but it returned {\"ran\": \"wave\"}"]),
        ({"id": "fail"}, ["action 'fail': failed: greeter: it fell over"]),
        ({"id": "fail", "expect": {"error": "fell"}}, []),
        ({"id": "fail", "expect": {"error": "flew"}},
         ["action 'fail': expected the error \"flew\", got \"greeter: it fell over\""]),
        ({"id": "fail", "expect": {"result": 1}},
         ["action 'fail': expected the result 1, got the error greeter: it fell over"]),
        ({"id": "complain"}, ["action 'complain': failed: nothing to wave at"]),
        ({"id": "complain", "expect": {"error": "to wave"}}, []),
        ({"id": "complain", "expect": {"result": {"status": "error"}}}, []),
        ({"id": "wave", "settings": {"greeting": "hi"}}, []),
        ({"id": "wave", "settings": {"loud": "very"}},
         ["action 'wave': failed: greeter: loud: expected boolean, found 'very'"]),
    ],
)  # fmt: skip
def test_an_action(package: Path, step: Any, mistakes: list[str]) -> None:
    found = ToyPlay(package, [step]).run()
    assert [error.removeprefix("step 0: ") for error in found[:-1]] == mistakes


def test_the_settings_of_a_step_stay(package: Path) -> None:
    play = ToyPlay(package, [{"id": "wave", "settings": {"greeting": "hi"}}])
    play.run()
    assert play.course[-1] == "compared hi"


@pytest.mark.parametrize("step", [{}, {"id": ""}, {"id": "x", "param": {}}])
def test_what_is_no_action_step(step: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(step, ActionStep)


LINES = [LogLine(n, "", level, text) for n, (level, text) in enumerate(
    [("info", "one"), ("warning", "two"), ("info", "three")]
)]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "good"),
    [
        ([("", "one"), ("info", "thr")], True),
        ([("", "three"), ("", "one")], False),
        ([("error", "two")], False),
        ([], False),
    ],
)
def test_lines_of_a_log(wanted: list[tuple[str, str]], good: bool) -> None:
    entries = [LogEntry(level=level, message=text) for level, text in wanted]
    assert (list(compare_logs(entries, LINES)) == []) is good


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    assert list(compare_files({"a.txt": "one", "b.txt": None}, tmp_path)) == []
    assert list(compare_files({"a.txt": None, "b.txt": "x"}, tmp_path)) == [
        'files["a.txt"]: expected null, got "one"', 'files["b.txt"]: expected "x", got null',
    ]  # fmt: skip
