"""The database: SQLite in the data directory by default, PostgreSQL by URL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from jackfield.errors import InvalidInput, SurroundingsError, Unavailable
from jackfield.store import schema
from jackfield.store.failures import database_error, surroundings

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another one."""

_SET_UP_LOCK = 0x4A41434B
"""Held while the tables are made: two hosts may come to a new PostgreSQL database at once."""

_POOL = {"pool_size": 8, "max_overflow": 56, "pool_timeout": 30}


class Database:
    """Opens a database and brings it to this version's tables. Thread-safe.

    :param url: an SQLAlchemy URL; ``None`` is a new database in a temporary folder that goes when
        it is closed, for tests and scenarios. It is a real file, so it locks like the real one.
    :raises SurroundingsError: cannot be opened or written, is damaged, or is of a newer version.
    :raises InvalidInput: *url* is not a database's.
    """

    def __init__(self, url: str | None = None) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if url is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="jackfield-db-")
            url = f"sqlite:///{self._temporary.name}/jackfield.db"
        try:
            parsed = make_url(url)
            if parsed.drivername in ("postgresql", "postgres"):
                parsed = parsed.set(drivername="postgresql+psycopg")
            if parsed.get_backend_name() not in ("sqlite", "postgresql"):
                raise ArgumentError(f"{parsed.get_backend_name()!r} is not supported")
            self._sqlite = parsed.get_backend_name() == "sqlite"
            self.place = (self._sqlite and parsed.database) or parsed.render_as_string()
            self.engine = self._make_engine(parsed)
        except ModuleNotFoundError as error:
            raise SurroundingsError(
                f"the database driver {error.name!r} is not installed",
                hint=f"pip install {error.name}",
            ) from error
        except (ArgumentError, NoSuchModuleError) as error:
            raise InvalidInput(
                f"is not the URL of a database: {error}",
                field="database",
                hint="expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
            ) from error
        writing = self.engine.execution_options(jackfield_writes=True)
        # SQLite shows a reader one moment anyhow; PostgreSQL by itself a newer one each statement.
        reading = {} if self._sqlite else {"isolation_level": "REPEATABLE READ"}
        self._read = sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)
        self._write = sessionmaker(writing, expire_on_commit=False)
        try:
            self._set_up(writing)
        except BaseException:
            self.close()
            raise

    def _make_engine(self, url: Any) -> Engine:
        if not self._sqlite:
            engine = create_engine(url, pool_pre_ping=True, **_POOL)
            event.listen(engine, "before_cursor_execute", _replace_nul, retval=True)
            return engine
        if not url.database or url.database == ":memory:":
            raise ArgumentError("an SQLite database needs a file")
        with surroundings(Path(url.database), "cannot open the database"):
            if Path(url.database).is_dir():
                raise IsADirectoryError(21, "it is a directory", url.database)
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **_POOL)
        # A throw-away database need not survive a power cut.
        synchronous = "FULL" if self._temporary is None else "OFF"

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: Any) -> None:
            # SQLite's driver would begin transactions by itself, and too late (see "begin").
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute(f"PRAGMA synchronous={synchronous}")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A writer takes its place at once: one that began as a reader and then writes
            # would fail, without waiting, when another wrote in between.
            writes = connection.get_execution_options().get("jackfield_writes")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    # -- use ----------------------------------------------------------------------------------

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session that may write: committed at the end of the block, rolled back by an error.

        :raises SurroundingsError: the disk is full or read-only, or the database is damaged; then
            nothing of the block was stored.
        :raises Unavailable: another writer holds the database for longer than it should.
        """
        with self._translated(), self._write() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment of the database and stores nothing."""
        with self._translated(), self._read() as session:
            yield session

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if (known := database_error(error, self.place)) is not None:
                raise known from error
            raise
        except PoolTimeout as error:
            raise Unavailable("the database is busy", file=self.place, hint="try again") from error

    def close(self) -> None:
        """Let go of every connection (and of a temporary database)."""
        self.engine.dispose()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- tables -------------------------------------------------------------------------------

    def _set_up(self, writing: Engine) -> None:
        with self._translated():
            with self.engine.connect() as connection:
                found = schema.revision(connection)
            if found == schema.HEAD:
                return
            if found is not None and not schema.knows(found):
                raise SurroundingsError(
                    f"the database was written by a newer version of Jackfield (step {found!r}; "
                    f"this version knows up to {schema.HEAD!r})",
                    file=self.place,
                    hint="start that version again, or restore the backup made before it",
                )
            if found is not None and self._sqlite:
                self._back_up(found)
            with writing.begin() as connection:
                if not self._sqlite:  # a writer of SQLite has its place to itself already
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_SET_UP_LOCK})"))
                found = schema.revision(connection)  # another process may have been faster
                if found is None:
                    schema.create(connection, self.place)
                elif found != schema.HEAD:
                    schema.upgrade(connection)

    def _back_up(self, found: str) -> None:
        """Keep a copy of an SQLite file before its tables change."""
        copy = Path(f"{self.place}.before-{schema.HEAD}-was-{found}")
        copy.unlink(missing_ok=True)
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("VACUUM INTO ?", (str(copy),))

    def check(self) -> list[str]:
        """What is wrong with the database's file; empty when all is well (``doctor``)."""
        if not self._sqlite:
            return []
        with self.read() as session:
            rows = session.execute(text("PRAGMA quick_check")).scalars().all()
        return [row for row in rows if row != "ok"]


def _replace_nul(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """PostgreSQL's texts cannot hold U+0000, which a plugin may well have in an error that is kept.
    In SQLite they can."""
    return statement, _without_nul(parameters)


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in value else value
        case dict():
            return {key: _without_nul(one) for key, one in value.items()}
        case list() | tuple():
            return type(value)(_without_nul(one) for one in value)
    return value
