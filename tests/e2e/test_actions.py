"""``jackfield run`` and ``jackfield jobs``, as real processes against a real host."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.serving import Server, ask, environment, jackfield, serving
from e2e.test_commands import type_into
from toy_plugins import toy_archive

pytestmark = pytest.mark.e2e

ACTIONS = [
    {"id": "wave", "label": "Wave", "description": "With both hands."},
    {"id": "reset", "label": "Reset", "confirm": "Reset it all?", "confirm_title": "Careful."},
    {"id": "work", "label": "Work"},
    {"id": "complain", "label": "Complain"},
    {"id": "fail", "label": "Fail"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A host that runs one plugin."""
    folder = tmp_path_factory.mktemp("actions")
    data = folder / "data"
    ask("install", str(toy_archive(folder, actions=ACTIONS, open=True)), data=data)
    ask("enable", "greeter", "--grant", "all", data=data)
    with serving(data, "--only", "toy") as made:
        made.wait_for("greeter", "running")
        yield made


def test_without_an_action_they_are_listed(server: Server) -> None:
    shown = jackfield("run", "greeter", data=server.data).stdout
    assert "wave" in shown
    assert "With both hands." in shown
    assert [line.split()[:3] for line in shown.splitlines() if "Reset" in line] == [
        ["reset", "Reset", "asks"]
    ]
    assert ask("run", "greeter", data=server.data)[0]["id"] == "wave"


def test_a_run_shows_what_it_says_and_how_it_ended(server: Server) -> None:
    done = jackfield("run", "greeter", "work", "--param", "steps=2", data=server.data)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done: 2 steps done\n  file: /exports/steps.csv\n"
    assert "info    step 1\n" in done.stderr
    assert "info    step 2\n" in done.stderr


@pytest.mark.parametrize(
    ("action", "says"), [("complain", "nothing to wave at"), ("fail", "it fell over")]
)
def test_a_run_that_fails_has_exit_code_1(server: Server, action: str, says: str) -> None:
    done = jackfield("run", "greeter", action, data=server.data)
    assert (done.returncode, done.stdout) == (1, f"failed: {says}\n")
    done = jackfield("run", "greeter", action, "--json", data=server.data)
    assert done.returncode == 1
    assert f'"error": "{says}"' in done.stdout


def test_an_unknown_action_names_those_that_there_are(server: Server) -> None:
    done = jackfield("run", "greeter", "dance", data=server.data)
    assert (done.returncode, done.stdout) == (3, "")
    assert "greeter: has no action 'dance'; there are: wave, reset, work" in done.stderr


def test_a_script_must_confirm_beforehand(server: Server) -> None:
    refused = jackfield("run", "greeter", "reset", data=server.data)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert "Careful. Reset it all?" in refused.stderr
    assert jackfield("run", "greeter", "reset", "--yes", data=server.data).returncode == 0


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 5)])
def test_on_a_terminal_it_asks(server: Server, answer: bytes, code: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "--data", str(server.data), "run", "greeter", "reset"],
        env=environment(), stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = type_into(ours, process, answer)
    finally:
        os.close(ours)
    assert process.returncode == code, shown
    assert "Careful." in shown
    assert "Reset it all? [y/N]" in shown
    assert ("done" in shown) is (code == 0)


def test_a_run_in_the_background_is_found_followed_and_cancelled(server: Server) -> None:
    job = ask("run", "greeter", "work", "-p", "steps=100000", "--background", data=server.data)
    number = str(job["id"])
    assert ask("jobs", number, data=server.data)["state"] == "running"
    listed = jackfield("jobs", "--state", "running", data=server.data).stdout
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [[number, "running"]]
    assert ask("jobs", number, "--cancel", data=server.data)["cancelled"] is True
    followed = jackfield("jobs", number, "--follow", data=server.data)
    assert (followed.returncode, followed.stdout) == (130, f"cancelled: job {number}\n")
    again = jackfield("jobs", number, "--cancel", data=server.data)
    assert (again.returncode, again.stdout) == (4, "")
    shown = jackfield("jobs", number, data=server.data).stdout
    assert "it is being cancelled" in shown


def test_ctrl_c_cancels_the_job(server: Server) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "--data", str(server.data), "run", "greeter", "work",
         "-p", "steps=100000"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    while "step 3" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out.startswith("cancelled: ")) == (130, True), err
    assert ask("jobs", data=server.data)[0]["state"] == "cancelled"


@pytest.mark.parametrize("options", [("--follow",), ("--cancel",)])
def test_one_cannot_follow_all_jobs(server: Server, options: tuple[str, ...]) -> None:
    done = jackfield("jobs", *options, data=server.data)
    assert done.returncode == 2
    assert "need the ID of a job" in done.stderr


def test_a_setting_that_is_not_declared_is_noted(server: Server) -> None:
    done = jackfield("settings", "greeter", "extra=[1]", "loud=true", data=server.data)
    assert done.returncode == 0
    assert done.stderr == "greeter declares no setting 'extra'; it is set all the same.\n"
    assert [line.split() for line in done.stdout.splitlines() if "extra" in line] == [
        ["extra", "[1]", "(not", "declared)"]
    ]


def test_a_value_that_does_not_fit_is_noted(server: Server) -> None:
    done = jackfield("settings", "greeter", "loud=maybe", data=server.data)
    assert done.returncode == 0
    assert done.stderr == (
        "greeter: loud: expected boolean, found 'maybe'; it is set all the same.\n"
    )
    back = jackfield("settings", "greeter", "loud=null", data=server.data)
    assert (back.returncode, back.stderr) == (0, "")


def test_info_lists_the_actions(server: Server) -> None:
    done = jackfield("info", "greeter", data=server.data)
    lines = done.stdout.splitlines()
    at = lines.index("Actions (jackfield run greeter ACTION):")
    assert lines[at + 1].split() == ["wave", "Wave"]
    assert "wave" in {
        action["id"] for action in ask("info", "greeter", data=server.data)["actions"]
    }


def test_jobs_outlive_the_host(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ask("install", str(toy_archive(tmp_path, actions=ACTIONS)), data=data)
    ask("enable", "greeter", "--grant", "all", data=data)
    at_rest = jackfield("run", "greeter", "wave", data=data)
    assert at_rest.returncode == 4
    assert "starts with the host" in at_rest.stderr
    with serving(data, "--only", "toy") as server:
        server.wait_for("greeter", "running")
        ask("run", "greeter", "wave", data=data)
        job = ask("run", "greeter", "work", "-p", "steps=100000", "--background", data=data)
        time.sleep(0.5)  # until it is written that it runs
        server.stop(signal.SIGKILL)
    found = ask("jobs", data=data)
    assert [(one["title"], one["state"], one["error"]) for one in found] == [
        ("Work", "failed", "the host stopped"), ("Wave", "done", ""),
    ]  # fmt: skip
    assert found[0]["id"] == job["id"]
