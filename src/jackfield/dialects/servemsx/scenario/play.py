"""Plays scenarios of one ServeMSX plugin, each on a host of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import UNSET

from jackfield.dialects.servemsx.answer import Answer
from jackfield.dialects.servemsx.folder import PluginFolder
from jackfield.dialects.servemsx.plugin_answer import plugin_answer
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.runtime import ServeMsxRuntime, check_scripts
from jackfield.dialects.servemsx.scenario.shape import (
    HttpExpect,
    HttpStep,
    RequestEntry,
    ScenarioFile,
    Step,
    parse_file,
)
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import MakeStage, Scenario, Stage, partial_match
from jackfield.plugins.scenario_play import Play as BasePlay
from jackfield.plugins.scenario_play import compare_files, compare_logs, play_action, show
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


class Play(BasePlay):
    """One scenario on its way."""

    def __init__(self, script: PluginScript, scenario: ScenarioFile) -> None:
        super().__init__(script.spec, script.package, script.make_stage)
        self._script = script
        self._scenario = scenario
        self._recorded = Recorded()

    def services(self) -> Mapping[type, Any]:
        found = Found(http_responses=self._scenario.given.http_responses)
        return recording_services(self.slug, found, self._recorded, self._script.console)

    def started(self, stage: Stage) -> None:
        folder = _folder(stage, self.slug)
        for path, text in self._scenario.given.files.items():
            place = folder.place(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

    def steps(self) -> Sequence[Step]:
        return self._scenario.events

    def play(self, stage: Stage, step: Step) -> Iterable[str]:
        if step.action is not None:
            return play_action(stage, self.slug, step.action)
        assert step.http is not None
        return self._http(stage, step.http)

    def compare(self, stage: Stage) -> Iterator[str]:
        lines = stage.registry.log(self.slug).tail(1000)
        self._tell(lines)
        expect = self._scenario.expect
        if expect is None:
            return
        if expect.logs is not None:
            yield from compare_logs(expect.logs, lines)
        if expect.http_requests is not None:
            yield from _compare_requests(expect.http_requests, self._recorded.of("httpRequests"))
        yield from compare_files(expect.files, _folder(stage, self.slug).root)

    def _tell(self, lines: Sequence[LogLine]) -> None:
        if self._script.console is not None:
            for line in lines:
                self._script.console.logged(self.slug, line.level, line.text)

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


def _folder(stage: Stage, slug: str) -> PluginFolder:
    running = stage.registry.running(slug)
    assert running is not None
    assert isinstance(running.runtime, ServeMsxRuntime)
    return running.runtime.folder


def _compare_answer(expect: HttpExpect, answer: Answer) -> Iterator[str]:
    text = b"".join(answer.chunks()).decode("utf-8", "replace")
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
