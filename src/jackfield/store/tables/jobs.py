"""Work in the background, as it is kept after its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from jackfield.store.tables.base import Base, UtcDateTime


class JobRow(Base):
    """One job. Not tied to the installed plugin: what it did is worth knowing when it is gone.

    :ivar id: grows by one a job.
    :ivar progress: from 0 to 1; ``None`` while nobody can tell.
    :ivar result: plain JSON; ``None`` also when there was too much of it.
    :ivar log: the newest entries, oldest first.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "plugin"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plugin: Mapped[str] = mapped_column(String(128))
    dialect: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    progress: Mapped[float | None] = mapped_column(Float)
    message: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str] = mapped_column(Text)
    log: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
