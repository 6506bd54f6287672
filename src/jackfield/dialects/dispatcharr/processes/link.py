"""Calls between two processes over a socket: either side may ask, from any thread.

A frame is four bytes of length and one JSON object:

* ``{"i": 7, "m": "run", "p": {...}}`` asks, and ``{"i": 7, "r": ...}`` or ``{"i": 7, "e": {...}}``
  answers;
* ``{"m": "log", "p": {...}}`` tells, without an answer.

What is told is handled in order, one at a time; what is asked is handled on a thread of its own,
so that an answer may itself ask. Neither piles up: who tells faster than it is handled has to wait,
who asks too much at once is refused. Whoever gets an answer can rely on everything that was told
before it having been handled.
"""

from __future__ import annotations

import queue
import socket
import struct
import threading
import traceback as tracebacks
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from jackfield.dialects.dispatcharr.half_characters import encoded
from jackfield.dialects.dispatcharr.processes.backlog import Backlog

MAX_FRAME = 64 * 1024 * 1024
"""Bytes of the largest frame, either way."""

MAX_TELLS = 10_000
"""How much may be told and not handled yet, before nothing more is read."""

MAX_ASKS = 256
"""How much may be asked and not answered yet, before more is refused."""

MAX_BACKLOG = 2 * MAX_FRAME
"""Bytes of what is told and not handled yet; as many of what is asked."""

SEND_S = 15
"""How long the other side may not read before it counts as gone."""

_HEAD = struct.Struct(">I")
_SETTLE_S = 10.0
_IDLE_S = 10.0

Handler = Callable[..., Any]


class LinkClosed(ConnectionError):
    """The other side is gone, or this side closed the link."""


class NotSent(LinkClosed):
    """As :class:`LinkClosed`, and the other side did not get what was to be sent."""


