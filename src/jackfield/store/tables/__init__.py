"""Every table. A new module of tables is imported here, so that :data:`metadata` is whole."""

from __future__ import annotations

from jackfield.store.tables import chat, kv, people, plugins
from jackfield.store.tables.base import Base, UtcDateTime

metadata = Base.metadata

__all__ = ["Base", "UtcDateTime", "chat", "kv", "metadata", "people", "plugins"]
