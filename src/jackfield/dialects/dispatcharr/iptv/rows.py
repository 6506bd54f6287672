"""Writes many rows at once through Django's connection, past its model objects.

An object of a model costs ten times what its row does. Everything here takes plain values in the
form that the database wants them; :func:`as_json` and :func:`as_time` make it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")

_CACHE_KIB = 48 * 1024

LOOKUP = 1000
"""Values of one ``IN (…)``; every database takes as many."""


def _connection() -> Any:
    from django.db import connection

    return connection


@contextmanager
def one_write() -> Iterator[None]:
    """A transaction in which many rows are written.

    SQLite keeps 2 MB of a database in memory, of which the indexes alone need more: within the
    block it may use 48 MB, which makes it a quarter faster.
    """
    from django.db import DatabaseError, transaction

    connection = _connection()
    roomy = connection.vendor == "sqlite" and not connection.in_atomic_block
    before = 0
    if roomy:
        with connection.cursor() as cursor:
            before = cursor.execute("PRAGMA cache_size").fetchone()[0]
            cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    try:
        with transaction.atomic():
            yield
    finally:
        if roomy:
            # A connection that broke says so itself.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute(f"PRAGMA cache_size = {int(before)}")


def insert(model: Any, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with the values of *fields* (names of the model's fields), in their order.

    Columns that are not named get no value: name every one that may not be null.
    """
    columns = ", ".join(_columns(model, fields))
    marks = ", ".join(["%s"] * len(fields))
    table = _connection().ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's own API
    with _connection().cursor() as cursor:
        # Neither table nor columns come from outside.
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608


def update(model: Any, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set *fields* of existing rows; the last value of each given row is the primary key."""
    settings = ", ".join(f"{column} = %s" for column in _columns(model, fields))
    quote = _connection().ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)  # noqa: SLF001
    with _connection().cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {settings} WHERE {key} = %s", list(rows))  # noqa: S608


def select(
    model: Any, fields: Sequence[str], field: str, values: Sequence[Any]
) -> Iterator[tuple[Any, ...]]:
    """*fields* of the rows whose *field* is one of *values*, as the database gives them."""
    quote = _connection().ops.quote_name
    columns = ", ".join(_columns(model, fields))
    (column,) = _columns(model, [field])
    table = quote(model._meta.db_table)  # noqa: SLF001
    for part in parts(values):
        marks = ", ".join(["%s"] * len(part))
        with _connection().cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM {table} WHERE {column} IN ({marks})",  # noqa: S608
                list(part),
            )
            yield from cursor.fetchall()


def parts(values: Sequence[Any], size: int = LOOKUP) -> Iterator[Sequence[Any]]:
    """*values* in pieces of at most *size*."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _columns(model: Any, fields: Sequence[str]) -> list[str]:
    quote = _connection().ops.quote_name
    return [quote(model._meta.get_field(name).column) for name in fields]  # noqa: SLF001


def as_json(value: Any) -> str | None:
    """A value for a column of JSON, with its keys in one order, so that equals are equal texts."""
    return None if value is None else _ENCODER.encode(value).decode()


def time_writer() -> Callable[[datetime], str]:
    """A function that writes times (with a zone) as this database compares them."""
    zone = "" if _connection().vendor == "sqlite" else "+00:00"

    @lru_cache(maxsize=16384)
    def as_time(moment: datetime) -> str:
        plain = moment.astimezone(UTC).replace(tzinfo=None)
        return plain.isoformat(" ") + zone

    return as_time
