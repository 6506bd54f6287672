"""Server-sent events from plugins to the pages that follow them.

Source: owncast spec 4.3 (caps, frames, buffering).
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from jackfield.errors import Unavailable

MAX_STREAMS = 64
MAX_BUFFERED = 16


class EventStreams(Protocol):
    """Sends to everyone who follows a channel of a plugin. Thread-safe, never waits."""

    def send(self, slug: str, channel: str, event: str, data: str) -> None: ...


def frame(event: str, data: str) -> bytes:
    """One event in the format of the wire; *event* is left out when it is empty.

    A lone carriage return ends a line there, too: left in *data*, what follows it would be read as
    a field of its own.
    """
    name = event.replace("\r", " ").replace("\n", " ")
    lines = [f"event: {name}"] if name else []
    pieces = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines += [f"data: {piece}" for piece in pieces]
    return ("\n".join(lines) + "\n\n").encode()


class EventStream:
    """One follower. :meth:`take` gives what has arrived; *wake* is called when something has.

    :ivar dropped: frames that found the buffer full.
    """

    def __init__(self, number: int, wake: Callable[[], None]) -> None:
        self.number = number
        self.dropped = 0
        self.closed = False
        self._wake = wake
        self._lock = threading.Lock()
        self._frames: deque[bytes] = deque()

    def put(self, data: bytes) -> None:
        """Add a frame, or drop it when :data:`MAX_BUFFERED` wait already."""
        with self._lock:
            if self.closed:
                return
            if len(self._frames) >= MAX_BUFFERED:
                self.dropped += 1
                return
            self._frames.append(data)
        self._wake()

    def take(self) -> bytes:
        """Everything that waits, and forget it."""
        with self._lock:
            data = b"".join(self._frames)
            self._frames.clear()
        return data

    def close(self) -> None:
        """Nothing arrives any more."""
        self.closed = True
        self._wake()


class StreamHub:
    """The followers of all plugins' channels."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._streams: dict[str, list[tuple[str, EventStream]]] = {}

    def send(self, slug: str, channel: str, event: str, data: str) -> None:
        with self._lock:
            followers = [s for c, s in self._streams.get(slug, ()) if c == channel]
        if followers:
            content = frame(event, data)
            for stream in followers:
                stream.put(content)

    def open(self, slug: str, channel: str, wake: Callable[[], None]) -> EventStream:
        """Follow a channel; the empty name is a channel of its own.

        :param wake: called from any thread when :meth:`EventStream.take` has something to give,
            or the stream was closed.
        :raises Unavailable: the plugin has :data:`MAX_STREAMS` followers already.
        """
        with self._lock:
            streams = self._streams.setdefault(slug, [])
            if len(streams) >= MAX_STREAMS:
                raise Unavailable(f"{MAX_STREAMS} event streams are open already", plugin=slug)
            stream = EventStream(next(self._numbers), wake)
            streams.append((channel, stream))
        return stream

    def leave(self, slug: str, stream: EventStream) -> None:
        """The follower has gone."""
        with self._lock:
            streams = self._streams.get(slug, [])
            streams[:] = [(c, s) for c, s in streams if s is not stream]

    def close_all(self, slug: str) -> None:
        """End every stream of a plugin: at disable, reload, uninstall."""
        with self._lock:
            streams = self._streams.pop(slug, [])
        for _, stream in streams:
            stream.close()

    def count(self, slug: str) -> int:
        """How many followers the plugin has."""
        with self._lock:
            return len(self._streams.get(slug, ()))
