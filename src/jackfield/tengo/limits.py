"""What a script may use up."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LENGTH = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. Going beyond one ends the script with a :class:`RunError`.

    :param seconds: wall time; ``None`` for no bound. Time spent in host functions counts, but the
        script is only ever stopped in its own code.
    :param allocations: how many values operators, literals and host calls may make, as natively
        counted; negative for no bound. Counting makes scripts slower.
    :param string_bytes: longest string, in bytes.
    :param bytes_length: longest bytes value.
    :param constants: most constants in a program; negative for no bound. Exceeding it is a
        :class:`CompileError`.
    :param depth: deepest nesting of calls. Beyond some thousands the thread needs more than the
        usual 8 MB of stack (``threading.stack_size``).
    :param memory: bytes that the run's values may take; negative for no bound. Looked at now and
        then and approximate, so scripts do not pay for it; see ``memory_watch``.
    """

    seconds: float | None = None
    allocations: int = -1
    string_bytes: int = MAX_LENGTH
    bytes_length: int = MAX_LENGTH
    constants: int = -1
    depth: int = 1024
    memory: int = -1
