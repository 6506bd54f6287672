"""The moments between which a plugin's installation or state is half done.

A test kills the process at each of them and looks at what the next start finds. In a host
:data:`observer` does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STEPS: Final = (
    "install.noted",
    "install.unpacked",
    "install.moved",
    "install.stored",
    "update.stored",
    "switch.stored",
    "prune.stored",
    "enable.stored",
    "start.marked",
    "start.starting",
    "start.loaded",
    "start.running",
    "stop.detached",
    "stop.stopped",
    "stop.stored",
    "suspend.stored",
    "settings.stored",
    "uninstall.noted",
    "uninstall.stored",
    "uninstall.removed",
)

observer: Callable[[str], None] = lambda _step: None  # noqa: E731 - replaced as a whole by a test


def reached(step: str) -> None:
    """Say that a step was passed."""
    observer(step)
