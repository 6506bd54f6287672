"""Every table. A new module of tables is imported here, so that :data:`metadata` is whole."""

from __future__ import annotations

from jackfield.store.tables import chat, jobs, kv, people, plugins
from jackfield.store.tables.base import Base, UtcDateTime

metadata = Base.metadata

__all__ = ["Base", "UtcDateTime", "chat", "jobs", "kv", "metadata", "people", "plugins"]
