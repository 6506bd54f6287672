"""What the author's terminal shows of the plugin; all of it goes to standard error."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

from jackfield.plugins.logs import LogLine


class TerminalConsole:
    """See :class:`jackfield.services.console.Console`. Its :meth:`watch` shows failures.

    :param label: how entries of the plugin's log begin, with ``{level}`` and ``{slug}``.
    """

    def __init__(self, label: str = "[{slug}]", stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()
        self._said = threading.local()

    def write(self, text: str) -> None:
        """Write a line, whole even when several threads do."""
        with self._lock:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def printed(self, slug: str, line: str) -> None:
        """A line of ``print``."""
        self.write(f"[{slug}] {line}")

    def logged(self, slug: str, level: str, message: str) -> None:
        """An entry of ``owncast.log``."""
        self.write(f"{self._label.format(level=level, slug=slug)} {message}")
        self._said.text = message

    def watch(self, slug: str, line: LogLine) -> None:
        """Show what the host itself writes into the plugin's log: failures, with their place.

        The rest has been shown by then.
        """
        if line.level == "error" and line.text != getattr(self._said, "text", None):
            self.write(f"[{slug}] {line.text}")
        self._said.text = None
