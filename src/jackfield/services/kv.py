"""Small values that a plugin keeps, text under text keys, apart from every other plugin's."""

from __future__ import annotations

from typing import Protocol

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
