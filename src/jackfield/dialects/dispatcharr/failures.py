"""From what went wrong in a plugin's process to what the core and people are told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from jackfield.dialects.dispatcharr.plugin_process import blame
from jackfield.dialects.dispatcharr.processes.child import Child, End
from jackfield.dialects.dispatcharr.processes.link import RemoteError
from jackfield.plugins.dialect import PluginFailure

_NO_MODULE: Final = re.compile(r"No module named '(?P<top>[^'.]+)")
_APPLICATION: Final = frozenset({"apps", "core", "dispatcharr"})


def raised(error: RemoteError, *, plugin: str, call: str) -> PluginFailure:
    """Its code raised, or returned what cannot be sent.

    The message is the exception's own text, as clients of the original show it, and the place.
    """
    spot = str(error.details.get("spot") or error.details.get("file") or "")
    text = error.message or error.type
    if error.type != "PluginFailed":  # a fault on the way, not of the plugin's code
        text = f"{error.type}: {error.message}"
    where = f"{plugin}: {spot}" if spot else plugin
    return PluginFailure(
        f"{text} ({where})",
        plugin=plugin,
        call=call,
        kind="limit" if error.details.get("memory") else "raised",
        traceback=str(error.details.get("traceback", error.traceback)),
        hint=_hint(text),
    )


def _hint(text: str) -> str | None:
    missing = _NO_MODULE.match(text)
    if missing is None or missing["top"] in _APPLICATION:
        return None
    return f"if {missing['top']} comes from a package, name that in requirements.txt of the plugin"


def ended(
    child: Child, end: End | None, *, plugin: str, call: str, root: Path, said: str = ""
) -> PluginFailure:
    """Its process ended while it was called.

    :param said: what it announced of that: where it called ``os._exit``.
    """
    dump = child.last_dump()
    spot = said or _spot(dump, root)
    how = str(end) if end is not None else "is gone"
    return PluginFailure(
        f"its process {how}" + (f" ({plugin}: {spot})" if spot else f" ({plugin}, {call})"),
        plugin=plugin,
        call=call,
        kind="limit",
        traceback=blame.plugin_threads(dump, str(root)),
    )


def overdue(child: Child, *, plugin: str, call: str, root: Path, seconds: float) -> PluginFailure:
    """It did not answer in time; where it is now is asked of its process."""
    dump = child.where()
    spot = _spot(dump, root)
    return PluginFailure(
        f"did not end within {seconds:g} seconds and was stopped"
        + (f" ({plugin}: {spot})" if spot else f" ({plugin})"),
        plugin=plugin,
        call=call,
        kind="timeout",
        traceback=blame.plugin_threads(dump, str(root)),
    )


def _spot(dump: str, root: Path) -> str:
    spot = blame.of_dump(dump, str(root))
    return str(spot) if spot is not None else ""
