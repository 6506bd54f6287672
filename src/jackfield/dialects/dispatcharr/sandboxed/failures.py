"""From what went wrong in the sandbox to what the core and people are told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from jackfield.plugins.dialect import PluginFailure
from jackfield.sandbox.errors import (
    LimitExceeded,
    PluginCrashed,
    PluginRaised,
    SandboxError,
    format_amount,
)

Kind = Literal["raised", "timeout", "limit", "busy"]

LACKS: Final = "in the sandbox there are no files, network, programs, threads or other packages"
_NOT_THERE: Final = "NotThere"  # which names what there is not
_FRAME: Final = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<in>.+))?$')
_MAX_TEXT: Final = 8_000


def reported(
    failed: Mapping[str, Any], *, plugin: str, call: str, way_out: str = ""
) -> PluginFailure:
    """Its code raised, or returned what cannot be sent; as
    :func:`jackfield.dialects.dispatcharr.failures.raised`.

    :param failed: what the guest says of it, which the plugin may have made up.
    :param way_out: what to do about something that there is not in the sandbox.
    """
    text = str(failed.get("message") or failed.get("type") or "failed")[:_MAX_TEXT]
    spot = str(failed.get("spot") or failed.get("file") or "")[:400]
    parts = [_placed(text, plugin, spot)]
    if failed.get("lacks"):
        parts += [LACKS] if failed.get("type") != _NOT_THERE else []
        parts += [way_out] if way_out else []
    return PluginFailure(
        "; ".join(parts),
        plugin=plugin,
        call=call,
        traceback=str(failed.get("traceback") or "")[: 2 * _MAX_TEXT],
    )


def stopped(
    error: SandboxError, *, plugin: str, call: str, package: str, spot: str = ""
) -> PluginFailure:
    """It was stopped, or could not be called.

    :param package: what its files are called inside.
    :param spot: where it was, as far as that is known.
    """
    trace = _own_part(str(getattr(error, "traceback", "")), package)
    spot = spot or spot_of(trace, package)
    text, kind = _told(error)
    return PluginFailure(
        _placed(text, plugin, spot), plugin=plugin, call=call, kind=kind, traceback=trace
    )


def _told(error: SandboxError) -> tuple[str, Kind]:
    if isinstance(error, PluginRaised):
        return f"{error.type}: {error.text}", "raised"
    if isinstance(error, PluginCrashed):
        return error.what, "limit"
    if not isinstance(error, LimitExceeded):  # a value that is no JSON, or none to call
        return error.message, "raised"
    amount = "" if error.value is None else format_amount(error.limit, error.value)
    match error.limit:
        case "seconds" | "load_seconds" | "event_seconds" | "filter_seconds" | "request_seconds":
            return f"did not end within {error.value:g} seconds and was stopped", "timeout"
        case "memory_bytes":
            return f"took more than {amount} of memory, all that there is in the sandbox", "limit"
        case "output_bytes":
            return f"its result is larger than {amount}, all that leaves the sandbox", "raised"
        case "payload_bytes":
            return f"its parameters are larger than {amount}, all that the sandbox takes", "raised"
        case "wait_seconds":
            return f"was busy for {amount}", "busy"
    return error.what, "limit"


def _own_part(trace: str, package: str) -> str:
    """The traceback without the frames before the plugin's first; what calls it is of no help."""
    head, *lines = trace.splitlines() or [""]
    first = next((n for n, line in enumerate(lines) if line.startswith(f'  File "{package}/')), 0)
    return "\n".join([head, *lines[first:]]).strip()


def spot_of(trace: str, package: str) -> str:
    """The last place of the plugin's in a traceback: ``plugin.py:12 in run``."""
    found = ""
    for line in trace.splitlines():
        match = _FRAME.match(line)
        if match is not None and match["file"].startswith(f"{package}/"):
            inside = f" in {match['in']}" if match["in"] else ""
            found = f"{match['file'].removeprefix(f'{package}/')}:{match['line']}{inside}"
    return found


def _placed(text: str, plugin: str, spot: str) -> str:
    return f"{text} ({plugin}: {spot})" if spot else f"{text} ({plugin})"
