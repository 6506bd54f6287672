"""Background work of plugins in a whole host."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost
from jackfield.plugins.job import Job
from jackfield.plugins.jobs import Jobs
from task_host import until

pytestmark = pytest.mark.e2e

CODE = """
    import os
    from celery import shared_task

    @shared_task
    def heavy(x):
        from core.utils import RedisClient
        RedisClient.get_client().incr("heavy calls")
        return {"x": x, "pid": os.getpid()}

    class Plugin:
        name = "T"
        actions = [{"id": "go", "label": "Go"}]
        def run(self, action, params, context):
            if action == "pid":
                return {"pid": os.getpid()}
            if action == "send":
                from celery import current_app
                return {"id": current_app.send_task(params["task"], args=params["args"]).id}
            if action == "calls":
                from core.utils import RedisClient
                return {"calls": int(RedisClient.get_client().get("heavy calls") or 0)}
            if action == "refresh":
                from apps.m3u.tasks import refresh_m3u_accounts
                return {"id": refresh_m3u_accounts.delay().id}
            return {"id": heavy.apply_async((params["x"],), queue="some_queue").id}
"""


@pytest.fixture(autouse=True, scope="module")
def _running(plugins: PluginHost) -> None:
    plugins.running("tasker", CODE)
    plugins.running("other", CODE)


def ended(plugins: PluginHost, title: str, state: str = "done") -> Job:
    jobs = plugins.host.services.get(Jobs)
    found = until(lambda: [j for j in jobs.list(state=state) if j.title.startswith(title)])
    assert found, [job.to_dict() for job in jobs.list()]
    return jobs.get(found[0].id)


def test_a_plugins_task_is_a_job_and_runs_in_its_process(plugins: PluginHost) -> None:
    plugins.run("tasker", "go", x=3)
    job = ended(plugins, "tasker.plugin.heavy(3)")
    assert job.plugin == "tasker"
    assert job.result == {"x": 3, "pid": plugins.run("tasker", "pid")["pid"]}
    assert plugins.run("tasker", "calls") == {"calls": 1}


def test_the_seeds_example_queues_its_tasks(plugins: PluginHost) -> None:
    plugins.run("tasker", "refresh")
    assert ended(plugins, "apps.m3u.tasks.refresh_m3u_accounts").state == "done"


def test_the_task_of_a_disabled_plugin_waits_for_it(plugins: PluginHost) -> None:
    plugins.registry.disable("tasker")
    plugins.run("other", "send", task="tasker.plugin.heavy", args=[7])
    jobs = plugins.host.services.get(Jobs)
    waiting = until(lambda: [j for j in jobs.list(state="queued") if "tasker" in j.title])
    assert waiting
    plugins.registry.enable("tasker")
    assert ended(plugins, "tasker.plugin.heavy(7)").result["x"] == 7
