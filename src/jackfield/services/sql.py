"""A private SQLite database for each plugin.

Sources: owncast spec 10.4 (limits, what is refused) and 2.5 (shapes of request and results).
"""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from jackfield.errors import InvalidInput
from jackfield.services.sql_functions import add_functions
from jackfield.services.sql_rules import check_statements

MAX_REQUEST_BYTES = 64 * 1024
MAX_PARAMS = 64
MAX_VALUE_BYTES = 1024 * 1024
MAX_RESULT_BYTES = 1024 * 1024
MAX_ROWS = 10_000
MAX_SECONDS = 2.0
MAX_PATTERN_BYTES = 256
"""Of ``LIKE`` and ``GLOB``, which compare every place with the whole pattern."""
STEPS_BETWEEN_LOOKS = 100
"""At the clock. Few, because one step may call a function that takes long."""
MAX_FILE_BYTES = 128 * 1024 * 1024
PAGE_BYTES = 4096

Param = str | int | float | bool | None


class SqlRequest(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What a plugin asks its database.

    :param max_rows: at most so many rows come back; 0 for no limit of the caller's.
    """

    sql: str = ""
    params: list[Any] | None = None
    max_rows: int = 0


class SqlExecuted(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What a change did."""

    rows_affected: int = 0
    last_insert_id: int = 0


class SqlRows(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """What a question found. Blobs are base64 text.

    :param truncated: there were more rows than the caller wanted.
    """

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = False


class Sql(Protocol):
    """One database a plugin, by slug. Thread-safe."""

    def execute(self, slug: str, request: SqlRequest) -> SqlExecuted:
        """Run one or more statements in one transaction.

        :raises InvalidInput: what SQLite or a limit says; nothing is changed then.
        """
        ...

    def query(self, slug: str, request: SqlRequest) -> SqlRows:
        """Run one statement and return its rows; what it changes is kept.

        :raises InvalidInput: what SQLite or a limit says; nothing is changed then.
        """
        ...


class SqliteSpaces:
    """Databases by plugin, opened at their first use.

    :param file: the database file of a plugin by its slug, or ``None`` to keep it in memory.
    """

    def __init__(self, file: Callable[[str], Path | None]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._open: dict[str, tuple[sqlite3.Connection, threading.Lock]] = {}

    def execute(self, slug: str, request: SqlRequest) -> SqlExecuted:
        params = _params(slug, request)
        statements = check_statements(request.sql, plugin=slug)
        with self._transaction(slug) as connection:
            before = connection.total_changes
            for statement in statements:
                own, params = params[: statement.params], params[statement.params :]
                connection.execute(statement.text, own)
            if params:
                raise InvalidInput(
                    f"{len(params)} more parameters than the statements take",
                    plugin=slug,
                    field="params",
                )
            changes = connection.total_changes - before
            (last,) = connection.execute("SELECT last_insert_rowid()").fetchone()
        return SqlExecuted(rows_affected=changes, last_insert_id=last)

    def query(self, slug: str, request: SqlRequest) -> SqlRows:
        params = _params(slug, request)
        statements = check_statements(request.sql, plugin=slug)
        if len(statements) != 1:
            raise InvalidInput("a query is one statement", plugin=slug, field="sql")
        with self._transaction(slug) as connection:
            cursor = connection.execute(statements[0].text, params)
            columns = [column[0] for column in cursor.description or ()]
            rows, truncated = _rows(slug, cursor, request.max_rows)
        return SqlRows(columns=columns, rows=rows, truncated=truncated)

    def close(self, slug: str | None = None) -> None:
        """Close that plugin's database, or every one."""
        with self._lock:
            slugs = [s for s in self._open if slug in (None, s)]
            for connection, lock in [self._open.pop(s) for s in slugs]:
                with lock:
                    connection.close()

    @contextlib.contextmanager
    def _transaction(self, slug: str) -> Iterator[sqlite3.Connection]:
        connection, lock = self._connection(slug)
        with lock:
            deadline = time.monotonic() + MAX_SECONDS
            connection.set_progress_handler(
                lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS
            )
            connection.execute("BEGIN")
            connection.set_authorizer(_authorize)
            try:
                yield connection
                connection.set_authorizer(None)
                connection.set_progress_handler(None, 0)
                connection.execute("COMMIT")  # fails, too: a deferred constraint, a full disk
            except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
                text = str(error)
                if text == "interrupted":
                    text = f"took longer than {MAX_SECONDS:g} s"
                raise InvalidInput(text, plugin=slug, field="sql") from error
            finally:
                connection.set_authorizer(None)
                connection.set_progress_handler(None, 0)
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _connection(self, slug: str) -> tuple[sqlite3.Connection, threading.Lock]:
        with self._lock:
            if slug not in self._open:
                self._open[slug] = (self._connect(slug), threading.Lock())
            return self._open[slug]

    def _connect(self, slug: str) -> sqlite3.Connection:
        file = self._file(slug)
        if file is not None:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            connection = sqlite3.connect(
                ":memory:" if file is None else file, check_same_thread=False, isolation_level=None
            )
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute(f"PRAGMA max_page_count = {MAX_FILE_BYTES // PAGE_BYTES}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
        except sqlite3.Error as error:
            raise InvalidInput(f"the database cannot be opened: {error}", plugin=slug) from error
        if file is not None:
            file.chmod(0o600)
        for arguments in (1, 2):
            # It takes the address of native code as a value, and runs what is there. Gone for good,
            # because the authorizer is not asked for what a stored schema calls.
            connection.create_function("fts3_tokenizer", arguments, None)
        add_functions(connection, most_bytes=MAX_VALUE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_REQUEST_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        return connection


_REFUSED_FUNCTIONS = {
    "load_extension",
    "fts3_tokenizer",
    "json_patch",  # compares every member with every other, for a minute
}

_REFUSED = {
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
    sqlite3.SQLITE_PRAGMA,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_CREATE_VTABLE,  # native modules that trust what is in their tables
    sqlite3.SQLITE_CREATE_TEMP_INDEX,
    sqlite3.SQLITE_CREATE_TEMP_TABLE,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
    sqlite3.SQLITE_CREATE_TEMP_VIEW,
    sqlite3.SQLITE_DROP_TEMP_INDEX,
    sqlite3.SQLITE_DROP_TEMP_TABLE,
    sqlite3.SQLITE_DROP_TEMP_TRIGGER,
    sqlite3.SQLITE_DROP_TEMP_VIEW,
}


def _authorize(action: int, _first: str | None, second: str | None, *_: object) -> int:
    """SQLite asks before it prepares a statement; the text was scanned before, this is the lock."""
    if action in _REFUSED:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _params(slug: str, request: SqlRequest) -> list[Param]:
    size = len(msgspec.json.encode(request))
    if size > MAX_REQUEST_BYTES:
        raise InvalidInput(
            f"the request is {size:,} bytes; at most {MAX_REQUEST_BYTES:,} are allowed",
            plugin=slug,
            field="sql",
        )
    if not 0 <= request.max_rows <= MAX_ROWS:
        raise InvalidInput(f"maxRows is 0 to {MAX_ROWS:,}", plugin=slug, field="sql")
    given = request.params or []
    if len(given) > MAX_PARAMS:
        raise InvalidInput(
            f"{len(given)} parameters; at most {MAX_PARAMS} are allowed", plugin=slug, field="sql"
        )
    params: list[Param] = []
    for number, value in enumerate(given):
        if not isinstance(value, str | int | float | None):
            raise InvalidInput(
                f"expected null, boolean, number or text, found {type(value).__name__}",
                plugin=slug,
                field=f"params[{number}]",
            )
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**63
        params.append(int(value) if whole and value is not None else value)
    return params


def _rows(slug: str, cursor: sqlite3.Cursor, max_rows: int) -> tuple[list[list[Any]], bool]:
    rows: list[list[Any]] = []
    size = 0
    for row in cursor:
        if max_rows and len(rows) == max_rows:
            return rows, True
        values = [base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in row]
        size += sum(len(v.encode()) if isinstance(v, str) else 8 for v in values)
        if len(rows) == MAX_ROWS or size > MAX_RESULT_BYTES:
            what = f"{MAX_ROWS:,} rows" if len(rows) == MAX_ROWS else f"{MAX_RESULT_BYTES:,} bytes"
            raise InvalidInput(
                f"the result has more than {what}; add a LIMIT", plugin=slug, field="sql"
            )
        rows.append(values)
    return rows, False
