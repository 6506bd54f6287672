"""What the site needs of the host's side of Dispatcharr's processes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from jackfield.dialects.dispatcharr.era import Era
from jackfield.dialects.dispatcharr.folder import PluginsFolder
from jackfield.dialects.dispatcharr.site.updates import Updates


class Backend(Protocol):
    """One installation, as the site sees it. Thread-safe.

    :ivar home: what Dispatcharr calls ``/data``.
    :ivar secret: signs tokens.
    :ivar plugins: its plugins; ``None`` where the host has another registry.
    :ivar updates: what sends to everybody who watches.
    """

    home: Path
    era: Era
    plugins: PluginsFolder
    updates: Updates

    @property
    def secret(self) -> str: ...

    def application(self) -> Path:
        """The socket of the application process, started if need be, once it answers. Blocks.

        :raises Unavailable: it does not start.
        """
        ...
