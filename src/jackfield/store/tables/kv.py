"""Small values that plugins keep."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from jackfield.store.tables.base import Base


class KvRow(Base):
    """One value. Not tied to the installed plugin: data that was kept outlives it."""

    __tablename__ = "kv"

    slug: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(1024), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