class RemoteError(Exception):
    """The other side's handler raised.

    :ivar type: name of the exception's class there.
    :ivar message: its text.
    :ivar traceback: its traceback, as Python prints it.
    :ivar details: what the exception carried as ``link_details``; plain JSON.
    """

    def __init__(
        self,
        type: str,  # noqa: A002 - the field is named so on both sides
        message: str,
        traceback: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{type}: {message}" if message else type)
        self.type = type
        self.message = message
        self.traceback = traceback
        self.details = dict(details or {})


class _Waiting:
    """A call whose answer has not come yet."""

    __slots__ = ("answer", "done", "told")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: dict[str, Any] | None = None
        self.told = 0


class Link:
    """One end of a connection. Thread-safe.

    :param sock: a connected stream socket, which the link owns from now on.
    :param handlers: method → what answers it, called with the parameters by name.
    :param on_close: called once, on the reading thread, when the other side is gone; not after
        :meth:`close`.
    :param name: of the threads, to be read in a dump.
    :param start: whether to read at once; otherwise from :meth:`start` on, for handlers that need
        the link itself.
    """

    def __init__(
        self,
        sock: socket.socket,
        handlers: Mapping[str, Handler],
        on_close: Callable[[], None] = lambda: None,
        *,
        name: str = "link",
        start: bool = True,
    ) -> None:
        self._sock = sock
        self._sock.setblocking(True)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_S, 0))
        self._handlers = handlers
        self._on_close = on_close
        self._name = name
        self._sending = threading.Lock()
        self._lock = threading.Lock()
        self._number = 0
        self._waiting: dict[int, _Waiting] = {}
        self._closed = False
        self._told = 0
        self._handled = 0
        self._settled = threading.Condition()
        self._tells: queue.SimpleQueue[tuple[dict[str, Any], int] | None] = queue.SimpleQueue()
        self._untold = Backlog(MAX_TELLS, MAX_BACKLOG)
        self._unanswered = Backlog(MAX_ASKS, MAX_BACKLOG)
        self._crew = _Crew(name)
        self._teller = threading.Thread(target=self._tell_all, name=f"{name} tells", daemon=True)
        self._reader = threading.Thread(target=self._read, name=f"{name} reader", daemon=True)
        if start:
            self.start()

    def start(self) -> None:
        """Begin to read, where the constructor was told not to. Once."""
        self._teller.start()
        self._reader.start()

    # -- asking and telling ---------------------------------------------------------------------

    def call(self, method: str, /, *, timeout: float | None = None, **params: Any) -> Any:
        """Ask the other side and wait for its answer.

        :param timeout: seconds; ``None`` waits as long as the other side lives.
        :raises RemoteError: its handler raised.
        :raises LinkClosed: it is gone, or goes while this waits; :class:`NotSent`: it got nothing.
        :raises TimeoutError: it did not answer in time; it may still be at it.
        :raises TypeError: a parameter is not plain JSON.
        """
        waiting = _Waiting()
        with self._lock:
            self._check_open(method)
            self._number += 1
            number = self._number
            self._waiting[number] = waiting
        try:
            self._send({"i": number, "m": method, "p": params})
            if not waiting.done.wait(timeout):
                raise TimeoutError(f"{method}: no answer within {timeout:g} seconds")
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        answer = waiting.answer
        if answer is None:
            raise LinkClosed(f"{method}: the other process ended before it answered")
        self._settle(waiting.told)
        if (error := answer.get("e")) is not None:
            raise RemoteError(
                error["type"], error["message"], error["traceback"], error.get("details")
            )
        return answer.get("r")

    def tell(self, method: str, /, **params: Any) -> None:
        """Tell the other side something; it gives no answer.

        :raises LinkClosed: it is gone.
        :raises TypeError: a parameter is not plain JSON.
        """
        self._check_open(method)
        self._send({"m": method, "p": params})

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    def close(self) -> None:
        """Hang up. Calls that wait raise :class:`LinkClosed`. May be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() not in (self._reader, self._teller):
            self._reader.join(5)
            self._teller.join(5)

    def _check_open(self, method: str) -> None:
        if self._closed:
            raise NotSent(f"{method}: the link is closed")

    def _send(self, frame: dict[str, Any]) -> None:
        body = encoded(frame)
        if len(body) > MAX_FRAME:
            raise ValueError(f"{len(body):,} bytes are too many; at most {MAX_FRAME:,} are sent")
        try:
            with self._sending:
                self._sock.sendall(_HEAD.pack(len(body)) + body)
        except BlockingIOError:
            # A part of a frame may be on its way, after which nothing can follow.
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
            raise NotSent(f"cannot be sent: nothing was read for {SEND_S} seconds") from None
        except OSError as error:
            raise NotSent(f"cannot be sent: {error}") from None

    def _settle(self, told: int) -> None:
        """Wait until everything that was told before has been handled."""
        if threading.current_thread() is self._teller:
            return  # it asks while it handles: it cannot wait for itself
        with self._settled:
            self._settled.wait_for(lambda: self._handled >= told or self._closed, _SETTLE_S)

    # -- what the other side sends --------------------------------------------------------------

    def _read(self) -> None:
        try:
            with self._sock.makefile("rb", buffering=65536) as stream:
                while (head := stream.read(_HEAD.size)) and len(head) == _HEAD.size:
                    (length,) = _HEAD.unpack(head)
                    if length > MAX_FRAME:
                        break
                    body = stream.read(length)
                    if len(body) < length:
                        break
                    self._received(msgspec.json.decode(body), length)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
            pass  # gone, no longer making sense, or no thread for it: either way this is its end
        self._ended()

    def _received(self, frame: dict[str, Any], size: int) -> None:
        if "m" not in frame:
            with self._lock:
                waiting = self._waiting.pop(frame["i"], None)
            if waiting is not None:
                waiting.answer, waiting.told = frame, self._told
                waiting.done.set()
        elif "i" in frame:
            if self._unanswered.admit(size):
                self._crew.run(lambda: self._answer(frame, size))
            else:
                # Not waited for, because answers come this way, too, for which others wait.
                busy = BlockingIOError(f"{frame['m']}: too much is asked at once; nothing was done")
                self._send({"i": frame["i"], "e": _described(busy)})
        else:
            self._untold.wait(size)
            self._told += 1
            self._tells.put((frame, size))

    def _ended(self) -> None:
        with self._lock:
            first = not self._closed
            self._closed = True
            waiting, self._waiting = list(self._waiting.values()), {}
        for one in waiting:
            one.done.set()
        self._tells.put(None)
        self._sock.close()
        if first:
            self._on_close()

    def _tell_all(self) -> None:
        while (told := self._tells.get()) is not None:
            frame, size = told
            # There is nobody to whom a fault could be reported; its handler reports its own.
            with suppress(Exception):
                self._handle(frame)
            self._untold.done(size)
            with self._settled:
                self._handled += 1
                self._settled.notify_all()
        with self._settled:
            self._settled.notify_all()

    def _handle(self, frame: dict[str, Any]) -> Any:
        handler = self._handlers.get(frame["m"])
        if handler is None:
            raise LookupError(f"nothing answers {frame['m']!r} here")
        return handler(**frame["p"])

    def _answer(self, frame: dict[str, Any], size: int) -> None:
        try:
            answer = {"i": frame["i"], "r": self._handle(frame)}
        except BaseException as error:  # noqa: BLE001 - SystemExit of a handler too is an answer
            answer = {"i": frame["i"], "e": _described(error)}
        try:
            self._send(answer)
        except LinkClosed:
            pass
        except Exception as error:  # noqa: BLE001 - an answer that is no JSON, or too large
            with suppress(LinkClosed):
                self._send({"i": frame["i"], "e": _described(error)})
        finally:
            self._unanswered.done(size)


def _described(error: BaseException) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "message": _text(error),
        "traceback": "".join(tracebacks.format_exception(error))[-65536:],
        "details": getattr(error, "link_details", None) or {},
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a plugin's exception whose __str__ fails
        return "(its text cannot be shown)"


class _Crew:
    """Daemon threads that take a job each, made when none is idle, gone after a while without."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = 0
        self._made = 0

    def run(self, job: Callable[[], None]) -> None:
        with self._lock:
            if self._idle:
                self._idle -= 1
                start = False
            else:
                self._made += 1
                start = True
            self._jobs.put(job)
        if start:
            name = f"{self._name} call-{self._made}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_IDLE_S)
            except queue.Empty:
                with self._lock:
                    # A job may have been given to the idle between the wait and the lock.
                    if not self._jobs.empty():
                        continue
                    self._idle -= 1
                    return
            job()
            del job
            with self._lock:
                self._idle += 1
