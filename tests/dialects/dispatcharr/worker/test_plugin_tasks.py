"""A plugin's tasks in its own process; here in this one, over a real Django and Celery."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment

SOURCE = """
import time
from celery import shared_task
from celery.exceptions import Ignore, Reject

@shared_task(soft_time_limit=9, max_retries=2)
def double(x):
    return x * 2

@shared_task(name="given.name", bind=True)
def named(self):
    return [self.request.id, self.request.retries, self.request.called_directly]

@shared_task
def broken():
    raise KeyError("no such thing")

@shared_task
def ignores():
    raise Ignore

@shared_task
def rejects():
    raise Reject("no", requeue=True)

@shared_task(bind=True)
def again(self):
    raise self.retry(countdown=5)

@shared_task
def endless():
    while True:
        time.sleep(0.01)

@shared_task
def listens():
    from jackfield.dialects.dispatcharr.worker import progress
    while True:
        progress.check_cancelled()
        time.sleep(0.01)
"""


@pytest.fixture
def plugin(django_env: Environment, tmp_path: Path) -> Iterator[ModuleType]:
    from dispatcharr.celery import app

    file = tmp_path / "a_test_plugin.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("a_test_plugin", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["a_test_plugin"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["a_test_plugin"]
    for name in [n for n in app.tasks if n.startswith("a_test_plugin.") or n == "given.name"]:
        del app.tasks[name]


def run(name: str, *args: Any, task_id: str = "id-1", **request: Any) -> dict[str, Any]:
    from jackfield.dialects.dispatcharr.worker import plugin_tasks

    return plugin_tasks.run(name, list(args), {}, task_id, request)


def test_its_tasks_are_named(plugin: ModuleType) -> None:
    from jackfield.dialects.dispatcharr.worker import plugin_tasks

    names = plugin_tasks.names_of(["a_test_plugin"])
    assert "a_test_plugin.double" in names
    assert "given.name" in names
    assert not any(name.startswith(("apps.", "celery.")) for name in names)
    assert plugin_tasks.names_of(["another_plugin"]) == []
    assert set(names) <= set(plugin_tasks.names_of([]) or plugin_tasks.described())
    options = plugin_tasks.described(["a_test_plugin"])["a_test_plugin.double"]
    assert (options["soft_time_limit"], options["max_retries"]) == (9, 2)


def test_a_task_runs(plugin: ModuleType) -> None:
    assert run("a_test_plugin.double", 4) == {"outcome": "done", "result": 8}
    assert run("given.name", task_id="abc", retries=2)["result"] == ["abc", 2, False]


def test_how_a_task_ended_is_told(plugin: ModuleType) -> None:
    failed = run("a_test_plugin.broken")
    assert (failed["outcome"], failed["type"], failed["module"], failed["args"]) == (
        "failed", "KeyError", "builtins", ["no such thing"],
    )  # fmt: skip
    assert "a_test_plugin.py" in failed["traceback"]
    assert run("a_test_plugin.ignores") == {"outcome": "ignored"}
    assert run("a_test_plugin.rejects") == {"outcome": "rejected", "requeue": True}


def test_a_task_that_is_not_there_is_named(plugin: ModuleType) -> None:
    with pytest.raises(LookupError, match="no task named nonsense"):
        run("nonsense")


def test_a_retry_without_a_host_says_so(plugin: ModuleType) -> None:
    ended = run("a_test_plugin.again")
    assert (ended["outcome"], ended["type"]) == ("failed", "NowhereToSend")
    assert "set JACKFIELD_BROKER" in ended["message"]


@pytest.mark.parametrize("name", ["endless", "listens"])
def test_a_running_task_is_ended(
    plugin: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jackfield.dialects.dispatcharr.worker import plugin_tasks

    monkeypatch.setattr(plugin_tasks, "GRACE_S", 0.2)
    outcome: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: outcome.append(run(f"a_test_plugin.{name}")))
    thread.start()
    while not plugin_tasks.interrupt("id-1", "cancel"):
        time.sleep(0.01)
    thread.join(20)
    assert outcome == [{"outcome": "interrupted" if name == "endless" else "ignored"}]
    assert not plugin_tasks.interrupt("id-1", "cancel")


def test_sending_without_a_host_says_so(plugin: ModuleType) -> None:
    from jackfield.dialects.dispatcharr.worker.transports import NowhereToSend

    with pytest.raises(NowhereToSend, match=r"the task a_test_plugin\.double was not sent"):
        plugin.double.delay(1)
    with pytest.raises(NowhereToSend):
        plugin.double.app.control.revoke("id-1")
    assert plugin.double(3) == 6  # called, not sent
