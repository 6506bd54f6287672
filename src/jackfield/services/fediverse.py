"""The server's own account in the Fediverse."""

from __future__ import annotations

from typing import Protocol


class Fediverse(Protocol):
    """Posts as the server's account. Thread-safe."""

    def post(self, slug: str, text: str) -> str:
        """Publish a post and return its address, which is empty while it is not known.

        :raises InvalidInput: the plugin has posted too often.
        """
        ...
