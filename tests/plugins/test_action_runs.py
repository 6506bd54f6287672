from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from jackfield.config import Config
from jackfield.errors import Conflict, NotFound
from jackfield.plugins.action_runs import complaint_of, message_of
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.dispatcher import Dispatcher
from jackfield.plugins.job import current_job
from jackfield.plugins.jobs import Job, JobCancelled, Jobs
from jackfield.plugins.registry import Registry
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import Action, PluginSpec
from jackfield.store import Database, DataDir
from plugins.stage import StageDialect, StageRuntime, folder

Body = Callable[[PluginContext, Mapping[str, Any]], Any]


class ActingRuntime(StageRuntime):
    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        return self.dialect.bodies[action](self.context, params)  # type: ignore[attr-defined]


class ActingDialect(StageDialect):
    """Plugins whose actions are the functions in ``bodies``."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, Body] = {}

    def read(self, files: Any) -> PluginSpec:
        spec = super().read(files)
        from dataclasses import replace

        return replace(spec, actions=(Action("count", "Count all"), Action("bare", "")))

    def start(self, context: PluginContext) -> ActingRuntime:
        return ActingRuntime(self, context)


class Acting:
    def __init__(self, path: Path, *, jobs: bool = True) -> None:
        self.dialect = ActingDialect()
        self.data = DataDir(path / "data")
        self.db = Database(self.data.database_url)
        self.dispatcher = Dispatcher()
        self.jobs = Jobs(self.db)
        services = ServiceTable({Jobs: self.jobs} if jobs else {})
        self.registry = Registry(
            self.db, self.data, {"stage": self.dialect}, services, self.dispatcher,
            Config(data_dir=path / "data"),
        )  # fmt: skip
        self.registry.start()
        (path / "src").mkdir()
        self.registry.install(folder(path / "src"))

    def close(self) -> None:
        self.registry.stop()
        self.dispatcher.close()
        self.jobs.close()
        self.db.close()
        self.data.close()


@pytest.fixture
def acting(tmp_path: Path) -> Iterator[Acting]:
    made = Acting(tmp_path)
    made.registry.enable("lamp")
    yield made
    made.close()


def test_an_action_is_a_job(acting: Acting) -> None:
    def count(context: PluginContext, params: Mapping[str, Any]) -> Any:
        job = current_job()
        assert job is not None
        job.report(0.5)
        context.log.warning("halfway")
        return {"status": "ok", "message": "3 counted", **params}

    acting.dialect.bodies["count"] = count
    assert acting.registry.run_action("lamp", "count", {"of": "all"}) == {
        "status": "ok", "message": "3 counted", "of": "all",
    }  # fmt: skip
    (job,) = acting.jobs.list()
    assert (job.title, job.plugin, job.dialect, job.state, job.message) == (
        "Count all", "lamp", "stage", "done", "3 counted",
    )  # fmt: skip
    assert job.result["of"] == "all"
    assert [(line.level, line.text) for line in acting.jobs.get(job.id).lines()] == [
        ("warning", "halfway")
    ]


@pytest.mark.parametrize("action", ["bare", "undeclared"])
def test_an_action_without_a_label_is_called_by_its_id(acting: Acting, action: str) -> None:
    acting.dialect.bodies[action] = lambda _context, _params: None
    assert acting.registry.run_action("lamp", action) is None
    assert acting.jobs.list()[0].title == action


def test_what_an_action_raises_is_the_plugins_failure(acting: Acting) -> None:
    def count(context: PluginContext, params: Mapping[str, Any]) -> Any:
        raise KeyError("lost")

    acting.dialect.bodies["count"] = count
    with pytest.raises(PluginFailure, match="KeyError: 'lost'"):
        acting.registry.run_action("lamp", "count")
    (job,) = acting.jobs.list()
    assert (job.state, job.error) == ("failed", "KeyError: 'lost'")
    assert acting.dispatcher.stats("lamp").to_dict()["errors"] == 1
    assert "KeyError" in acting.jobs.get(job.id).lines()[-1].text


def test_a_result_that_complains_makes_the_job_fail(acting: Acting) -> None:
    bad = {"status": "error", "message": "no such group", "group": 7}
    acting.dialect.bodies["count"] = lambda _context, _params: bad
    assert acting.registry.run_action("lamp", "count") == bad
    (job,) = acting.jobs.list()
    assert (job.state, job.error, job.result) == ("failed", "no such group", bad)


def test_an_action_in_the_background(acting: Acting) -> None:
    go = threading.Event()
    acting.dialect.bodies["count"] = lambda _context, _params: go.wait(20)
    job = acting.registry.start_action("lamp", "count")
    assert (job.state, job.title) == ("running", "Count all")
    go.set()
    assert job.wait(10)
    assert (job.state, job.result) == ("done", True)


def test_a_runtime_ends_an_action_that_is_cancelled(acting: Acting) -> None:
    began, stop = threading.Event(), threading.Event()

    def count(context: PluginContext, params: Mapping[str, Any]) -> Any:
        job = current_job()
        assert job is not None
        job.on_cancel = stop.set
        began.set()
        assert stop.wait(20)
        raise PluginFailure("killed", plugin="lamp", call="action count")

    acting.dialect.bodies["count"] = count
    raised: list[BaseException] = []

    def run() -> None:
        try:
            acting.registry.run_action("lamp", "count")
        except JobCancelled as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert began.wait(10)
    (job,) = acting.jobs.list()
    acting.jobs.cancel(job.id)
    thread.join(10)
    assert [type(error) for error in raised] == [JobCancelled]
    ended = acting.jobs.get(job.id)
    assert (ended.state, ended.error) == ("cancelled", "")
    assert acting.dispatcher.stats("lamp").to_dict()["errors"] == 0
    assert [line.text for line in ended.lines()] == ["it is being cancelled"]


def test_a_cancelled_action_is_no_failure_of_the_plugin(acting: Acting) -> None:
    def count(context: PluginContext, params: Mapping[str, Any]) -> Any:
        job = current_job()
        assert job is not None
        acting.jobs.cancel(job.id)
        job.check()

    acting.dialect.bodies["count"] = count
    with pytest.raises(JobCancelled, match="job 1 was cancelled"):
        acting.registry.run_action("lamp", "count")
    job = acting.jobs.get(1)
    assert (job.state, job.error) == ("cancelled", "")
    assert acting.dispatcher.stats("lamp").to_dict()["errors"] == 0


def test_two_actions_may_overlap_and_no_operation_waits(acting: Acting) -> None:
    both = threading.Barrier(2)
    acting.dialect.bodies["count"] = lambda _context, _params: both.wait(20) >= 0
    jobs = [acting.registry.start_action("lamp", "count") for _ in range(2)]
    acting.registry.set_settings("lamp", {})
    assert all(job.wait(10) for job in jobs)
    assert [job.result for job in jobs] == [True, True]


def test_only_what_runs_has_actions(acting: Acting) -> None:
    registry = acting.registry
    registry.disable("lamp")
    for run in (registry.run_action, registry.start_action):
        with pytest.raises(Conflict, match="lamp: is disabled"):
            run("lamp", "count")
        with pytest.raises(NotFound):
            run("fan", "count")
    assert acting.jobs.list() == []


def test_a_plugin_that_is_enabled_but_does_not_run(acting: Acting) -> None:
    acting.registry.suspend("lamp", "it dims")
    with pytest.raises(Conflict, match="does not run, it is suspended: it dims"):
        acting.registry.run_action("lamp", "count")


def test_a_host_without_jobs_runs_actions_too(tmp_path: Path) -> None:
    made = Acting(tmp_path, jobs=False)
    try:
        made.registry.enable("lamp")
        made.dialect.bodies["count"] = lambda _context, params: dict(params)
        assert made.registry.run_action("lamp", "count", {"a": 1}) == {"a": 1}
    finally:
        made.close()


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        ({"status": "error", "message": "no group"}, "no group"),
        ({"status": "FAILED", "error": "why", "message": "no group"}, "why"),
        ({"success": False, "detail": "no group"}, "no group"),
        ({"status": "failed"}, "its result says failed"),
        ({"success": False}, "its result says that it failed"),
        ({"status": "ok", "message": "fine"}, None),
        ({"success": True, "status": ""}, None),
        ({"success": 0}, None),
        ({"status": 500}, None),
        ("error", None),
        (None, None),
    ],
)
def test_what_a_result_complains_of(result: Any, complaint: str | None) -> None:
    assert complaint_of(result) == complaint


@pytest.mark.parametrize(
    ("result", "line"),
    [({"message": " 3 counted "}, "3 counted"), ({"message": 3}, ""), ({}, ""), ("text", "")],
)
def test_the_line_for_people(result: Any, line: str) -> None:
    assert message_of(result) == line


def test_a_job_outlives_its_plugin(acting: Acting) -> None:
    acting.dialect.bodies["count"] = lambda _context, _params: 1
    acting.registry.run_action("lamp", "count")
    acting.registry.uninstall("lamp", keep_data=False)
    found: list[Job] = acting.jobs.list(plugin="lamp")
    assert [job.state for job in found] == ["done"]
