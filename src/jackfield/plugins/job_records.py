"""Jobs as the database holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select

from jackfield.plugins.job import ENDED, Job
from jackfield.store import Database
from jackfield.store.tables.jobs import JobRow

_WITHOUT_LOG = [column for column in JobRow.__table__.columns if column.name != "log"]


def recover(db: Database, error: str) -> int:
    """Mark what a killed host left as failed, with that *error*; return the first free id."""
    with db.begin() as session:
        left = select(JobRow).where(JobRow.state.in_(("queued", "running")))
        for row in session.scalars(left):
            row.state, row.error = "failed", error
            row.finished = row.started or row.created
        return (session.scalar(select(func.max(JobRow.id))) or 0) + 1


def write(db: Database, rows: list[dict[str, Any]], *, kept: int) -> None:
    """Store jobs in place of what is stored of them.

    :param rows: as :meth:`Job.row` makes them.
    :param kept: how many that have ended stay, newest first.
    """
    with db.begin() as session:
        session.execute(delete(JobRow).where(JobRow.id.in_([row["id"] for row in rows])))
        session.execute(insert(JobRow), rows)
        if any(row["state"] in ENDED for row in rows):
            newest = select(JobRow.id).order_by(JobRow.id.desc())
            oldest = session.scalar(newest.offset(kept).limit(1)) or 0
            ended = JobRow.finished.is_not(None)
            session.execute(delete(JobRow).where(JobRow.id <= oldest, ended))


def get(db: Database, job_id: int) -> Job | None:
    """One job with its log; ``None`` when it is not stored."""
    with db.read() as session:
        row = session.get(JobRow, job_id) if 0 < job_id < 2**31 else None
    return None if row is None else Job.from_row(row, row.log)


def search(
    db: Database, asked: Mapping[str, str], limit: int, *, besides: Collection[int]
) -> list[Job]:
    """The newest jobs whose columns have these values, without their logs."""
    query = select(*_WITHOUT_LOG).where(JobRow.id.not_in(besides))
    query = query.where(*(getattr(JobRow, key) == value for key, value in asked.items()))
    query = query.order_by(JobRow.id.desc()).limit(limit)
    with db.read() as session:
        return [Job.from_row(row) for row in session.execute(query)]
