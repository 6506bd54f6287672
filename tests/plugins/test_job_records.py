from __future__ import annotations

from collections.abc import Iterator

import pytest

from jackfield.plugins import job_records
from jackfield.plugins.job import Job
from jackfield.store import Database


@pytest.fixture
def db() -> Iterator[Database]:
    with Database() as made:
        yield made


def job(number: int, *, state: str = "done", plugin: str = "lamp") -> Job:
    made = Job(number, f"n{number}", plugin=plugin, dialect="stage", state="running")
    made.log("one")
    if state == "done":
        made.done({"n": number})
    return made


def test_a_job_comes_back_as_it_was(db: Database) -> None:
    made = job(1)
    job_records.write(db, [made.row()], kept=10)
    back = job_records.get(db, 1)
    assert back is not None
    assert back.to_dict() == made.to_dict()
    assert back.lines() == made.lines()


def test_writing_again_takes_its_place(db: Database) -> None:
    made = job(1, state="running")
    job_records.write(db, [made.row()], kept=10)
    made.fail("no")
    job_records.write(db, [made.row()], kept=10)
    (found,) = job_records.search(db, {}, 10, besides=())
    assert (found.state, found.error, found.lines()) == ("failed", "no", [])


def test_searching_leaves_out_what_memory_has(db: Database) -> None:
    jobs = [job(1), job(2, plugin="fan"), job(3, state="running"), job(4)]
    job_records.write(db, [one.row() for one in jobs], kept=10)

    def ids(*besides: int, limit: int = 10, **asked: str) -> list[int]:
        return [one.id for one in job_records.search(db, asked, limit, besides=besides)]

    assert ids() == [4, 3, 2, 1]
    assert ids(4, limit=2) == [3, 2]
    assert ids(plugin="lamp", state="done") == [4, 1]


def test_what_runs_stays_however_old(db: Database) -> None:
    job_records.write(db, [job(1, state="running").row()], kept=2)
    for number in range(2, 6):
        job_records.write(db, [job(number).row()], kept=2)
    assert [one.id for one in job_records.search(db, {}, 10, besides=())] == [5, 4, 1]


def test_recovering_marks_and_counts(db: Database) -> None:
    assert job_records.recover(db, "gone") == 1
    job_records.write(db, [job(1).row(), job(7, state="running").row()], kept=10)
    assert job_records.recover(db, "gone") == 8
    left = job_records.get(db, 7)
    assert left is not None
    assert (left.state, left.error, left.finished) == ("failed", "gone", left.started)


@pytest.mark.parametrize("number", [0, -1, 2**40])
def test_numbers_that_no_job_has(db: Database, number: int) -> None:
    assert job_records.get(db, number) is None
