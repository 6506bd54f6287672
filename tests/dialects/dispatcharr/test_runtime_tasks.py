"""A plugin's process seen from the host: its own tasks."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost, until

pytestmark = pytest.mark.e2e


def test_a_plugins_own_task_runs_in_its_process(plugins: PluginHost) -> None:
    plugins.running(
        "tasked",
        """
        import os
        from celery import shared_task

        @shared_task
        def add(a, b):
            with open("/data/exports/tasked.txt", "w") as out:
                out.write(f"{a + b} {os.getpid()}")
            return a + b

        class Plugin:
            name = "T"
            def run(self, action, params, context):
                return {"id": add.delay(2, 3).id, "name": add.name}
        """,
    )
    assert plugins.run("tasked")["name"] == "tasked.plugin.add"
    file = plugins.installation.home / "exports" / "tasked.txt"
    assert until(file.exists, 60), plugins.log("tasked")
    assert until(lambda: file.read_text() == f"5 {plugins.pid('tasked')}")
