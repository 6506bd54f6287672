"""Plays scenarios of one Dispatcharr plugin, each on a host, a home and a database of its own.

The plugin runs in its own process, tasks run in the worker: nothing here is a stand-in but the
database's content.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import UNSET

from jackfield.dialects.dispatcharr.installation import Installation
from jackfield.dialects.dispatcharr.processes.child import Child
from jackfield.dialects.dispatcharr.scenario.database import ROLE
from jackfield.dialects.dispatcharr.scenario.expect import compare, looked_at
from jackfield.dialects.dispatcharr.scenario.shape import (
    Expect,
    Rows,
    RowsExpect,
    ScenarioFile,
    Step,
    TaskStep,
    parse_file,
)
from jackfield.dialects.dispatcharr.site.updates import Watcher
from jackfield.dialects.dispatcharr.started_plugin import EVENT_PREFIX
from jackfield.errors import InvalidInput, JackfieldError, NotFound
from jackfield.plugins.approval import Answer
from jackfield.plugins.events import Event
from jackfield.plugins.jobs import Job, Jobs
from jackfield.plugins.logs import LogLine
from jackfield.plugins.scenario import MakeStage, Scenario, Stage, partial_match
from jackfield.plugins.scenario_play import ActionExpect, play_action, show
from jackfield.plugins.scenario_play import Play as BasePlay
from jackfield.plugins.spec import PluginSpec
from jackfield.services.console import Console

DRAIN_S = 120.0
DATABASE_S = 60.0
LOOK_S = 0.05


class PluginScript:
    """See :class:`jackfield.plugins.scenario.Script`.

    :param package: the plugin as it would be installed.
    :param console: hears what the plugin logs while it is tested.
    """

    def __init__(
        self,
        spec: PluginSpec,
        package: Path,
        make_stage: MakeStage,
        console: Console | None = None,
    ) -> None:
        self.spec = spec
        self.package = package
        self.make_stage = make_stage
        self.console = console
        self.empty = EmptyDatabase(package.with_suffix(".db"))

    def check_load(self) -> None:
        """Install and start the plugin once."""
        Play(self, ScenarioFile(name="load")).open().stop()

    def read(self, data: bytes) -> list[Scenario]:
        """The scenarios of one file."""
        return [Scenario(scenario.name, Play(self, scenario).run) for scenario in parse_file(data)]


class Play(BasePlay):
    """One scenario on its way."""

    def __init__(self, script: PluginScript, scenario: ScenarioFile) -> None:
        super().__init__(script.spec, script.package, script.make_stage)
        self._script = script
        self._scenario = scenario
        self._heard = Heard()

    def services(self) -> Mapping[type, Any]:
        return {}

    def settings(self) -> Mapping[str, Any]:
        return self._scenario.given.settings

    def grant(self) -> Answer:
        grant = self._scenario.given.grant
        return "all" if grant is None else grant

    def steps(self) -> Sequence[Step]:
        return self._scenario.events

    def prepare(self, stage: Stage) -> None:
        """The plugin may look around as soon as it starts, so all that is given is there before."""
        installation = _installation(stage)
        installation.prepare()
        installation.family.define(ROLE, dict)
        self._script.empty.lay(installation)
        given = self._scenario.given
        for path, text in given.files.items():
            place = installation.home / path
            if not place.resolve().is_relative_to(installation.home.resolve()):
                raise InvalidInput("leads out of /data", field=f"given.files[{path!r}]")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        if given.rows:
            Database(installation).put(given.rows)
        installation.updates.join(self._heard)

    def play(self, stage: Stage, step: Step) -> Iterable[str]:
        if step.action is not None:
            return play_action(stage, self.slug, step.action)
        if step.event is not None:
            return self._event(stage, step.event, step.payload)
        if step.task is not None:
            return _task(stage, step.task)
        if step.periodic is not None:
            return _task(stage, _periodic(Database(_installation(stage)), step.periodic))
        if step.wait is not None:
            return _wait(stage, step.wait.seconds)
        if step.check is not None:
            return self._compare(stage, step.check)
        if step.rows is not None:
            Database(_installation(stage)).put(step.rows)
        elif step.settings is not None:
            stage.registry.set_settings(self.slug, step.settings)
        elif step.enabled:
            stage.registry.enable(self.slug)
        else:
            stage.registry.disable(self.slug)
        return ()

    def _event(self, stage: Stage, name: str, payload: dict[str, Any]) -> Iterator[str]:
        stage.dispatcher.notify(Event(EVENT_PREFIX + name, payload))
        if not stage.dispatcher.drain(self.slug, DRAIN_S):
            yield f"the plugin was still busy after {DRAIN_S:g} s"

    def compare(self, stage: Stage) -> list[str]:
        lines = stage.registry.log(self.slug).tail(1000)
        if self._script.console is not None:
            for line in lines:
                self._script.console.logged(self.slug, line.level, line.text)
        expect = self._scenario.expect
        try:
            return [] if expect is None else list(self._compare(stage, expect, lines))
        except JackfieldError as error:
            return [f"expect: {error}"]

    def _compare(
        self, stage: Stage, expect: Expect, lines: Sequence[LogLine] | None = None
    ) -> Iterator[str]:
        installation = _installation(stage)
        return compare(
            expect,
            find=Database(installation).find,
            home=installation.home,
            lines=stage.registry.log(self.slug).tail(1000) if lines is None else lines,
            messages=self._heard.messages,
            jobs=stage.core.services.get(Jobs).list(limit=500)[::-1],
            settings=stage.registry.stored_settings(self.slug),
        )


class Heard(Watcher):
    """Keeps what is sent over the WebSocket."""

    def __init__(self) -> None:
        self.admin = True
        self.messages: list[Any] = []

    def put(self, text: str) -> None:
        self.messages.append(json.loads(text)["data"])


class Database:
    """The scenario's database, by way of the process that works on it."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def make(self) -> None:
        """Create it, if it is not there; it has all tables and its first rows then."""
        self._child()

    def put(self, rows: Rows) -> None:
        """Create rows.

        :raises InvalidInput: one that cannot be.
        """
        self._ask("put", entries=rows)

    def find(self, wanted: RowsExpect) -> list[dict[str, Any]]:
        """The rows of a model that fit.

        :raises InvalidInput: the model has no such field.
        """
        found: list[dict[str, Any]] = self._ask(
            "find",
            model=wanted.model,
            where=wanted.filter,
            order=wanted.order,
            wanted=looked_at(wanted),
        )
        return found

    def _ask(self, method: str, **params: Any) -> Any:
        answer = self._child().link.call(method, timeout=DATABASE_S, **params)
        if (error := answer.get("error")) is not None:
            raise InvalidInput(error["message"], field=error.get("field"), hint=error.get("hint"))
        return answer["result"]

    def _child(self) -> Child:
        return self._installation.family.helper(ROLE)


