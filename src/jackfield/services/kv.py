"""Small values that a plugin keeps, text under text keys, apart from every other plugin's."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from jackfield.errors import InvalidInput

if TYPE_CHECKING:
    from jackfield.store import Database

MAX_KEY_BYTES = 1024
MAX_VALUE_BYTES = 256 * 1024


class KeyValue(Protocol):
    """One namespace a plugin, by slug. Thread-safe."""

    def get(self, slug: str, key: str) -> str | None: ...

    def set(self, slug: str, key: str, value: str) -> None:
        """Store a value.

        :raises InvalidInput: key above :data:`MAX_KEY_BYTES` or value above
            :data:`MAX_VALUE_BYTES`; nothing is written then.
        """

    def delete(self, slug: str, key: str) -> None: ...

    def keys(self, slug: str) -> list[str]: ...

    def clear(self, slug: str) -> None:
        """Forget all that the plugin stored (uninstall with its data)."""


def check_sizes(slug: str, key: str, value: str) -> None:
    """Refuse what is too large to keep (owncast spec 10.1).

    :raises InvalidInput: saying which of the two is too long, how long it is, and the limit.
    """
    for what, text, cap in (("key", key, MAX_KEY_BYTES), ("value", value, MAX_VALUE_BYTES)):
        if "\0" in text:
            raise InvalidInput(f"the {what} has a null character", plugin=slug, field="kv")
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > cap:
            raise InvalidInput(
                f"the {what} is {size:,} bytes; at most {cap:,} are allowed",
                plugin=slug,
                field=f"kv {key[:60]}",
            )


class MemoryKeyValue:
    """Values that go with the process: scenarios and the author's server.

    :param given: slug → key → value to begin with.
    """

    def __init__(self, given: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._lock = threading.Lock()
        self._spaces = {slug: dict(values) for slug, values in (given or {}).items()}

    def get(self, slug: str, key: str) -> str | None:
        with self._lock:
            return self._spaces.get(slug, {}).get(key)

    def set(self, slug: str, key: str, value: str) -> None:
        check_sizes(slug, key, value)
        with self._lock:
            self._spaces.setdefault(slug, {})[key] = value

    def delete(self, slug: str, key: str) -> None:
        with self._lock:
            self._spaces.get(slug, {}).pop(key, None)

    def keys(self, slug: str) -> list[str]:
        with self._lock:
            return sorted(self._spaces.get(slug, {}))

    def clear(self, slug: str) -> None:
        with self._lock:
            self._spaces.pop(slug, None)


class StoredKeyValue:
    """Values in the host's database; they outlive the plugin until somebody clears them."""

    def __init__(self, database: Database) -> None:
        # Imported here, so that naming the protocol costs nobody SQLAlchemy.
        from jackfield.store.tables.kv import KvRow

        self._database = database
        self._row = KvRow

    def get(self, slug: str, key: str) -> str | None:
        with self._database.read() as session:
            row = session.get(self._row, (slug, key))
            return None if row is None else row.value

    def set(self, slug: str, key: str, value: str) -> None:
        check_sizes(slug, key, value)
        with self._database.begin() as session:
            session.merge(self._row(slug=slug, key=key, value=value))

    def delete(self, slug: str, key: str) -> None:
        with self._database.begin() as session:
            row = session.get(self._row, (slug, key))
            if row is not None:
                session.delete(row)

    def keys(self, slug: str) -> list[str]:
        from sqlalchemy import select

        with self._database.read() as session:
            found = session.scalars(select(self._row.key).where(self._row.slug == slug))
            return sorted(found)

    def clear(self, slug: str) -> None:
        from sqlalchemy import delete

        with self._database.begin() as session:
            session.execute(delete(self._row).where(self._row.slug == slug))
