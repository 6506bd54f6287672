"""Every cap on a sandboxed plugin, by name.

Defaults follow the strictest ecosystem that states a figure (owncast spec 13: 64 MiB, 50 ms for a
filter, 500 ms for an event, 5 s for a request, 10 s to load; outputs of 256 KiB, 1 MiB, 12 MiB).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one plugin may use. Times are seconds of the clock on the wall, sizes are bytes."""

    memory_bytes: int = 64 * MIB
    """The plugin's whole memory; the interpreter itself takes 15 MiB of it."""
    stack_bytes: int = 512 * KIB
    """Native stack of a call. One value for the whole engine: `EngineCache` takes it."""

    load_seconds: float = 10.0
    """Running the plugin's source, at start and whenever it has to be loaded anew."""
    filter_seconds: float = 0.05
    """A filter, with the time it waits for the plugin to be free."""
    event_seconds: float = 0.5
    """An event handler, a timer, a command."""
    request_seconds: float = 5.0
    """An HTTP request or other content."""
    sleep_seconds: float = 0.05
    """One `time.sleep`; a longer one ends the call."""
    wait_seconds: float = 30.0
    """How long a call waits for a plugin that is busy before it gives up."""

    host_calls: int = 10_000
    """Host functions a plugin may call in one call."""
    host_seconds: float = 60.0
    """Time all host functions of one call may take together; it is not the plugin's own time."""
    host_result_bytes: int = 16 * MIB
    """JSON text of one host function's result; a longer one is an error inside the plugin."""

    source_bytes: int = 8 * MIB
    """All source files of the plugin together."""
    payload_bytes: int = 16 * MIB
    """JSON text handed to a call."""
    output_bytes: int = 1 * MIB
    """JSON text returned by a call that states no cap of its own."""
    register_output_bytes: int = 256 * KIB
    """JSON text of a registration."""
    filter_output_bytes: int = 1 * MIB
    """JSON text returned by a filter."""
    response_output_bytes: int = 12 * MIB
    """JSON text of an HTTP response."""

    print_line_bytes: int = 2_000
    """A printed line; what is longer is cut and marked."""
    print_lines_per_second: int = 100
    """Printed lines that are kept, on average; more are counted and dropped."""
    print_burst_lines: int = 500
    """Printed lines that are kept at once before the average counts."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
                raise ValueError(f"Limits.{field.name} must be a number above 0, not {value!r}")
        if self.stack_bytes > MAX_STACK_BYTES:
            # Above this the native library ends the process instead of reporting an error.
            raise ValueError(f"Limits.stack_bytes must be at most {MAX_STACK_BYTES}")


MAX_STACK_BYTES = 1 * MIB
