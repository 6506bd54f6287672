"""The way to the host: which one is connected, and how its failures look to an author."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from owncast_plugin._wire import FUNCTIONS

HostCall = Callable[..., Any]


class HostError(RuntimeError):
    """The host refused a call, or could not do it.

    :ivar function: the host function's name, such as ``owncast_kv_set``.
    """

    def __init__(self, message: str, function: str = "") -> None:
        super().__init__(message)
        self.function = function


class PermissionMissing(HostError):
    """The plugin has no right to call this. The message names the permission to declare."""


class NoHost(HostError):
    """No host is connected: the plugin runs on the author's machine, outside of any host."""


def _nobody(name: str, *_arguments: Any) -> Any:
    raise NoHost(
        f"owncast.{FUNCTIONS[name].method}() was called outside of a host; in a unit test, wrap "
        "the call in `with owncast_plugin.testing.RecordingHost() as host:`",
        name,
    )


_connected: HostCall = _nobody
_denied: set[str] = set()


def connect(host_call: HostCall | None) -> HostCall | None:
    """Send all later calls to *host_call*; ``None`` disconnects. Returns what was connected."""
    global _connected
    before, _connected = _connected, host_call or _nobody
    _denied.clear()
    return None if before is _nobody else before


def call(name: str, *arguments: Any) -> Any:
    """Call a host function; see :mod:`owncast_plugin._wire` for the values.

    Without the permission that it needs the call does nothing and its result is missing, as in the
    original host (owncast spec 2.1): an operator may grant a part of what a plugin asks for, and
    the plugin does the rest. The first such call of each function is told on stderr.

    :raises HostError: any other failure.
    """
    try:
        return _connected(name, *arguments)
    except Exception as error:
        # The bridge has its own exception type, whose `type` names the error on the host's side.
        # Anything else (an argument that is not JSON, no memory) is the plugin's own.
        kind = getattr(error, "type", None)
        if not isinstance(kind, str):
            raise
        if kind != "PermissionDenied":
            raise HostError(str(error) or kind, name) from None
    if name not in _denied:
        _denied.add(name)
        print(f"{_permission_text(name)}; the call did nothing", file=sys.stderr)  # noqa: T201
    return None


def checked(name: str, *arguments: Any) -> dict[str, Any]:
    """Call a function that answers with an outcome, and raise unless it went well.

    Source: owncast spec 2.3, as the 0.11 SDK does it: a missing answer, one that is no object, or
    one with an ``error`` (even an empty one) is a failure. The 0.9 SDK ignored the answer.

    :raises PermissionMissing: the plugin may not call it.
    :raises HostError: any other failure, with the host's own words where it gave any.
    """
    result = outcome(name, *arguments)
    if "error" not in result:
        return result
    kind = PermissionMissing if name in _denied else HostError
    raise kind(result["error"] or _failed(name), name)


def outcome(name: str, *arguments: Any) -> dict[str, Any]:
    """Call a function and return its outcome as it is; a missing one becomes an error object."""
    result = call(name, *arguments)
    if isinstance(result, dict):
        return result
    reason = _permission_text(name) if name in _denied else _failed(name)
    return {"ok": False, "error": reason}


def _failed(name: str) -> str:
    return f"owncast.{FUNCTIONS[name].method}() failed"


def _permission_text(name: str) -> str:
    function = FUNCTIONS[name]
    return (
        f"owncast.{function.method}() needs the permission {function.permission!r}: declare it "
        'under "permissions" in plugin.manifest.json, and the operator must grant it'
    )
