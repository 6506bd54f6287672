"""For authors' tools: hears at once what plugins print and log, next to the plugins' own logs."""

from __future__ import annotations

from typing import Protocol


class Console(Protocol):
    """Takes plugins' texts. Called in the plugin's thread; must not raise."""

    def printed(self, slug: str, line: str) -> None:
        """A line of the plugin's standard output or standard error."""

    def logged(self, slug: str, level: str, message: str) -> None:
        """An entry that the plugin wrote to its log; *level* is info, warning or error."""
