"""A process beside the host, as the host sees it."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from jackfield.dialects.dispatcharr.processes.link import Handler, Link

Output = Callable[[str, str], None]
"""Called with level and text of what the process prints."""

_MAX_LINE = 8192
_HANGUP_S = 2.0
"""How long after its link a process may take to end."""


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended.

    :param status: what it returned, or minus the signal that ended it.
    :param why: for which limit the host ended it; empty when it did not.
    :param peak: bytes of memory that it held at most, about.
    """

    status: int
    why: str = ""
    peak: int = 0
    cpu: float = 0.0

    def __str__(self) -> str:
        if self.why:
            return f"was ended: {self.why}"
        if self.status < 0:
            import signal

            try:
                name = signal.Signals(-self.status).name
            except ValueError:
                name = f"signal {-self.status}"
            return f"ended by {name}"
        return f"ended with status {self.status}"


class Child:
    """A process beside the host. Made by :meth:`Family.spawn`; thread-safe.

    :ivar role: ``plugin``, ``worker`` or ``application``.
    :ivar link: for calls to it.
    :ivar pid: its process id; 0 until it was forked.
    :ivar end: how it ended; ``None`` while it runs.
    """

    def __init__(
        self,
        number: int,
        role: str,
        sock: socket.socket,
        handlers: dict[str, Handler],
        *,
        dump: int,
        output: int,
        name: str,
        on_output: Output,
        kill: Callable[[int, str], None],
        ask_dump: Callable[[int], None],
    ) -> None:
        self.id = number
        self.role = role
        self.name = name
        self.pid = 0
        self.end: End | None = None
        self._dump = dump
        self._dumping = threading.Lock()
        self._last_dump = ""
        self._kill = kill
        self._ask_dump = ask_dump
        self._ended = threading.Event()
        self._spawned = threading.Event()
        self._on_exit: list[Callable[[End], None]] = []
        self._lock = threading.Lock()
        self._on_output = on_output
        self.link = Link(sock, handlers, self._hung_up, name=f"{name} link")
        self._output = threading.Thread(
            target=self._print, args=(output,), name=f"{name} output", daemon=True
        )
        self._output.start()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.end is None

    def on_exit(self, call: Callable[[End], None]) -> None:
        """Call *call* once it has ended; at once if it has."""
        with self._lock:
            if self.end is None:
                self._on_exit.append(call)
                return
        call(self.end)

    def kill(self, why: str = "") -> None:
        """End it and everything that it started, at once. Does not wait."""
        self._kill(self.id, why)

    def wait(self, timeout: float | None = None) -> End | None:
        """Wait for its end; ``None`` if that did not come in time."""
        return self.end if self._ended.wait(timeout) else None

    def where(self, timeout: float = 2.0) -> str:
        """Where each of its threads is now, as ``faulthandler`` prints it; empty if it cannot say.

        It answers whatever its Python code does, an endless loop or a call into C included.
        """
        with self._dumping:
            if not self.alive:
                return self._last_dump or self._read_dump()
            try:
                os.ftruncate(self._dump, 0)
                os.lseek(self._dump, 0, os.SEEK_SET)
                self._ask_dump(self.id)
                deadline, before = time.monotonic() + timeout, -1
                while time.monotonic() < deadline and self.alive:
                    size = os.fstat(self._dump).st_size
                    if size and size == before:
                        break
                    before = size
                    time.sleep(0.02)
            except OSError:
                return ""
            return self._read_dump()

    def last_dump(self) -> str:
        """What it last wrote of its threads: asked by :meth:`where`, or as it crashed."""
        with self._dumping:
            return self._last_dump or self._read_dump()

    def _hung_up(self) -> None:
        """Its end of the link is closed: it has ended, or cannot be talked to any more."""
        timer = threading.Timer(_HANGUP_S, self._end_silent)
        timer.daemon = True
        timer.start()

    def _end_silent(self) -> None:
        if self.alive:
            self.kill("it closed its connection to the host, or did not read it")

    def _read_dump(self) -> str:
        try:
            return os.pread(self._dump, 65536, 0).decode("utf-8", "replace")
        except OSError:
            return ""

    # -- called by the family -------------------------------------------------------------------

    def was_spawned(self, pid: int) -> None:
        """It was forked."""
        self.pid = pid
        self._spawned.set()

    def has_ended(self, end: End) -> None:
        """It is gone; tell whoever waits."""
        with self._lock:
            if self.end is not None:
                return
            self.end = end
            calls, self._on_exit = self._on_exit, []
        self._output.join(2)  # what it printed last says why
        self.link.close()
        with self._dumping:
            self._last_dump = self._read_dump()
            os.close(self._dump)
            self._dump = -1
        self._ended.set()
        for call in calls:
            call(end)

    # -- its output -----------------------------------------------------------------------------

    def _print(self, output: int) -> None:
        """Pass on what it, and what it started, writes to its standard output and error."""
        with open(output, "rb", buffering=0) as stream:
            rest = b""
            while chunk := stream.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _MAX_LINE:
                    lines, rest = [*lines, rest], b""
                self._pass_on(lines)
            self._pass_on([rest])

    def _pass_on(self, lines: list[bytes]) -> None:
        # One entry a burst keeps a traceback together.
        text = "\n".join(line.decode("utf-8", "replace") for line in lines).rstrip()
        if text.strip():
            level = "error" if _LOOKS_BAD.search(text) else "info"
            with suppress(Exception):
                self._on_output(level, text)


_LOOKS_BAD = re.compile(
    r"^Traceback \(most recent call last\)|^Fatal Python error|^\w*Error: ", re.MULTILINE
)