class EmptyDatabase:
    """A database that nobody has used, copied for each scenario: making one takes seconds.

    :param kept: where the first one is kept for the others.
    """

    def __init__(self, kept: Path) -> None:
        self._kept = kept

    def lay(self, installation: Installation) -> None:
        """Put one into the home."""
        file = installation.home / "dispatcharr.db"
        if self._kept.exists():
            shutil.copyfile(self._kept, file)
            return
        Database(installation).make()
        with closing(sqlite3.connect(file)) as made:
            made.execute("VACUUM INTO ?", (str(self._kept),))


def _installation(stage: Stage) -> Installation:
    from jackfield.dialects.dispatcharr import dialect

    return dialect.installation(stage.core)


def _periodic(database: Database, name: str) -> TaskStep:
    found = database.find(RowsExpect(model="PeriodicTask", filter={"name": name}))
    if not found:
        raise NotFound(f"there is no periodic task {name!r}")
    if not found[0]["enabled"]:
        raise NotFound(f"the periodic task {name!r} is not enabled")
    row = found[0]
    return TaskStep(
        name=row["task"], args=json.loads(row["args"]), kwargs=json.loads(row["kwargs"])
    )


def _task(stage: Stage, step: TaskStep) -> Iterator[str]:
    """Send a task, wait for its end, and look how it ended."""
    tasks = _installation(stage).tasks
    task_id = tasks.send(step.name, step.args, step.kwargs)
    job = tasks.book.of(task_id) or _newest(stage, step.name)
    where = f"task {step.name}"
    if job is None or not job.wait(step.seconds):
        yield f"{where}: has not ended within {step.seconds:g} s"
        return
    expect = step.expect or ActionExpect()
    failure = None if job.state == "done" else job.error or job.state
    if expect.error is None and failure is not None:
        yield f"{where}: {job.state}: {failure}"
    elif expect.error is not None and expect.error not in (failure or ""):
        yield f"{where}: expected the error {show(expect.error)}, got {show(failure)}"
    if expect.result is not UNSET and not partial_match(expect.result, job.result):
        yield f"{where}: expected the result {show(expect.result)}, got {show(job.result)}"


def _newest(stage: Stage, name: str) -> Job | None:
    """A task that ended at once: its job is known by its name only."""
    found = [job for job in stage.core.services.get(Jobs).list(limit=50) if name in job.title]
    return found[0] if found else None


def _wait(stage: Stage, seconds: float) -> Iterator[str]:
    jobs = stage.core.services.get(Jobs)
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < 3:  # one task may send another as it ends
        busy = [job for job in jobs.list(limit=500) if not job.ended]
        quiet = 0 if busy else quiet + 1
        if busy and time.monotonic() > deadline:
            titles = ", ".join(job.title for job in busy)
            yield f"still busy after {seconds:g} s: {titles}"
            return
        time.sleep(LOOK_S)
