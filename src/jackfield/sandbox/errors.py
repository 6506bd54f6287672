"""What can go wrong between the host and a sandboxed plugin."""

from __future__ import annotations

from typing import ClassVar

from jackfield.errors import PluginError, Unavailable


class SandboxError(PluginError):
    """The sandbox refuses a call, or the two sides could not exchange a value.

    Causes: a payload that is not JSON or too large, an export that does not exist, a call that
    re-enters a plugin, an instance that is closed or could not be loaded again.
    """

    code = "sandbox"


class PluginRaised(SandboxError):
    """The plugin's own code raised. Its instance stays as it is and can be called again.

    :param type: name of the exception's class inside the sandbox, ``"ValueError"``.
    :param message: the exception's text.
    :param traceback: as Python prints it: the author's files, lines and source lines.
    """

    code = "plugin_raised"

    def __init__(
        self,
        type: str,  # noqa: A002 - the name that callers read
        message: str,
        traceback: str,
        *,
        plugin: str,
        call: str,
    ) -> None:
        where = "while loading" if call == LOAD else f"in {call}"
        super().__init__(f"{type}: {message}, raised {where}", plugin=plugin)
        self.type = type
        self.text = message
        self.traceback = traceback
        self.call = call


class LimitExceeded(SandboxError):
    """The plugin went over one of its `Limits`.

    The plugin was stopped in mid-air. Unless `instance_lost` is false (a wait that took too long),
    its memory is gone and a new instance is being loaded from its source.

    :param limit: the field of `Limits`, ``"memory_bytes"``, or ``"seconds"`` for the time given
        with the call.
    :param value: what the limit is, in the unit of its name; None where it has no figure. The
        whole of it, also where part of the time went by in waiting.
    :param traceback: as of `PluginRaised`; of a plugin that was stopped in mid-air its frames, as
        far as they could be read.
    :ivar what: the message without the call: ``exceeded the limit memory_bytes of 64 MiB``.
    """

    code = "limit_exceeded"

    def __init__(
        self,
        plugin: str,
        call: str,
        limit: str,
        value: float | None,
        *,
        detail: str = "",
        instance_lost: bool = True,
        traceback: str = "",
    ) -> None:
        where = "loading it" if call == LOAD else f"the call {call}"
        size = "" if value is None else f" of {format_amount(limit, value)}"
        self.what = f"exceeded the limit {limit}{size}" + (f": {detail}" if detail else "")
        super().__init__(f"{where} {self.what}", plugin=plugin)
        self.call = call
        self.limit = limit
        self.value = value
        self.instance_lost = instance_lost
        self.traceback = traceback


class PluginCrashed(LimitExceeded):
    """The interpreter inside the sandbox broke down: corrupt bytecode, `os._exit`, an abort.

    Contained like a limit: the instance is thrown away and loaded anew. `limit` is
    ``"interpreter"``.
    """

    code = "plugin_crashed"

    def __init__(self, plugin: str, call: str, detail: str) -> None:
        super().__init__(plugin, call, "interpreter", None)
        where = "while loading" if call == LOAD else f"in {call}"
        self.what = f"the interpreter was stopped: {detail}"
        self.message = f"the interpreter was stopped {where}: {detail}"


class CallAborted(SandboxError):
    """Raised by a host function to end the whole call: the plugin cannot catch it.

    The instance is thrown away and loaded anew. Any other exception of a host function becomes a
    ``HostError`` inside the plugin.
    """

    code = "call_aborted"


class EngineUnavailable(Unavailable):
    """There is no engine that this machine can run now: not built, not compiled, or damaged."""

    code: ClassVar[str] = "engine_unavailable"


LOAD = "load"


def format_amount(limit: str, value: float) -> str:
    """``format_amount("memory_bytes", 67108864)`` is ``"64 MiB"``."""
    if limit.endswith("seconds"):
        return f"{value:g} s"
    if limit.endswith("bytes"):
        for unit, size in (("MiB", 1 << 20), ("KiB", 1 << 10)):
            if value >= size and value % size == 0:
                return f"{value // size:g} {unit}"
        return f"{value:g} bytes"
    return f"{value:g}"
