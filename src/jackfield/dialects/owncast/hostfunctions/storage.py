"""What a plugin keeps: pairs, files, a database, public uploads."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.owncast.hostfunctions.answers import read_request, with_error
from jackfield.dialects.owncast.hostfunctions.caller import Caller, Functions
from jackfield.services.files import Files
from jackfield.services.kv import KeyValue
from jackfield.services.sql import Sql, SqlRequest
from jackfield.services.uploads import Uploads


def functions(caller: Caller) -> Functions:
    """Source: owncast spec 2.2, 10.3 (files), 10.4 (SQL)."""
    slug = caller.slug

    def files() -> Files:
        return caller.service(Files, "storage.fs")

    def kv_get(key: str) -> str | None:
        return caller.service(KeyValue, "storage.kv").get(slug, key)

    def kv_set(key: str, value: str) -> None:
        caller.service(KeyValue, "storage.kv").set(slug, key, value)

    def upload(name: str, data: bytes) -> Any:
        return {"url": caller.service(Uploads, "storage.upload").upload(slug, name, data)}

    def sql_exec(request: Any) -> Any:
        sql = caller.service(Sql, "storage.sql")
        return sql.execute(slug, read_request(request, SqlRequest))

    def sql_query(request: Any) -> Any:
        sql = caller.service(Sql, "storage.sql")
        return sql.query(slug, read_request(request, SqlRequest))

    return {
        "owncast_kv_get": kv_get,
        "owncast_kv_set": kv_set,
        "owncast_storage_upload": with_error(upload),
        "owncast_fs_read": lambda path: files().read(slug, path),
        "owncast_fs_write": lambda path, data: files().write(slug, path, data),
        "owncast_fs_list": lambda path: files().list(slug, path),
        "owncast_fs_delete": lambda path: files().delete(slug, path),
        "owncast_fs_exists": lambda path: files().exists(slug, path),
        "owncast_sql_exec": with_error(sql_exec),
        "owncast_sql_query": with_error(sql_query),
    }
