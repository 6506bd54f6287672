"""Actions and tasks of a Dispatcharr plugin from the command line, with every process there is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from e2e.serving import Server, ask, environment, jackfield, serving

pytestmark = pytest.mark.e2e

PLUGIN = """
import time

from celery import shared_task


@shared_task(name="looper.slow")
def slow(seconds):
    time.sleep(seconds)
    return seconds


class Plugin:
    name = "Looper"
    version = "1"
    fields = [
        {"id": "api_token", "label": "API token", "type": "string", "default": ""},
        {"id": "confirm", "label": "Ask", "type": "boolean", "default": True},
    ]
    actions = [{"id": one, "label": one.title()} for one in ("loop", "later", "fail")]

    def run(self, action, params, context):
        if action == "later":
            slow.delay(params["seconds"])
            return {"status": "queued", "message": "soon"}
        if action == "fail":
            raise ValueError("no good")
        context["logger"].info("looping")
        while True:
            pass
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A host that runs the plugin."""
    folder = tmp_path_factory.mktemp("looper")
    (folder / "looper").mkdir()
    (folder / "looper" / "plugin.py").write_text(PLUGIN)
    with serving(folder / "data", "--only", "dispatcharr") as made:
        ask("install", str(folder / "looper"), data=made.data)
        ask("enable", "looper", "--grant", "all", data=made.data)
        made.wait_for("looper", "running")
        yield made


def wait(server: Server, job_id: int, *states: str) -> dict[str, object]:
    deadline = time.monotonic() + 60
    while (job := ask("jobs", str(job_id), data=server.data))["state"] not in states:
        assert time.monotonic() < deadline, job
    return job  # type: ignore[no-any-return]


def test_a_setting_decides_whether_it_asks_and_a_secret_stays(server: Server) -> None:
    asking = ask("run", "looper", data=server.data)
    assert [one["confirm"] is not None for one in asking] == [True, True, True]
    refused = jackfield("run", "looper", "fail", data=server.data)
    assert refused.returncode == 5
    shown = jackfield("settings", "looper", "confirm=false", "api_token=s3cret", data=server.data)
    assert "(set)" in shown.stdout
    assert "s3cret" not in shown.stdout + shown.stderr
    assert {one["confirm"] for one in ask("run", "looper", data=server.data)} == {None}


def test_a_failure_names_file_and_line(server: Server) -> None:
    done = jackfield("run", "looper", "fail", "--yes", data=server.data)
    assert done.returncode == 1
    assert done.stdout == "failed: no good (looper: plugin.py:27 in run)\n"
    assert 'raise ValueError("no good")' in done.stderr


def test_ctrl_c_ends_an_endless_loop(server: Server) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "--data", str(server.data), "run", "looper", "loop",
         "--yes"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    while "looping" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out[:11]) == (130, "cancelled: "), err
    server.wait_for("looper", "running")
    assert jackfield("run", "looper", "fail", "--yes", data=server.data).returncode == 1


def test_a_task_is_a_job_that_can_be_followed_and_cancelled(server: Server) -> None:
    for seconds, end in ((0.1, "done"), (600, "cancelled")):
        ask("run", "looper", "later", "-p", f"seconds={seconds}", "--yes", data=server.data)
        job = ask("jobs", "--plugin", "looper", data=server.data)[0]
        assert job["title"] == f"looper.slow({seconds})"
        if end == "cancelled":
            wait(server, job["id"], "running")
            ask("jobs", str(job["id"]), "--cancel", data=server.data)
        assert wait(server, job["id"], "done", "failed", "cancelled")["state"] == end
