"""A network that gives up at one moment, however slowly the other side sends.

The limits of an HTTP library are for each read alone: a server that sends a byte now and then would
hold its caller for as long as it likes.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2

_PIECE = 64 * 1024
"""Bytes that are written between two looks at the clock."""


class _Moment(threading.local):
    """When the exchange of this thread has to be over, by :func:`time.monotonic`."""

    deadline: float | None = None


_moment = _Moment()


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """What this thread does inside with a :class:`TimedNetwork` ends at *deadline*.

    A connection may be kept and used again by another thread: the moment is the thread's.
    """
    before, _moment.deadline = _moment.deadline, deadline
    try:
        yield
    finally:
        _moment.deadline = before


def seconds_left(timeout: float | None) -> float | None:
    """How long one step may take; 0 or less when the time is over."""
    if _moment.deadline is None:
        return timeout
    left = _moment.deadline - time.monotonic()
    return left if timeout is None else min(timeout, left)


class TimedNetwork(httpcore2.NetworkBackend):
    """Connects as *network* does."""

    def __init__(self, network: httpcore2.NetworkBackend) -> None:
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection whose reads and writes keep to :func:`until`."""
        timeout = _left(timeout, httpcore2.ConnectTimeout)
        return _TimedStream(
            self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        )


class _TimedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), _PIECE):
            left = _left(timeout, httpcore2.WriteTimeout)
            self._stream.write(buffer[at : at + _PIECE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        timeout = _left(timeout, httpcore2.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, over: type[Exception]) -> float | None:
    left = seconds_left(timeout)
    if left is not None and left <= 0:
        raise over("the time allowed is over")
    return left
