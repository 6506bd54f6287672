"""What the host remembers of every task that was sent until it has run.

The worker keeps its queues in memory, and Redis may be away. So the host writes each message down
before it tells the sender that it was taken, and forgets it when it was acknowledged, or when
Redis has it. Who ends in between (worker, Redis, this host) loses nothing that waited.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jackfield.errors import SurroundingsError

State = Literal["waiting", "handed", "running"]

Message = dict[str, Any]
"""A message as kombu's virtual transports keep it: plain JSON with ``body`` (base64), ``headers``,
``properties``, ``content-type`` and ``content-encoding``."""

QUEUE = "celery"
"""The queue of whatever names none that can be known."""

HOST_QUEUE = "jackfield.host"
"""Where workers on other machines put tasks of plugins, which they do not have."""


@dataclass(slots=True)
class Entry:
    """One message that is not done yet.

    :ivar key: of the message; a retry of the same task is another message.
    :ivar id: of the task.
    :ivar plugin: key of the plugin that sent it; empty for the application's own code.
    :ivar state: ``waiting`` here, ``handed`` to the worker, or ``running``.
    """

    key: str
    id: str
    name: str
    message: Message
    plugin: str = ""
    state: State = "waiting"
    created: float = field(default_factory=time.time)


def entry_of(message: Message, plugin: str = "") -> Entry:
    """The entry for a message.

    :raises ValueError: it is none of a task.
    """
    headers, properties = message.get("headers"), message.get("properties")
    if not isinstance(headers, dict) or not isinstance(properties, dict):
        raise ValueError("a task's message has headers and properties")
    id_, name, key = headers.get("id"), headers.get("task"), properties.get("delivery_tag")
    if not (isinstance(id_, str) and isinstance(name, str) and isinstance(key, str)):
        raise ValueError("a task's message has an id, a task and a delivery tag")
    return Entry(key, id_, name, message, plugin)


def queue_of(message: Message) -> str:
    """The queue that a message is addressed to."""
    info = message["properties"].get("delivery_info") or {}
    key = str(info.get("routing_key") or "")
    if not key or info.get("exchange") not in ("", None, key):
        return QUEUE  # an exchange of the sender's own: nobody has bound anything to it
    return key


class Ledger:
    """The entries, in memory and in a file. Thread-safe.

    :param file: an SQLite file of its own; made when missing.
    :raises SurroundingsError: the file cannot be opened.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, timeout=30, check_same_thread=False)
            with self._db:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.execute(
                    "CREATE TABLE IF NOT EXISTS message (key TEXT PRIMARY KEY, id TEXT NOT NULL, "
                    "name TEXT NOT NULL, plugin TEXT NOT NULL, state TEXT NOT NULL, "
                    "created REAL NOT NULL, message TEXT NOT NULL)"
                )
        except (OSError, sqlite3.Error) as error:
            raise SurroundingsError(
                f"the list of waiting tasks cannot be kept: {error}",
                file=str(file),
                hint="free the disk or correct the folder's permissions; delete the file when it "
                "is damaged: what waited in it is lost then",
            ) from error
        self._read()

    def _read(self) -> None:
        with closing(
            self._db.execute(
                "SELECT key, id, name, plugin, state, created, message FROM message "
                "ORDER BY created, rowid"
            )
        ) as rows:
            for key, id_, name, plugin, state, created, message in rows:
                self._entries[key] = Entry(
                    key, id_, name, json.loads(message), plugin, state, created
                )

    def put(self, entry: Entry) -> None:
        """Write one down. It is safe when this returns.

        :raises SurroundingsError: it could not be written; then it was not taken.
        """
        try:
            with self._lock, self._db:
                self._db.execute(
                    "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (entry.key, entry.id, entry.name, entry.plugin, entry.state, entry.created,
                     json.dumps(entry.message)),
                )  # fmt: skip
                self._entries[entry.key] = entry
        except sqlite3.Error as error:
            raise SurroundingsError(
                f"the task {entry.name} was not taken: {error}", file=str(self._file)
            ) from error

    def mark(self, entries: Iterable[Entry], state: State) -> None:
        """Their state from now on."""
        changed = [entry for entry in entries if entry.state != state]
        if not changed:
            return
        with self._lock:
            for entry in changed:
                entry.state = state
            with self._db:
                self._db.executemany(
                    "UPDATE message SET state = ? WHERE key = ?",
                    [(state, entry.key) for entry in changed],
                )

    def remove(self, key: str) -> Entry | None:
        """Forget one; what it was, or ``None`` if it is not known."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is not None:
                with self._db:
                    self._db.execute("DELETE FROM message WHERE key = ?", (key,))
            return entry

    def all(self, *states: State) -> list[Entry]:
        """Entries in one of these states (any, without), oldest first."""
        with self._lock:
            return [e for e in self._entries.values() if not states or e.state in states]

    def of_task(self, task_id: str) -> list[Entry]:
        """The messages of one task: more than one while it is retried."""
        with self._lock:
            return [e for e in self._entries.values() if e.id == task_id]

    def __len__(self) -> int:
        return len(self._entries)

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            self._db.close()
