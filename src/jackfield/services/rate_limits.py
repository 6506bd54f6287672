"""How often somebody may do something."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import ClassVar

from limits import RateLimitItem, parse_many

from jackfield.errors import JackfieldError

MANY = 10_000
"""With more people than this in memory, those who were quiet are forgotten; not each time."""


class RateLimited(JackfieldError):
    """Somebody does something too often. Nothing happened; later it may.

    :ivar retry_after: seconds until it may be tried again, at least 1.
    """

    code: ClassVar[str] = "rate_limited"
    status: ClassVar[int] = 429
    exit_code: ClassVar[int] = 6

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, hint=f"try again in {retry_after} s")
        self.retry_after = retry_after


class RateLimits:
    """Moving windows by kind of act and by who acts. Thread-safe.

    The rules are read by ``limits``; the counting is a queue of times under one lock, where that
    library's memory storage would run a thread of its own for its clean-up.

    :param rules: kind → limits such as ``"10/10 seconds; 60/minute"``; all of them must allow.
    """

    def __init__(self, rules: dict[str, str]) -> None:
        self._rules: dict[str, list[RateLimitItem]] = {k: parse_many(r) for k, r in rules.items()}
        self._lock = threading.Lock()
        self._acts: dict[tuple[str, str], deque[float]] = {}
        self._many = MANY

    def spend(self, kind: str, who: str) -> None:
        """Count one act.

        :raises RateLimited: it was one too many; it is not counted.
        """
        now = time.monotonic()
        with self._lock:
            acts = self._acts.setdefault((kind, who), deque())
            longest = max(item.get_expiry() for item in self._rules[kind])
            while acts and acts[0] <= now - longest:
                acts.popleft()
            self._must_allow(kind, acts, now)
            acts.append(now)
            if len(self._acts) > self._many:
                self._forget(now)
                # Where many are not quiet, looking each time would cost more and more.
                self._many = max(MANY, 2 * len(self._acts))

    def check(self, kind: str, who: str) -> None:
        """Count nothing, for acts of which only those that fail are counted.

        :raises RateLimited: one act more would be one too many.
        """
        with self._lock:
            self._must_allow(kind, self._acts.get((kind, who), deque()), time.monotonic())

    def _must_allow(self, kind: str, acts: deque[float], now: float) -> None:
        for item in self._rules[kind]:
            if len(acts) >= item.amount:
                free = acts[-item.amount] + item.get_expiry()
                if free > now:
                    raise RateLimited("that was too fast", max(1, math.ceil(free - now)))

    def _forget(self, now: float) -> None:
        """Drop everybody who has done nothing for as long as any rule looks back."""
        for (kind, who), acts in list(self._acts.items()):
            if acts[-1] <= now - max(item.get_expiry() for item in self._rules[kind]):
                del self._acts[kind, who]
