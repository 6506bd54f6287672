"""Remembers which plugin a start-up was at, so that one that kills the host is found."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


class StartupMarker:
    """A file that exists while the host starts its plugins, naming the one it is at.

    Not forced to the disk: it has to outlive the process, and a power cut is no plugin's fault.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def found(self) -> str | None:
        """What the last start-up was at when it ended; ``None`` when it finished."""
        try:
            return self._file.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None

    def at(self, slug: str) -> None:
        """The start-up begins with that plugin."""
        with suppress(OSError):  # a full disk must not keep plugins from starting
            self._file.write_text(slug, encoding="utf-8")

    def clear(self) -> None:
        """The start-up has finished."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
