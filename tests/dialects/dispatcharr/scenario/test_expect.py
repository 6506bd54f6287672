from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from jackfield.dialects.dispatcharr.scenario.expect import compare, looked_at
from jackfield.dialects.dispatcharr.scenario.shape import Expect, RowsExpect
from jackfield.plugins.job import Job
from jackfield.plugins.logs import LogLine

ROWS = [
    {"pk": 1, "name": "One", "channel_group": 7, "streams": [3, 2]},
    {"pk": 2, "name": "Two", "channel_group": None, "streams": []},
]


def mistakes(home: Path, **expect: Any) -> list[str]:
    done, failed = Job(1, "Count", state="running"), Job(2, "apps.m3u.tasks.x", state="running")
    done.done()
    failed.fail("no such file")
    return list(
        compare(
            msgspec.convert(expect, Expect),
            find=lambda wanted: ROWS if wanted.model == "Channel" else [],
            home=home,
            lines=[LogLine(1, "", "info", "counted 2")],
            messages=[{"type": "a", "n": 1}, {"type": "b"}],
            jobs=[done, failed],
            settings={"limit": 5, "mode": "safe"},
        )
    )


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"rows": [{"model": "Channel", "count": 2}, {"model": "Stream", "rows": []}]},
        {"rows": [{"model": "Channel", "rows": [{"name": "One", "streams": [3, 2]}, {}]}]},
        {"files": {"a.txt": "one\ntwo\n", "b.txt": None}},
        {"files": {"a.txt": {}}},
        {"files": {"a.txt": {"contains": "two"}}},
        {"files": {"a.txt": {"contains": ["one", "two"], "text": "one\ntwo\n"}}},
        {"logs": [{"message": "counted"}]},
        {"websocket": [{"type": "a"}, {"type": "b"}]},
        {"websocket": [{"type": "b"}]},
        {"jobs": [{"title": "Count", "state": "done"}, {"error": "no such"}]},
        {"settings": {"limit": 5}},
    ],
)
def test_what_is_as_expected(tmp_path: Path, expect: Any) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    assert mistakes(tmp_path, **expect) == []


@pytest.mark.parametrize(
    ("expect", "mistake"),
    [
        ({"rows": [{"model": "Channel", "count": 1}]},
         'rows[0]: expected 1 of Channel, got 2: [{"pk": 1'),
        ({"rows": [{"model": "Channel", "rows": [{"name": "One"}]}]},
         'rows[0]: expected 1 of Channel, got 2: [{"name": "One"}, {"name": "Two"}]'),
        ({"rows": [{"model": "Channel", "rows": [{"name": "Uno"}, {}]}]},
         'rows[0].rows[0].name: expected "Uno", got "One"'),
        ({"rows": [{"model": "Channel", "rows": [{"streams": [2, 3]}, {}]}]},
         "rows[0].rows[0].streams: expected [2, 3], got [3, 2]"),
        ({"files": {"a.txt": "one"}}, 'files["a.txt"]: expected "one", got "one\\ntwo\\n"'),
        ({"files": {"a.txt": None}}, 'files["a.txt"]: expected no such file, got "one'),
        ({"files": {"b.txt": {}}}, 'files["b.txt"]: expected it, got null'),
        ({"files": {"a.txt": {"contains": "three"}}},
         'files["a.txt"]: does not contain "three": one'),
        ({"logs": []}, 'logs: expected none, got ["info counted 2"]'),
        ({"websocket": []}, 'websocket: expected none, got [{"type": "a", "n": 1}'),
        ({"websocket": [{"type": "b"}, {"type": "a"}]},
         'websocket[1]: none like {"type": "a"} (in this order)'),
        ({"jobs": [{"title": "Count", "state": "failed"}]},
         'jobs[0]: none like {"title": "Count", "state": "failed"} (in this order)'),
        ({"settings": {"limit": 6}},
         'settings: expected {"limit": 6}, got {"limit": 5, "mode": "safe"}'),
    ],
)  # fmt: skip
def test_what_is_not(tmp_path: Path, expect: Any, mistake: str) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    (found,) = mistakes(tmp_path, **expect)
    assert found.startswith(mistake)


def test_what_of_a_row_is_looked_at() -> None:
    wanted = RowsExpect(model="Channel", rows=[{"name": "x"}, {"streams": [], "name": "y"}])
    assert looked_at(wanted) == ["name", "streams"]
    assert looked_at(RowsExpect(model="Channel")) == []
