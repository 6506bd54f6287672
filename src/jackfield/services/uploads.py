"""Files that plugins publish under an address of their own."""

from __future__ import annotations

from typing import Protocol


class Uploads(Protocol):
    """Public files. Thread-safe."""

    def upload(self, slug: str, name: str, data: bytes) -> str:
        """Publish *data* and return its address.

        :raises InvalidInput: the name or the size is refused.
        """
        ...
