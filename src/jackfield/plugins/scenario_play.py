"""How a scenario is played, whatever its dialect: a host, the plugin on it, steps, a comparison.

A dialect derives from :class:`Play` and says what its steps do. Steps that make sense for plugins
of every dialect are here: ``action``.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from jackfield.errors import JackfieldError, PluginError
from jackfield.plugins.action_runs import complaint_of
from jackfield.plugins.approval import Answer
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import MakeStage, Stage, load_error, partial_match
from jackfield.plugins.spec import PluginSpec


class ActionExpect(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """How an action must end. What is left out is not looked at, but without ``error`` it must
    end well.

    :param result: what it returns has at least this; lists match in length.
    :param error: a part of why it fails: of its exception, or of a result that says so itself.
    """

    result: Any = UNSET
    error: str | None = None


class ActionStep(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Runs an action, as the operator's button does; the question before it counts as answered.

    :param settings: stored before, and kept for the steps that follow.
    """

    id: str
    params: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    expect: ActionExpect | None = None

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ValueError("an action step needs the id of the action")


class LogEntry(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A line of the plugin's log: of that level, with *message* in it."""

    level: str = ""
    message: str = ""


class Play(ABC):
    """One scenario on its way.

    :param package: the plugin, as it would be installed.
    :param make_stage: composes the host.
    """

    def __init__(self, spec: PluginSpec, package: Path, make_stage: MakeStage) -> None:
        self.spec = spec
        self.slug = spec.slug
        self._package = package
        self._make_stage = make_stage

    # -- what a dialect says ------------------------------------------------------------------

    @abstractmethod
    def services(self) -> Mapping[type, Any]:
        """What takes the place of the host's own services."""

    @abstractmethod
    def steps(self) -> Sequence[Any]:
        """The scenario's steps."""

    @abstractmethod
    def play(self, stage: Stage, step: Any) -> Iterable[str]:
        """Play one step; what did not go as expected.

        :raises JackfieldError: it failed, which is one mistake more.
        """

    @abstractmethod
    def compare(self, stage: Stage) -> Iterable[str]:
        """What is not as expected after all steps."""

    def settings(self) -> Mapping[str, Any]:
        """What the operator has set before the plugin starts."""
        return {}

    def grant(self) -> Answer:
        """What the operator grants it."""
        return "all"

    def prepare(self, stage: Stage) -> None:  # noqa: B027 - for those that have something to do
        """Called when the plugin is installed, before it starts."""

    def started(self, stage: Stage) -> None:  # noqa: B027
        """Called when the plugin runs, before the first step."""

    # -- the course of one ----------------------------------------------------------------------

    def open(self) -> Stage:
        """A host on which the plugin runs, with what :meth:`grant` says granted.

        :raises JackfieldError: it does not start.
        """
        stage = self._make_stage(self.services())
        try:
            stage.registry.start()
            stage.registry.install(self._package, dialect=self.spec.dialect)
            self.prepare(stage)
            if given := dict(self.settings()):
                stage.registry.set_settings(self.slug, given)
            if stage.registry.enable(self.slug, self.grant()).state != "running":
                raise start_failure(stage, self.slug)
        except BaseException:
            stage.stop()
            raise
        return stage

    def run(self) -> list[str]:
        """Play every step, then compare; returns what did not go as expected."""
        try:
            stage = self.open()
        except JackfieldError as error:
            return [f"load: {load_error(error)}"]
        try:
            self.started(stage)
            errors = [
                f"step {number}: {error}"
                for number, step in enumerate(self.steps())
                for error in self._tried(stage, step)
            ]
            return [*errors, *self.compare(stage)]
        finally:
            stage.stop()

    def _tried(self, stage: Stage, step: Any) -> list[str]:
        try:
            return list(self.play(stage, step))
        except JackfieldError as error:
            return [load_error(error)]


def start_failure(stage: Stage, slug: str) -> PluginError:
    """Why a plugin does not run, with the author's traceback, which is in the plugin's log."""
    state = stage.registry.get(slug)
    errors = [line.text for line in stage.registry.log(slug).tail() if line.level == "error"]
    text = errors[-1].removeprefix("did not start: ") if errors else state.last_error
    return PluginError(text.rstrip() or state.reason, plugin=slug)


def play_action(stage: Stage, slug: str, step: ActionStep) -> Iterator[str]:
    """Run an action of the plugin; what did not go as expected."""
    expect = step.expect or ActionExpect()
    try:
        if step.settings:
            stage.registry.set_settings(slug, step.settings)
        result = stage.registry.run_action(slug, step.id, step.params)
        failure = complaint_of(result)
    except JackfieldError as error:
        result, failure = None, load_error(error)
    where = f"action {step.id!r}"
    if expect.error is None:
        if failure is not None and expect.result is UNSET:
            yield f"{where}: failed: {failure}"
    elif failure is None:
        yield f"{where}: expected the error {show(expect.error)}, but it returned {show(result)}"
    elif expect.error not in failure:
        yield f"{where}: expected the error {show(expect.error)}, got {show(failure)}"
    if expect.result is not UNSET and not partial_match(expect.result, result):
        got = show(result) if failure is None or result is not None else f"the error {failure}"
        yield f"{where}: expected the result {show(expect.result)}, got {got}"


def compare_logs(wanted: Sequence[LogEntry], lines: Sequence[LogLine]) -> Iterator[str]:
    """Lines that must be there, in this order among others; an empty list wants none at all."""
    shown = show([f"{line.level} {line.text}" for line in lines])
    if not wanted and lines:
        yield f"logs: expected none, got {shown}"
    left = iter(lines)
    for number, entry in enumerate(wanted):
        for line in left:
            if entry.level in ("", line.level) and entry.message in line.text:
                break
        else:
            yield f"logs[{number}]: no line {entry.level} {show(entry.message)} in {shown}"
            return


def compare_files(wanted: Mapping[str, str | None], root: Path) -> Iterator[str]:
    """Path below *root* → its text; ``None``: there is none."""
    for name, text in wanted.items():
        place = root / name
        found = place.read_text("utf-8", "replace") if place.is_file() else None
        if found != text:
            yield f"files[{show(name)}]: expected {show(text)}, got {show(found)}"


def show(value: Any) -> str:
    """A value as it is written in scenarios."""
    return json.dumps(value, ensure_ascii=False, default=str)
