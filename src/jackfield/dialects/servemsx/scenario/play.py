"""Plays scenarios of one ServeMSX plugin, each on a host of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import UNSET

from jackfield.dialects.servemsx.answer import Answer
from jackfield.dialects.servemsx.plugin_answer import plugin_answer
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.runtime import ServeMsxRuntime, check_scripts
from jackfield.dialects.servemsx.scenario.shape import (
    Expect,
    HttpExpect,
    HttpStep,
    LogEntry,
    RequestEntry,
    ScenarioFile,
    parse_file,
)
from jackfield.errors import JackfieldError, PluginError
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import MakeStage, Scenario, Stage, load_error, partial_match
from jackfield.plugins.spec import PluginSpec
from jackfield.services.console import Console
from jackfield.services.recording import Found, Recorded, recording_services

HOST = "servemsx.test:8008"
REMOTE = "192.0.2.1:1234"


class PluginScript:
    """See :class:`jackfield.plugins.scenario.Script`.

    :param folder: the author's folder; *package*: the same plugin as it would be installed.
    :param console: hears what the plugin logs while it is tested.
    """

    def __init__(
        self,
        spec: PluginSpec,
        folder: Path,
        package: Path,
        make_stage: MakeStage,
        console: Console | None = None,
    ) -> None:
        self.spec = spec
        self.folder = folder
        self.package = package
        self.make_stage = make_stage
        self.console = console

    def check_load(self) -> None:
        """Install and start the plugin once, and compile its scripts."""
        Play(self, ScenarioFile(name="load")).open().stop()
        check_scripts(self.folder)

    def read(self, data: bytes) -> list[Scenario]:
        """The scenarios of one file."""
        return [Scenario(scenario.name, Play(self, scenario).run) for scenario in parse_file(data)]


class Play:
    """One scenario on its way."""

    def __init__(self, script: PluginScript, scenario: ScenarioFile) -> None:
        self._script = script
        self._scenario = scenario
        self._slug = script.spec.slug
        self._recorded = Recorded()

    def open(self) -> Stage:
        """A host on which the plugin runs, with all that it asks for granted.

        :raises JackfieldError: it does not start.
        """
        found = Found(http_responses=self._scenario.given.http_responses)
        services = recording_services(self._slug, found, self._recorded, self._script.console)
        stage = self._script.make_stage(services)
        try:
            stage.registry.start()
            stage.registry.install(self._script.package, dialect="servemsx")
            state = stage.registry.enable(self._slug, "all")
            if state.state != "running":
                raise PluginError(state.last_error or state.reason, plugin=self._slug)
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
            running = stage.registry.running(self._slug)
            assert running is not None
            assert isinstance(running.runtime, ServeMsxRuntime)
            folder = running.runtime.folder
            for path, text in self._scenario.given.files.items():
                place = folder.place(path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
            errors = [
                f"step {number}: {error}"
                for number, step in enumerate(self._scenario.events)
                for error in self._http(stage, step.http)
            ]
            lines = stage.registry.log(self._slug).tail(1000)
            self._tell(lines)
            if self._scenario.expect is not None:
                errors += self._compare(self._scenario.expect, lines, folder.root)
            return errors
        finally:
            stage.stop()

    def _tell(self, lines: Sequence[LogLine]) -> None:
        if self._script.console is not None:
            for line in lines:
                self._script.console.logged(self._slug, line.level, line.text)

    def _http(self, stage: Stage, step: HttpStep) -> list[str]:
        headers = tuple(step.headers.items())
        host = next((v for k, v in headers if k.lower() == "host"), HOST)
        request = PluginRequest(
            step.method.upper(),
            f"/{self._script.spec.details['name']}/{step.path.removeprefix('/')}",
            headers,
            step.body.encode(),
            host=host,
            remote=REMOTE,
        )
        answer = plugin_answer(stage.core, request, self._scenario.given.state())
        return [] if step.expect is None else list(_compare_answer(step.expect, answer))

    def _compare(self, expect: Expect, lines: Sequence[LogLine], root: Path) -> Iterator[str]:
        if expect.logs is not None:
            yield from _compare_logs(expect.logs, lines)
        if expect.http_requests is not None:
            yield from _compare_requests(expect.http_requests, self._recorded.of("httpRequests"))
        for name, wanted in expect.files.items():
            place = root / name
            found = place.read_text("utf-8", "replace") if place.is_file() else None
            if found != wanted:
                yield f"files[{show(name)}]: expected {show(wanted)}, got {show(found)}"


def _compare_answer(expect: HttpExpect, answer: Answer) -> Iterator[str]:
    body = answer.body
    if answer.file is not None:
        with answer.file.path.open("rb") as file:
            file.seek(answer.file.start)
            body = file.read(answer.file.length)
    text = body.decode("utf-8", "replace")
    if expect.status and expect.status != answer.status:
        yield f"expected status {expect.status}, got {answer.status}: {text[:500]}"
    for name, value in expect.headers.items():
        if (found := answer.header(name)) != value:
            yield f"expected header {name} {show(value)}, got {show(found)}"
    if expect.body is not None and expect.body != text:
        yield f"expected body {show(expect.body)}, got {show(text)}"
    if expect.body_contains and expect.body_contains not in text:
        yield f"body does not contain {show(expect.body_contains)}: {text}"
    if expect.body_json is not UNSET:
        try:
            sent = json.loads(text)
        except ValueError as error:
            yield f"the body is not JSON: {error}: {text[:500]}"
            return
        if not partial_match(expect.body_json, sent):
            yield f"expected JSON {show(expect.body_json)}, got {show(sent)}"


def _compare_logs(wanted: Sequence[LogEntry], lines: Sequence[LogLine]) -> Iterator[str]:
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


def _compare_requests(wanted: Sequence[RequestEntry], made: Sequence[Any]) -> Iterator[str]:
    if len(wanted) != len(made):
        yield f"httpRequests: expected {len(wanted)}, got {len(made)}: {show(list(made))}"
        return
    for number, (entry, found) in enumerate(zip(wanted, made, strict=True)):
        for name, value in (("url", entry.url), ("method", entry.method), ("body", entry.body)):
            if value not in ("", None) and value != found[name]:
                yield (
                    f"httpRequests[{number}].{name}: expected {show(value)}, "
                    f"got {show(found[name])}"
                )


def show(value: Any) -> str:
    """A value as it is written in scenarios."""
    return json.dumps(value, ensure_ascii=False)
