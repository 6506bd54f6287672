"""What one request to a plugin, and what a plugin keeps, may use up.

The original sets no limits. These leave room for every public plugin.
"""

from __future__ import annotations

from dataclasses import dataclass

from jackfield.tengo import Limits

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeMsxLimits:
    """Sizes are bytes.

    :param seconds: wall time of a script, with the requests that it makes.
    :param allocations: values that a script may make.
    :param string: longest string or bytes value.
    :param depth: deepest nesting of calls.
    :param held: what a script's values may take together; approximate.
    :param request: body of a request to a plugin.
    :param answer: body of a script's answer.
    :param memory: what a plugin may keep in ``server.memory``.
    :param file: one file that ``server.file`` reads or writes.
    :param growth: how much a plugin's folder may grow by ``server.file`` while it runs.
    :param parallel: requests to one plugin that run at once; further ones wait.
    """

    seconds: float = 20.0
    allocations: int = 20_000_000
    string: int = 16 * MIB
    depth: int = 1000
    held: int = 256 * MIB
    request: int = 16 * MIB
    answer: int = 32 * MIB
    memory: int = 16 * MIB
    file: int = 16 * MIB
    growth: int = 256 * MIB
    parallel: int = 16

    def of_a_run(self) -> Limits:
        """The part that the language enforces."""
        return Limits(
            seconds=self.seconds,
            allocations=self.allocations,
            string_bytes=self.string,
            bytes_length=self.string,
            depth=self.depth,
            memory=self.held,
        )


DEFAULT_LIMITS = ServeMsxLimits()
