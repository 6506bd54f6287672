"""Tasks sent, run, failed, cancelled, lost and found: with a real worker process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from task_host import SmallHost, until

pytestmark = pytest.mark.e2e


# -- a task's way -------------------------------------------------------------------------------


def test_a_task_runs_and_is_a_job(host: SmallHost) -> None:
    job = host.ended(host.send("add", 2, 3))
    assert (job.state, job.result, job.dialect) == ("done", 5, "dispatcharr")
    assert job.title == "sample_tasks.add(2, 3)"
    assert until(lambda: host.tasks.waiting() == 0)


def test_a_task_that_fails_says_why_and_where(host: SmallHost) -> None:
    job = host.ended(host.send("fail", "it is so"))
    assert (job.state, job.error) == ("failed", "ValueError: it is so")
    assert "sample_tasks.py" in job.lines()[-1].text


def test_a_task_that_is_tried_again_is_one_job(host: SmallHost) -> None:
    job = host.ended(host.send("flaky", 2))
    assert (job.state, job.result) == ("done", 2)
    assert until(lambda: host.tasks.waiting() == 0)


def test_a_task_that_is_tried_in_vain_has_failed(host: SmallHost) -> None:
    job = host.ended(host.send("flaky", 9))
    assert (job.state, job.error) == ("failed", "RuntimeError: not yet")


def test_progress_and_log_are_the_jobs(host: SmallHost) -> None:
    job = host.ended(host.send("patient", 4))
    assert [line.text for line in job.lines()] == ["did 0", "did 1", "did 2", "did 3"]
    assert (job.message, job.progress, job.result) == ("step 3", 1.0, "all steps")


def test_every_queue_is_worked_on(host: SmallHost, tmp_path: Path) -> None:
    for queue in ("celery", "dvr", "a queue of my own"):
        assert host.ended(host.send("add", 1, 1, queue=queue)).result == 2


def test_a_task_may_wait_for_its_time(host: SmallHost) -> None:
    later = datetime.now(UTC) + timedelta(seconds=0.5)
    job = host.ended(host.send("add", 1, 1, eta=later.isoformat()))
    assert job.finished >= later


def test_a_task_that_expired_is_not_run(host: SmallHost, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    job = host.ended(host.send("note", str(file), "late", countdown=1.0, expires=0.2))
    assert (job.state, job.error) == ("cancelled", "expired")
    assert not file.exists()


def test_a_message_that_is_none_is_refused(host: SmallHost) -> None:
    with pytest.raises(ValueError, match="has an id, a task and a delivery tag"):
        host.tasks.publish({"headers": {"id": 1}, "properties": {}})


# -- ended from outside -------------------------------------------------------------------------


def test_cancelling_the_job_ends_the_task(host: SmallHost) -> None:
    task_id = host.send("patient", 10_000)
    job = host.job(task_id)
    assert until(lambda: job.state == "running" and job.progress is not None)
    host.jobs.cancel(job.id)
    assert host.ended(task_id).state == "cancelled"
    assert until(lambda: _running(host) == 0)


def test_a_task_that_does_not_listen_is_interrupted(host: SmallHost, tmp_path: Path) -> None:
    file = tmp_path / "end"
    task_id = host.send("stubborn", str(file))
    assert until(lambda: host.job(task_id).state == "running")
    host.tasks.revoke(task_id, terminate=True)
    assert host.ended(task_id).state == "cancelled"
    assert until(file.exists)
    assert until(lambda: _running(host) == 0)
    assert host.ended(host.send("add", 1, 2)).result == 3


def test_a_task_that_waits_is_cancelled_at_once(host: SmallHost, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    task_id = host.send("note", str(file), "never", countdown=60)
    host.jobs.cancel(host.job(task_id).id)
    assert host.ended(task_id).state == "cancelled"
    assert host.tasks.waiting() == 0
    assert not file.exists()


def test_limits_of_time_hold(host: SmallHost) -> None:
    assert host.ended(host.send("limited")).result == "noticed"
    hard = host.ended(host.send("hard_limited"))
    assert (hard.state, hard.error) == ("failed", "TimeLimitExceeded: TimeLimitExceeded(0.3,)")
    assert until(lambda: _running(host) == 0)


def _running(host: SmallHost) -> int:
    status: dict[str, Any] = host.family.worker().link.call("status")
    return int(status["running"])


# -- plugins' tasks -----------------------------------------------------------------------------


def test_a_plugins_task_runs_in_the_plugins_process(host: SmallHost) -> None:
    child = host.plugin()
    first = host.ended(host.tasks.send("sample_plugin.where", ["a"])).result
    second = host.ended(host.tasks.send("sample_plugin.where", [], {"text": "b"})).result
    assert (first["pid"], second["pid"]) == (child.pid, child.pid)
    assert (first["text"], second["text"]) == ("a", "b")
    assert (first["calls"], second["calls"]) == (1, 2)


def test_a_plugins_task_is_a_job_of_the_plugin(host: SmallHost) -> None:
    host.plugin()
    job = host.ended(host.tasks.send("sample_plugin.steps"))
    assert (job.plugin, job.state, job.message) == ("sample", "done", "half")
    assert [line.text for line in job.lines()] == ["said by the plugin"]


def test_a_plugin_uses_tasks_as_it_would_there(host: SmallHost, tmp_path: Path) -> None:
    host.plugin()
    assert host.act("result", x=2, y=3) == 5
    assert host.act("chain") == 16
    file = tmp_path / "later"
    later = host.act("later", file=str(file))
    assert host.ended(later).result == "later"
    assert host.act("state", id=later) == "SUCCESS"
    assert host.ended(host.act("send", name="sample.named", kwargs={"x": 21})).result == 42


def test_a_plugins_task_is_tried_again(host: SmallHost) -> None:
    host.plugin()
    task_id = host.tasks.send("sample_plugin.again", [2])
    assert host.ended(task_id).result == [2, task_id]


def test_what_a_plugins_task_raises_is_told(host: SmallHost) -> None:
    host.plugin()
    job = host.ended(host.tasks.send("sample_plugin.broken"))
    assert (job.state, job.error) == ("failed", "KeyError: 'no such thing'")
    assert any("sample_plugin.py" in line.text for line in job.lines())
    assert "SystemExit" in host.ended(host.tasks.send("sample_plugin.exits")).error
    odd = host.ended(host.tasks.send("sample_plugin.odd_result"))
    assert "a task takes and gives back JSON only" in odd.error


def test_handlers_of_a_plugins_task_run_beside_it(host: SmallHost, tmp_path: Path) -> None:
    host.plugin()
    file = tmp_path / "said"
    host.ended(host.tasks.send("sample_plugin.noisy", [], {"file": str(file)}))
    assert file.read_text() == "on_failure as expected"


def test_limits_of_a_plugins_task_hold(host: SmallHost) -> None:
    host.plugin()
    assert host.ended(host.tasks.send("sample_plugin.limited")).result == "noticed"


def test_a_plugin_ends_a_task_of_its_own(host: SmallHost, tmp_path: Path) -> None:
    host.plugin()
    file = tmp_path / "end"
    task_id = host.tasks.send("sample_plugin.stubborn", [str(file)])
    assert until(lambda: host.job(task_id).state == "running")
    host.act("revoke", id=task_id)
    assert host.ended(task_id).state == "cancelled"
    assert until(file.exists)


def test_workers_can_be_asked(host: SmallHost) -> None:
    host.plugin()
    assert host.ended(host.send("add", 1, 1)).result == 2
    asked = host.act("inspect")
    (name,) = asked["ping"]
    assert asked["ping"][name] == {"ok": "pong"}
    assert {"sample_tasks.add", "sample.named"} <= {t.split()[0] for t in asked["registered"][name]}


def test_a_task_waits_for_its_plugin(host: SmallHost) -> None:
    task_id = host.tasks.send("sample_plugin.where", ["early"], options={"queue": "x"})
    job = host.job(task_id)
    assert until(lambda: "no running plugin offers it" in host.texts())
    assert job.state == "queued"
    host.plugin()
    assert host.ended(task_id).result["text"] == "early"


def test_of_a_schedule_one_turn_waits_for_its_plugin(host: SmallHost) -> None:
    """As long as the plugin is disabled; with it enabled each turn runs."""

    def turn(schedule: str) -> str:
        options = {"headers": {"periodic_task_name": schedule} if schedule else {}}
        return host.tasks.send("sample_plugin.where", [schedule], options=options)

    first = [turn(schedule) for schedule in ("hourly", "daily", "", "")]
    for _ in range(3):
        turn("hourly")
    assert until(lambda: host.tasks.waiting() == 4)
    assert host.texts().count("sample_plugin.where waits") <= 4
    host.plugin()
    for task_id in first:
        assert host.ended(task_id).state == "done"
    again = [turn("hourly"), turn("hourly")]
    assert [host.ended(task_id).state for task_id in again] == ["done", "done"]


def test_a_task_that_is_registered_later_is_known(host: SmallHost) -> None:
    host.plugin()
    host.act("register", name="sample.late")
    assert host.ended(host.tasks.send("sample.late")).result == "late"
    assert "sample.late" in host.tasks.offered()["sample"]


def test_the_task_of_a_plugin_that_was_stopped_waits(host: SmallHost) -> None:
    host.plugin()
    host.drop()
    task_id = host.tasks.send("sample.named", [4])
    assert until(lambda: "sample.named waits" in host.texts())
    host.plugin()
    assert host.ended(task_id).result == 8


def test_a_plugin_that_ends_takes_its_running_task_along(host: SmallHost, tmp_path: Path) -> None:
    child = host.plugin()
    task_id = host.tasks.send("sample_plugin.stubborn", [str(tmp_path / "end")])
    assert until(lambda: host.job(task_id).state == "running")
    child.kill()
    job = host.ended(task_id)
    assert job.state == "failed"
    assert "the plugin was stopped while its task sample_plugin.stubborn ran" in job.error
    host.plugin()
    assert host.ended(host.tasks.send("sample.named", [4])).result == 8
    assert [text for text in host.printed if "PluginGone" in text] == []  # the job says it


def test_two_plugins_may_not_share_a_name(host: SmallHost) -> None:
    assert host.ended(host.send("add", 1, 1)).result == 2
    host.plugin("one")
    host.plugin("two")
    assert until(lambda: any("is not run: one has one of that name" in t for t in host.printed))
    assert host.ended(host.tasks.send("sample.named", [5])).plugin == "one"


# -- Redis' stand-in ----------------------------------------------------------------------------


def test_all_processes_see_the_same_keys(host: SmallHost) -> None:
    host.plugin()
    assert host.act("set", name="greeting", value="hello")
    assert host.ended(host.send("fetch", "greeting")).result == "hello"


def test_a_lock_keeps_other_processes_out(host: SmallHost) -> None:
    host.plugin("one")
    host.plugin("two")
    assert host.act("lock", "one", id=7)
    assert not host.act("lock", "two", id=7)
    assert host.act("lock", "two", id=8)
    host.act("unlock", "one", id=7)
    assert host.act("lock", "two", id=7)


# -- ends of processes --------------------------------------------------------------------------


def test_a_worker_that_dies_loses_nothing_that_waited(host: SmallHost, tmp_path: Path) -> None:
    file = tmp_path / "notes"
    later = [host.send("note", str(file), f"t{n}", countdown=1.0) for n in range(20)]
    dying = host.send("die")
    failed = host.ended(dying)
    assert failed.state == "failed"
    assert failed.error == "the process that runs tasks ended with status 9 while this ran"
    for task_id in later:
        assert host.ended(task_id).state == "done"
    assert sorted(file.read_text().splitlines()) == sorted(
        f"{what} t{n}" for n in range(20) for what in ("begin", "end")
    )


def test_a_plugins_tasks_are_known_to_the_next_worker(host: SmallHost) -> None:
    host.plugin()
    old = host.family.worker()
    os.kill(old.pid, signal.SIGKILL)
    assert old.wait(10)
    task_id = host.tasks.send("sample.named", [3], options={"queue": "anything"})
    assert host.ended(task_id).result == 6


def test_a_host_that_starts_again_goes_on(
    new_host: Callable[..., SmallHost], tmp_path: Path
) -> None:
    host = new_host()
    file = tmp_path / "notes"
    waits = host.send("note", str(file), "waited", countdown=2.0)
    runs = host.send("stubborn", str(tmp_path / "end"))
    assert until(lambda: host.job(runs).state == "running")
    host.end()
    host.begin()
    assert host.job(runs).state == "failed"
    assert "the task sample_tasks.stubborn ran as the host ended; it has failed" in host.texts()
    assert host.ended(waits).result == "waited"
    assert until(lambda: host.tasks.waiting() == 0)
