"""One log a plugin: a ring in memory for the page, a file on disk for later.

A plugin can write as much as it likes without filling the disk or the terminal: lines are cut,
control characters made visible, files rotate.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from jackfield.plugins.flood import FloodGate

LEVELS = ("debug", "info", "warning", "error")
MAX_LINE_BYTES = 4096
RING_LINES = 1000
MAX_FILE_BYTES = 2 * 1024 * 1024
KEPT_FILES = 3

_CONTROL = dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA0)), " ")
_CONTROL_KEEP_LINES = {code: text for code, text in _CONTROL.items() if code not in (0x09, 0x0A)}
_SUFFIX = " [truncated]"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry. *number* grows by one a line and never repeats within a host's life."""

    number: int
    time: str
    level: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """The entry as plain JSON."""
        return {
            "number": self.number, "time": self.time, "level": self.level, "text": self.text,
        }  # fmt: skip


def clean(text: str) -> str:
    """Make text of a plugin safe for a terminal and cut it to :data:`MAX_LINE_BYTES`.

    A longer entry is cut so that it and the suffix fit the limit together (owncast spec 10.1);
    line breaks of a traceback stay.
    """
    text = text.encode("utf-8", "ignore").decode().translate(_CONTROL_KEEP_LINES)
    raw = text.encode()
    if len(raw) <= MAX_LINE_BYTES:
        return text
    return raw[: MAX_LINE_BYTES - len(_SUFFIX)].decode("utf-8", "ignore") + _SUFFIX


class PluginLog:
    """The log of one plugin. Thread-safe; writing never raises into the plugin's call.

    :param file: where lines are kept as JSON lines, ``None`` for memory only.
    :param watcher: called with each line that passes the level, e.g. to print it in ``dev``.
    """

    def __init__(
        self,
        slug: str,
        file: Path | None = None,
        *,
        level: str = "debug",
        watcher: Callable[[str, LogLine], None] | None = None,
    ) -> None:
        self.slug = slug
        self.level = level
        self._file = file
        self._watcher = watcher
        self._also: tuple[Callable[[LogLine], None], ...] = ()
        self._lock = threading.Lock()
        self._ring: deque[LogLine] = deque(maxlen=RING_LINES)
        self._number = 0
        self._failures = FloodGate()
        self.dropped_writes = 0

    def write(self, level: str, text: str) -> None:
        """Add an entry; below :attr:`level` it is left out."""
        if LEVELS.index(level) < LEVELS.index(self.level):
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            self._number += 1
            line = LogLine(self._number, now, level, clean(text))
            self._ring.append(line)
            self._append(line)
        if self._watcher is not None:
            self._watcher(self.slug, line)
        for also in self._also:
            also(line)

    def watch(self, watcher: Callable[[LogLine], None]) -> Callable[[], None]:
        """Call *watcher* with each further line that passes the level. Returns what ends that."""
        with self._lock:
            self._also = (*self._also, watcher)

        def forget() -> None:
            with self._lock:
                self._also = tuple(one for one in self._also if one is not watcher)

        return forget

    def failure(self, text: str, level: str = "error") -> None:
        """Add an entry about something that the plugin did wrong.

        A plugin that fails at every event would push all else out of its log: of a flood only
        some are written, and the next that is says how many were left out before it.
        """
        with self._lock:
            written = self._failures.admit()
            left_out = self._failures.take_left_out() if written else self._failures.left_out
        if written:
            self.write(
                level, f"{_left_out(left_out)} before this one\n{text}" if left_out else text
            )
        elif left_out == 1:
            self.warning("failures come too fast: from here on some are counted but not written")

    def settle(self) -> None:
        """Say how many failures were left out last: no more are to come."""
        with self._lock:
            left_out = self._failures.take_left_out()
        if left_out:
            self.warning(_left_out(left_out))

    def debug(self, text: str) -> None:
        self.write("debug", text)

    def info(self, text: str) -> None:
        self.write("info", text)

    def warning(self, text: str) -> None:
        self.write("warning", text)

    def error(self, text: str) -> None:
        self.write("error", text)

    def tail(self, lines: int = 100, *, after: int = 0) -> list[LogLine]:
        """The newest entries whose number is above *after*, oldest first."""
        with self._lock:
            return [line for line in self._ring if line.number > after][-lines:]

    def _append(self, line: LogLine) -> None:
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > MAX_FILE_BYTES:
                self._rotate(self._file)
            with self._file.open("ab") as out:
                out.write(msgspec.json.encode(line.to_dict()) + b"\n")
        except OSError:  # a full disk must not stop the plugin; the ring still has the line
            self.dropped_writes += 1

    @staticmethod
    def _rotate(file: Path) -> None:
        for age in range(KEPT_FILES - 1, 0, -1):
            older = file.with_suffix(f"{file.suffix}.{age}")
            if older.exists():
                older.rename(file.with_suffix(f"{file.suffix}.{age + 1}"))
        file.rename(file.with_suffix(f"{file.suffix}.1"))


def _left_out(count: int) -> str:
    return f"[{count} {'failure was' if count == 1 else 'failures were'} left out]"


def read_file(file: Path, lines: int = 100) -> list[LogLine]:
    """The newest entries of a log file, for a host that does not run now."""
    try:
        raw = file.read_bytes().splitlines()[-lines:]
    except FileNotFoundError:
        return []
    entries = []
    for row in raw:
        try:
            entries.append(msgspec.json.decode(row, type=LogLine))
        except msgspec.MsgspecError:  # the last line of a host that was killed while writing
            continue
    return entries
