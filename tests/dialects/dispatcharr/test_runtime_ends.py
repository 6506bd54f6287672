"""A plugin's process seen from the host: it ends, or is ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dispatcharr_host import PluginHost, exists, until
from jackfield.errors import Conflict
from jackfield.plugins.dialect import PluginFailure
from jackfield.plugins.job import JobCancelled
from jackfield.plugins.jobs import Jobs

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("os._exit(3)", "ended with status 3"),
        ("ctypes.string_at(0)", "ended by SIGSEGV"),
        ("os.abort()", "ended by SIGABRT"),
    ],
)
def test_a_crash_is_blamed_and_the_plugin_goes_on(plugins: PluginHost, how: str, said: str) -> None:
    name = f"crash{abs(hash(how)) % 1000}"
    plugins.running(name, f"import ctypes, os\nif action == 'go':\n    {how}\nreturn {{'ok': 1}}")
    with pytest.raises(PluginFailure) as caught:
        plugins.run(name)
    assert said in caught.value.message
    assert f"({name}: plugin.py:10 in run)" in caught.value.message
    assert caught.value.kind == "limit"
    assert plugins.run(name, "other") == {"ok": 1}


def test_a_kill_from_outside_between_calls_is_survived(plugins: PluginHost) -> None:
    plugins.running("victim", "return {'ok': 1}")
    pid = plugins.pid("victim")
    os.kill(pid, 9)
    # Not its end alone: the host has to have heard of it.
    assert until(lambda: "its process ended by SIGKILL" in plugins.log("victim"))
    assert not exists(pid)
    assert plugins.run("victim") == {"ok": 1}


def test_a_plugin_that_crashes_again_and_again_is_suspended(plugins: PluginHost) -> None:
    plugins.running("hopeless", "import os\nos._exit(1)")
    for _ in range(3):
        with pytest.raises((PluginFailure, Conflict)):
            plugins.run("hopeless")
    assert until(lambda: plugins.registry.get("hopeless").state == "suspended")
    assert "crashed 3 times" in plugins.registry.get("hopeless").reason


def test_a_hung_action_is_ended_and_named(plugins: PluginHost, monkeypatch: Any) -> None:
    from dataclasses import replace

    plugins.running(
        "hung",
        "if action == 'other': return {'ok': 1}\nwhile True:\n    pass",
    )
    runtime = plugins.runtime("hung")
    runtime._limits = replace(runtime._limits, action=0.5)
    with pytest.raises(PluginFailure) as caught:
        plugins.run("hung")
    assert caught.value.kind == "timeout"
    assert "did not end within 0.5 seconds and was stopped (hung: plugin.py:" in (
        caught.value.message
    )
    assert "in run" in caught.value.traceback
    runtime._limits = replace(runtime._limits, action=30)
    assert plugins.run("hung", "other") == {"ok": 1}


def test_a_job_of_a_hung_action_can_be_cancelled(plugins: PluginHost) -> None:
    plugins.running("patient", "import time\nif action == 'go': time.sleep(600)\nreturn {'ok': 1}")
    pid = plugins.pid("patient")
    job = plugins.registry.start_action("patient", "go")
    assert until(lambda: job.on_cancel is not None)
    plugins.host.services.get(Jobs).cancel(job.id)
    assert job.wait(20)
    assert job.state == "cancelled"
    assert until(lambda: not exists(pid))
    assert plugins.run("patient", "other") == {"ok": 1}
    assert plugins.registry.get("patient").state == "running"
    with pytest.raises(JobCancelled):
        raise JobCancelled("only so that the name is used")


def test_a_memory_eater_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACKFIELD_DISPATCHARR_MEMORY_MIB", "300")
    host = PluginHost(tmp_path)
    try:
        host.running("eater", "held = []\nwhile True:\n    held.append(bytearray(10_000_000))")
        with pytest.raises(PluginFailure) as caught:
            host.run("eater")
        assert "MemoryError (eater: plugin.py:10 in run)" in caught.value.message
        assert caught.value.kind == "limit"
    finally:
        host.stop()


def test_a_fork_bomb_ends_and_is_named(plugins: PluginHost) -> None:
    plugins.running(
        "bomb",
        """
        import os, time
        if action == 'other': return {'ok': 1}
        while True:
            if os.fork() == 0:
                time.sleep(600)
        """,
    )
    with pytest.raises(PluginFailure) as caught:
        plugins.run("bomb")
    assert "processes; at most 128 are allowed (bomb: plugin.py:" in caught.value.message
    assert plugins.run("bomb", "other") == {"ok": 1}
