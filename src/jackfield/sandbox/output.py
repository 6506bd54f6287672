"""What plugins print, made fit for a log and a terminal: cut, cleaned, and not too much of it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from jackfield.sandbox.limits import Limits

_logger = logging.getLogger(__name__)

# Control characters could drive an operator's terminal (wasmtime's security notes, "Terminal
# Output"); line separators and direction marks could make one line look like another.
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def neutralise(text: str) -> str:
    r"""`text` with control characters written out: ESC becomes ``\x1b``. Tabs stay."""
    if text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class PrintGate:
    """Lets a plugin's printed lines through to `sink`, up to the rate in `limits`."""

    def __init__(self, sink: Callable[[str, str], None], limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._tokens = float(limits.print_burst_lines)
        self._last = time.monotonic()
        self._dropped = 0

    def line(self, channel: str, text: str) -> None:
        """Take one line that the plugin wrote to `channel` (``stdout`` or ``stderr``)."""
        now = time.monotonic()
        earned = (now - self._last) * self._limits.print_lines_per_second
        self._tokens = min(self._tokens + earned, float(self._limits.print_burst_lines))
        self._last = now
        if self._tokens < 1:
            if not self._dropped:
                self._send("stderr", "[printing too fast: lines are being dropped]")
            self._dropped += 1
            return
        self._tokens -= 1
        if self._dropped:
            self._send("stderr", f"[{self._dropped} printed lines were dropped]")
            self._dropped = 0
        cap = self._limits.print_line_bytes
        if len(text) > cap or (not text.isascii() and len(text.encode()) > cap):
            kept = text.encode()[:cap].decode("utf-8", "ignore")
            text = f"{kept}... [cut, {len(text)} characters]"
        self._send(channel, neutralise(text))

    def _send(self, channel: str, text: str) -> None:
        try:
            self._sink(channel, text)
        except Exception:  # a log that cannot be written is not the plugin's fault
            _logger.exception("a plugin's output could not be logged")
