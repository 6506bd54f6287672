"""What a process sent and nobody has handled yet: bounded, so that a flood fills no memory."""

from __future__ import annotations

import threading


class Backlog:
    """How many frames wait or are being handled, and how large they are. Thread-safe.

    :param most: frames.
    :param most_bytes: of all together. One alone may have any size.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._count = 0
        self._bytes = 0
        self._less = threading.Condition()

    def admit(self, size: int) -> bool:
        """Take one more in, if there is room."""
        with self._less:
            return self._take(size)

    def wait(self, size: int) -> None:
        """Take one more in, as soon as there is room."""
        with self._less:
            self._less.wait_for(lambda: self._take(size))

    def done(self, size: int) -> None:
        """One that was taken in has been handled."""
        with self._less:
            self._count -= 1
            self._bytes -= size
            self._less.notify()

    def _take(self, size: int) -> bool:
        full = self._count >= self._most or self._bytes + size > self._most_bytes
        if full and self._count:
            return False
        self._count += 1
        self._bytes += size
        return True
