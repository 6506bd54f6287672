"""Periodic tasks, written by a plugin, sent by one worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.worker.beat import FilePlace, RedisPlace
from jackfield.plugins.job import Job
from redis_rig import RedisServer, needs_redis
from task_host import SmallHost, until

TAKE = """
import sys
from pathlib import Path
from jackfield.dialects.dispatcharr.worker.beat import FilePlace
print(FilePlace(Path(sys.argv[1]))())
"""


def notes(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.e2e
def test_rows_fire_change_and_stop(host: SmallHost, tmp_path: Path) -> None:
    host.plugin()
    file = tmp_path / "notes"
    host.act("every second", name="mine", task="sample_tasks.note", args=[str(file), "tick"])
    assert until(lambda: notes(file).count("end tick") >= 2)
    host.act("every second", name="mine", task="sample_tasks.note", args=[str(file), "tock"])
    assert until(lambda: "end tock" in notes(file))
    host.act("stop", name="mine")
    ticks = until(lambda: _still(file))
    assert ticks
    job = host.jobs.list(dialect="dispatcharr", limit=1)[0]
    assert job.title.startswith("sample_tasks.note")


def _still(file: Path) -> bool:
    """Whether nothing was added for three seconds."""
    before = len(notes(file))
    return not until(lambda: len(notes(file)) > before, 3.0)


@pytest.mark.e2e
def test_a_plugins_task_fires_once(new_host: Callable[..., SmallHost]) -> None:
    host = new_host()
    host.plugin()
    host.act("once", name="once", task="sample.named", kwargs={"x": 21})
    assert until(lambda: _fired(host))[0].result == 42
    worker = host.family.worker()
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(10)
    host.ended(host.send("add", 1, 1))
    assert until(lambda: host.act("enabled", name="once") is False)
    assert len(_fired(host)) == 1


def _fired(host: SmallHost) -> list[Job]:
    return [j for j in host.jobs.list(state="done") if j.title.partition("(")[0] == "sample.named"]


@pytest.mark.e2e
def test_a_row_starts_the_worker(new_host: Callable[..., SmallHost], tmp_path: Path) -> None:
    host = new_host()
    host.plugin()
    assert host.family.running_helper("worker") is None
    file = tmp_path / "notes"
    host.act("every second", name="mine", task="sample_tasks.note", args=[str(file), "tick"])
    assert until(lambda: "end tick" in notes(file))


def test_one_process_has_the_place(tmp_path: Path) -> None:
    place = FilePlace(tmp_path / "beat.lock")
    assert place()
    assert place()
    assert _other(tmp_path) == "False"
    place.release()
    assert _other(tmp_path) == "True"
    assert place()
    place.release()


def _other(folder: Path) -> str:
    command = [sys.executable, "-c", TAKE, str(folder / "beat.lock")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@needs_redis
def test_one_worker_has_the_place(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    server.start()
    try:
        with server.client() as client:
            one, two = RedisPlace(client, "one"), RedisPlace(client, "two")
            assert one()
            assert one()
            assert not two()
            two.release()  # not its own
            assert not two()
            one.release()
            assert two()
            client.delete("jackfield:beat")  # its time was over
            assert one()
    finally:
        server.stop(keep=False)
