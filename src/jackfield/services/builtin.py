"""The services that a host has when nobody gives it others."""

from __future__ import annotations

from typing import Any

from jackfield.config import ChatSettings
from jackfield.plugins.dialect import EventBus
from jackfield.plugins.jobs import Jobs
from jackfield.services.community import community_services
from jackfield.services.fetch import Fetch
from jackfield.services.files import DiskFiles, Files
from jackfield.services.guarded_fetch import GuardedFetch
from jackfield.services.kv import KeyValue, StoredKeyValue
from jackfield.services.sql import Sql, SqliteSpaces
from jackfield.services.sse import EventStreams, StreamHub
from jackfield.services.timers import HeapTimers, Timers
from jackfield.store import Database, DataDir


def builtin_services(
    db: Database,
    data: DataDir,
    events: EventBus,
    settings: ChatSettings | None = None,
    *,
    chat: bool = True,
) -> dict[type, Any]:
    """One implementation a protocol, kept in the host's own database and data directory.

    :param settings: bounds of the built-in chat.
    :param chat: with the built-in chat; accounts are there in any case.
    """
    return {
        **community_services(db, events, settings, chat=chat),
        EventStreams: StreamHub(),
        Jobs: Jobs(db),
        KeyValue: StoredKeyValue(db),
        Timers: HeapTimers(events.deliver),
        Files: DiskFiles(lambda slug: data.plugin_data(slug) / "files"),
        Fetch: GuardedFetch(),
        Sql: SqliteSpaces(lambda slug: data.plugin_data(slug) / "db" / "plugin.db"),
    }
