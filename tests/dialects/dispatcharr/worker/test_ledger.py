"""What was sent is written down before anybody is told that it was taken."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.worker.ledger import Entry, Ledger, entry_of, queue_of
from jackfield.errors import SurroundingsError


def message(
    key: str = "k", task_id: str = "i", name: str = "a.task", **info: Any
) -> dict[str, Any]:
    return {
        "body": "e30=",
        "headers": {"id": task_id, "task": name},
        "properties": {"delivery_tag": key, "delivery_info": info},
    }


def entry(key: str, task_id: str = "i") -> Entry:
    return entry_of(message(key, task_id))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "tasks.db"


def test_what_was_put_is_there_after_a_start(file: Path) -> None:
    first = Ledger(file)
    first.put(entry_of(message("one", name="b.task"), "my_plugin"))
    first.put(entry("two"))
    first.mark(first.all(), "handed")
    first.mark(first.of_task("i")[:1], "running")
    first.close()
    second = Ledger(file)
    assert [(e.key, e.name, e.plugin, e.state) for e in second.all()] == [
        ("one", "b.task", "my_plugin", "running"),
        ("two", "a.task", "", "handed"),
    ]
    assert second.all()[0].message == message("one", name="b.task")
    second.close()


def test_entries_are_found_by_state_and_task(file: Path) -> None:
    ledger = Ledger(file)
    for key, id_ in (("a", "1"), ("b", "1"), ("c", "2")):
        ledger.put(entry(key, id_))
    ledger.mark(ledger.of_task("2"), "handed")
    assert [e.key for e in ledger.all("waiting")] == ["a", "b"]
    assert [e.key for e in ledger.all("handed", "running")] == ["c"]
    assert [e.key for e in ledger.of_task("1")] == ["a", "b"]
    assert len(ledger) == 3
    ledger.close()


def test_what_is_done_is_forgotten(file: Path) -> None:
    ledger = Ledger(file)
    ledger.put(entry("a"))
    removed = ledger.remove("a")
    assert removed is not None
    assert removed.key == "a"
    assert ledger.remove("a") is None
    ledger.mark([removed], "handed")  # told late: it does not come back
    assert len(ledger) == 0
    ledger.close()
    again = Ledger(file)
    assert again.all() == []
    again.close()


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"headers": [], "properties": {}},
        {"headers": {"id": "i"}, "properties": {"delivery_tag": "k"}},
        {"headers": {"id": "i", "task": "t"}, "properties": {}},
        {"headers": {"id": 1, "task": "t"}, "properties": {"delivery_tag": "k"}},
    ],
)
def test_what_is_no_task_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a task's message has"):
        entry_of(bad)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tasks.db"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(SurroundingsError) as caught:
        Ledger(file)
    assert str(file) in str(caught.value)
    assert "delete the file" in str(caught.value)


def test_what_cannot_be_written_was_not_taken(file: Path) -> None:
    ledger = Ledger(file)
    with sqlite3.connect(file) as other:
        other.execute("DROP TABLE message")
    with pytest.raises(SurroundingsError, match=r"the task a\.task was not taken"):
        ledger.put(entry("a"))
    assert ledger.all() == []
    ledger.close()


@pytest.mark.parametrize(
    ("info", "queue"),
    [
        ({"exchange": "", "routing_key": "dvr"}, "dvr"),
        ({"exchange": "dvr", "routing_key": "dvr"}, "dvr"),
        ({"exchange": "mine", "routing_key": "some.key"}, "celery"),
        ({"routing_key": ""}, "celery"),
        ({}, "celery"),
    ],
)
def test_the_queue_of_a_message(info: dict[str, Any], queue: str) -> None:
    assert queue_of(message(**info)) == queue
