from __future__ import annotations

import re
from typing import Any

import pytest

from jackfield.cli.job_view import Progress, exit_code, follow, job_lines, job_table, outcome
from jackfield.cli.output import Output
from jackfield.errors import Conflict

JOB: dict[str, Any] = {
    "id": 7, "plugin": "lamp", "dialect": "toy", "title": "Count", "state": "done",
    "progress": 1.0, "message": "3 counted", "created": "2026-11-21T06:00:00Z",
    "started": "2026-11-21T06:00:01Z", "finished": "2026-11-21T06:00:02Z", "result": None,
    "error": "", "cancelled": False,
}  # fmt: skip


def plainly(lines: list[str]) -> list[str]:
    """Lines without their colours."""
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]


RUNNING = {**JOB, "state": "running", "progress": 0.5, "message": "half", "finished": None}


class Host:
    """Tells prepared news; each list is one connection."""

    def __init__(self, *connections: Any) -> None:
        self.connections = list(connections)
        self.asked: list[Any] = []

    def follow_job(self, job_id: int, *, after: int = 0) -> Any:
        self.asked.append(after)
        for news in self.connections.pop(0):
            if isinstance(news, BaseException):
                raise news
            yield news

    def cancel_job(self, job_id: int) -> None:
        self.asked.append("cancel")
        if self.connections and isinstance(self.connections[0], Conflict):
            raise self.connections.pop(0)


def entry(number: int, text: str, level: str = "info") -> tuple[str, dict[str, Any]]:
    return "log", {"number": number, "time": "06:00", "level": level, "text": text}


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        (None, ["done: 3 counted"]),
        ({"status": "ok", "message": "all"}, ["done: all"]),
        ({"status": "queued"}, ["done: 3 counted"]),
        ({"message": "all", "file": "/data/exports/a.csv", "rows": [1, 2]},
         ["done: all", "  file: /data/exports/a.csv", "  rows: [1, 2]"]),
        ({"status": "ok", "result": [1, 2]}, ["done: 3 counted", "  [1, 2]"]),
        ("text", ["done: 3 counted", "  text"]),
        ({"message": "\x1b[2Jgone"}, ["done: [2Jgone"]),
    ],
)  # fmt: skip
def test_how_it_ended_well(result: Any, lines: list[str]) -> None:
    assert plainly(outcome({**JOB, "result": result})) == lines
    assert exit_code({**JOB, "result": result}) == 0


def test_a_deep_result_is_shown_as_json() -> None:
    deep = {"groups": [{"name": f"group {number}", "channels": number} for number in range(5)]}
    shown = "\n".join(outcome({**JOB, "result": deep}))
    assert '"name": "group 4"' in shown
    assert shown.count("\n") > 5


def test_how_it_ended_badly() -> None:
    failed = {**JOB, "state": "failed", "error": "no group", "result": {"error": "x", "id": 7}}
    assert plainly(outcome(failed)) == ["failed: no group", "  id: 7"]
    assert exit_code(failed) == 1
    silent = {**JOB, "state": "failed", "error": ""}
    assert plainly(outcome(silent)) == ["failed: it did not say why"]
    cancelled = {**JOB, "state": "cancelled"}
    assert plainly(outcome(cancelled)) == ["cancelled: job 7"]
    assert exit_code(cancelled) == 130


def test_a_list_has_a_line_a_job() -> None:
    host_job = {**RUNNING, "id": 8, "plugin": "", "dialect": ""}
    lines = plainly(job_table([host_job, JOB]))
    assert [line.split()[:4] for line in lines[1:]] == [
        ["8", "running", "50%", "-"], ["7", "done", "100%", "lamp"],
    ]  # fmt: skip
    assert job_table([]) == []


def test_one_job_with_all_that_is_known() -> None:
    lines = plainly(job_lines(JOB, [entry(1, "one\ntwo")[1]]))
    assert lines[0] == "job 7: Count"
    assert "  state:    done, 100%" in lines
    assert lines[-2:] == ["done: 3 counted", "06:00 info    one\ntwo"]
    assert job_lines(RUNNING, [])[-1] == "half"


def test_what_is_said_meanwhile_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    host: Any = Host([entry(1, "one"), ("job", RUNNING), ("job", RUNNING), ("job", JOB)])
    assert follow(host, Output(), RUNNING) == JOB
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "info    one\n 50% half\n"


def test_scripts_hear_nothing_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    host: Any = Host([entry(1, "one"), ("job", JOB)])
    follow(host, Output(json=True), RUNNING)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_an_ended_job_is_not_followed() -> None:
    host: Any = Host()
    assert follow(host, Output(), JOB) == JOB
    assert host.asked == []


def test_a_connection_that_ends_early_is_taken_up_where_it_was() -> None:
    host: Any = Host([entry(3, "three")], [entry(4, "four"), ("job", JOB)])
    follow(host, Output(), RUNNING)
    assert host.asked == [0, 3]


def test_ctrl_c_cancels_and_waits() -> None:
    cancelled = {**JOB, "state": "cancelled"}
    host: Any = Host([entry(1, "one"), KeyboardInterrupt()], [("job", cancelled)])
    assert follow(host, Output(), RUNNING) == cancelled
    assert host.asked == [0, "cancel", 1]


def test_ctrl_c_after_its_end_is_no_mistake() -> None:
    host: Any = Host([KeyboardInterrupt()], Conflict("has ended already"), [("job", JOB)])
    assert follow(host, Output(), RUNNING) == JOB


def test_a_second_ctrl_c_leaves() -> None:
    host: Any = Host([KeyboardInterrupt()], [KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        follow(host, Output(), RUNNING)


def test_on_a_terminal_the_last_line_is_drawn_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress(Output())
    monkeypatch.setattr(progress, "_over", True)
    progress.job(RUNNING)
    progress.log(entry(1, "one")[1])
    progress.job(JOB)
    said = capsys.readouterr().err
    assert said.count("\r\x1b[K") == 2
    assert said.count(" 50% half") == 2
    assert said.endswith("\r\x1b[K")


def test_nothing_is_erased_where_nothing_was_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress(Output())
    monkeypatch.setattr(progress, "_over", True)
    progress.job({**RUNNING, "progress": None, "message": ""})
    progress.job(JOB)
    progress.clear()
    assert capsys.readouterr().err == ""
