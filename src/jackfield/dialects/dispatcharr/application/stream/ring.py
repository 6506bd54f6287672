"""The last seconds of a stream in bounded memory, read by many at their own pace."""

from __future__ import annotations

from collections import deque


class Overrun(Exception):
    """A reader fell so far behind that what it wanted next is gone."""


class Ring:
    """Pieces of a stream in order, the oldest leaving as new ones come.

    A position is the number of bytes since the stream began. The bytes themselves are never
    copied for a reader: all share the same pieces.

    :param capacity: bytes kept; one piece may exceed it by itself.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._pieces: deque[bytes] = deque()
        self.tail = 0
        """Where the oldest piece starts."""
        self.head = 0
        """Where the next piece will start: all bytes that ever came."""

    def append(self, piece: bytes) -> None:
        if not piece:
            return
        self._pieces.append(piece)
        self.head += len(piece)
        while self.head - self.tail > self._capacity and len(self._pieces) > 1:
            self.tail += len(self._pieces.popleft())

    def entry(self, behind: int) -> int:
        """A piece's start at least *behind* bytes before the newest, or the oldest there is."""
        position = self.head
        for piece in reversed(self._pieces):
            if self.head - position >= behind:
                break
            position -= len(piece)
        return position

    def read(self, position: int) -> tuple[bytes, int]:
        """The piece at *position* and the position after it; empty at the head.

        :raises Overrun: the piece has left.
        """
        if position >= self.head:
            return b"", self.head
        if position < self.tail:
            raise Overrun
        # Readers are nearly always near the head, so that is where the search starts.
        start = self.head
        for piece in reversed(self._pieces):
            start -= len(piece)
            if start <= position:
                return (piece if start == position else piece[position - start :]), (
                    start + len(piece)
                )
        raise Overrun  # pragma: no cover - the pieces cover tail to head
