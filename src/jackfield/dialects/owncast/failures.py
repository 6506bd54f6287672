"""What went wrong in the sandbox, as the core counts it and an author reads it."""

from __future__ import annotations

import re

from jackfield.errors import JackfieldError
from jackfield.plugins.dialect import PluginFailure
from jackfield.sandbox.errors import LimitExceeded, PluginRaised, SandboxError

_FRAME = re.compile(r'^  File "(?P<file>[^"<>]+)", line (?P<line>\d+)', re.MULTILINE)
_TIME_LIMITS = frozenset({"seconds", "sleep_seconds", "host_seconds"})
_OF_THE_SDK = "owncast_plugin/"


def plugin_failure(error: JackfieldError, *, plugin: str, call: str) -> PluginFailure:
    """The core's form of *error*.

    :param call: what was being done, such as ``event tick``.
    """
    if isinstance(error, PluginRaised):
        place = author_place(error.traceback)
        return PluginFailure(
            f"{error.type}: {error.text}",
            plugin=plugin,
            call=call,
            kind="raised",
            traceback=error.traceback,
            file=place,
        )
    if isinstance(error, LimitExceeded):
        if not error.instance_lost and error.limit != "output_bytes":
            return PluginFailure(error.what, plugin=plugin, call=call, kind="busy")
        timed = error.limit in _TIME_LIMITS or error.limit.endswith("_seconds")
        kind = "timeout" if timed else "limit"
        return PluginFailure(
            error.what,
            plugin=plugin,
            call=call,
            kind=kind,  # type: ignore[arg-type]
            traceback=error.traceback,
            file=author_place(error.traceback),
        )
    return PluginFailure(error.message, plugin=plugin, call=call, file=error.file, hint=error.hint)


def author_place(traceback: str) -> str | None:
    """``file:line`` of the author's own code that raised: the last frame that is neither the
    library's nor the SDK's."""
    frames = [(m["file"], m["line"]) for m in _FRAME.finditer(traceback)]
    own = [f for f in frames if not f[0].startswith(("/", _OF_THE_SDK))]
    return ":".join(own[-1]) if own else None


__all__ = ["SandboxError", "author_place", "plugin_failure"]
