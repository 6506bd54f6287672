"""Which of many alike log entries are written, so that a flood of them hides nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

BURST = 20
"""Failures of one plugin that are written in a row."""

SECONDS_EACH = 5.0
"""After so long one more may be written."""


class FloodGate:
    """Lets the first entries through, then one each :data:`SECONDS_EACH`; counts the others.

    Not thread-safe: its owner holds a lock.

    :param clock: seconds that only grow.
    :ivar left_out: entries that were refused since the last one that passed.
    """

    def __init__(
        self,
        burst: int = BURST,
        seconds_each: float = SECONDS_EACH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = burst
        self._seconds_each = seconds_each
        self._clock = clock
        self._room = float(burst)
        self._looked = clock()
        self.left_out = 0

    def admit(self) -> bool:
        """Whether the entry of this moment is written."""
        now = self._clock()
        self._room = min(self._burst, self._room + (now - self._looked) / self._seconds_each)
        self._looked = now
        if self._room < 1:
            self.left_out += 1
            return False
        self._room -= 1
        return True

    def take_left_out(self) -> int:
        """How many were left out, and count from nought again."""
        left_out, self.left_out = self.left_out, 0
        return left_out
