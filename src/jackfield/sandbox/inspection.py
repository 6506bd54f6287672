"""Looking into one interpreter's memory from outside, while it does not run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

import msgspec

from jackfield.sandbox import memory, standing
from jackfield.sandbox.engine import Engine


class Inspection:
    """What the host can tell of an interpreter without its help: its size, and where it stands.

    wasmtime does not say where a component's memory begins, so the fresh interpreter puts a random
    token there, before any code of the plugin runs, and the host looks for that.

    :param engine: keeps what is the same in every interpreter's memory.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._token = b""
        self._offset = -1  # of the token in the memory
        self._start: int | None = None

    def leave_mark(self, mark: Callable[[bytes, int], bytes]) -> None:
        """Have the interpreter put the token into its memory.

        :param mark: calls its ``__mark__`` with JSON text and a cap on the result's bytes; the
            result is the token's offset.
        """
        token = secrets.token_hex(16)
        self._token = token.encode()
        self._offset = int(mark(msgspec.json.encode(token), 64))

    def size(self) -> int | None:
        """Bytes of memory; None where they cannot be found, as by a plugin that hides them."""
        start = self._found()
        return None if start is None else memory.size_at(start)

    def standing(self, sources: Mapping[str, str]) -> str:
        """Where the plugin was stopped, as a traceback; empty where that cannot be found out.

        :param sources: the author's files: name in tracebacks → text.
        """
        start = self._found()
        if start is None:
            return ""
        with memory.reading(start) as read:
            if self._engine.runtime_offset is None:
                self._engine.runtime_offset = standing.find_runtime(read, memory.size_at(start))
            offset = self._engine.runtime_offset
            found = [] if offset is None else standing.frames(read, offset)
        return standing.as_traceback(found, sources)

    def _found(self) -> int | None:
        if self._start is None:
            self._start = memory.find(self._token, self._offset)
        return self._start
