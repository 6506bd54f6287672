"""How often somebody may do something."""

from __future__ import annotations

import math
import time
from typing import ClassVar

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from jackfield.errors import JackfieldError


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

    :param rules: kind → limits such as ``"10/10 seconds; 60/minute"``; all of them must allow.
    """

    def __init__(self, rules: dict[str, str]) -> None:
        self._rules: dict[str, list[RateLimitItem]] = {k: parse_many(r) for k, r in rules.items()}
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def spend(self, kind: str, who: str) -> None:
        """Count one act.

        :raises RateLimited: it was one too many.
        """
        for item in self._rules[kind]:
            if not self._limiter.hit(item, kind, who):
                reset = self._limiter.get_window_stats(item, kind, who).reset_time
                wait = max(1, math.ceil(reset - time.time()))
                raise RateLimited("that was too fast", wait)
