"""`sys.stdout` and `sys.stderr` inside the sandbox: whole lines go to the host, one by one."""

import io

# A line longer than this goes out in pieces, so that a plugin cannot hoard one endless line.
PIECE = 4096


class Stream(io.TextIOBase):
    """A text stream that hands each finished line to ``emit(stream name, line)``."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name, emit):
        self.name = name
        self.pending = ""
        self._emit = emit

    def writable(self):
        return True

    def isatty(self):
        return False

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        *lines, rest = (self.pending + text).split("\n")
        self.pending = ""
        for line in lines:
            self._send(line)
        while len(rest) > PIECE:
            self._send(rest[:PIECE])
            rest = rest[PIECE:]
        self.pending = rest
        return len(text)

    def finish(self):
        """Send what has no line end yet; called when the plugin hands control back."""
        rest, self.pending = self.pending, ""
        if rest:
            self._send(rest)

    def _send(self, line):
        for start in range(0, len(line) or 1, PIECE):
            piece = line[start : start + PIECE]
            # A lone surrogate has no UTF-8 form and could not cross to the host.
            self._emit(self.name, piece.encode("utf-8", "backslashreplace").decode())
