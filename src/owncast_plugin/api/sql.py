"""``owncast.sql``: a private SQLite database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from owncast_plugin._host import HostError, checked

Value = str | int | float | bool | None


class SQL:
    """One database a plugin; survives restarts and updates. Needs ``storage.sql``.

    Limits and what is refused: owncast spec 10.4.
    """

    def exec(self, sql: object, params: Iterable[Value] | None = None) -> dict[str, Any]:
        """Run a batch of statements in one transaction.

        Returns ``{"rowsAffected", "lastInsertId"}``.

        :raises HostError: the database refused; nothing of the batch was kept.
        """
        return checked("owncast_sql_exec", _request(sql, params))

    def query(self, sql: object, params: Iterable[Value] | None = None) -> list[dict[str, Any]]:
        """The rows, each a ``dict`` by column; of equal column names the last wins.

        :raises HostError: the database refused, or the result is too large: add a LIMIT.
        """
        return _rows(checked("owncast_sql_query", _request(sql, params)))

    def query_row(
        self, sql: object, params: Iterable[Value] | None = None
    ) -> dict[str, Any] | None:
        """The first row, or ``None``; reads no more than that row."""
        request = {**_request(sql, params), "maxRows": 1}
        rows = _rows(checked("owncast_sql_query", request))
        return rows[0] if rows else None


def _request(sql: object, params: Iterable[Value] | None) -> dict[str, Any]:
    return {"sql": str(sql), "params": list(params or ())}


def _rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    columns, rows = result.get("columns"), result.get("rows")
    whole = isinstance(columns, list) and isinstance(rows, list)
    if not whole or not all(isinstance(row, list) for row in rows or ()):
        raise HostError("the host sent no rows and columns", "owncast_sql_query")
    return [dict(zip(columns or (), row, strict=False)) for row in rows or ()]
