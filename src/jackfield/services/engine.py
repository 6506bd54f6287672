"""The sandbox engine as a service: made ready once, in the background, for all plugins.

The native compile takes many seconds on a first start. It must neither stop the page from being
served nor repeat, so it runs on a thread here (and in a child process below) while those who need
the engine wait in :meth:`SandboxEngine.get`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jackfield.errors import Unavailable

if TYPE_CHECKING:
    from jackfield.sandbox import Engine

EngineState = Literal["idle", "loading", "compiling", "ready", "failed"]


class SandboxEngine:
    """The one engine of a host. Thread-safe.

    :param cache_dir: where the native code is kept between starts.
    :param progress: called with a line of text now and then while the native code is made.
    """

    def __init__(self, cache_dir: Path, progress: Callable[[str], None] | None = None) -> None:
        self.cache_dir = cache_dir
        self.on_progress = progress
        self.progress = ""
        self.state: EngineState = "idle"
        self._engine: Engine | None = None
        self._error: Exception | None = None
        self._lock = threading.Lock()
        self._done = threading.Event()

    def start(self) -> None:
        """Begin to make the engine ready; returns at once. Calling it again does nothing."""
        with self._lock:
            if self.state != "idle":
                return
            self.state = "loading"
        threading.Thread(target=self._prepare, name="sandbox-engine", daemon=True).start()

    def get(self, timeout: float | None = None) -> Engine:
        """The engine; waits for it at most *timeout* seconds.

        :raises Unavailable: it is not ready yet, or cannot be made on this machine.
        """
        self.start()
        if not self._done.wait(timeout):
            raise Unavailable(
                f"the sandbox engine is {self.state}: {self.progress or 'please wait'}"
            )
        if self._engine is None:
            raise Unavailable(
                f"the sandbox engine cannot be made: {self._error}",
                hint="run 'jackfield doctor' for what to do",
            ) from self._error
        return self._engine

    def to_dict(self) -> dict[str, Any]:
        """State and progress as plain JSON."""
        error = None if self._error is None else str(self._error)
        return {"state": self.state, "progress": self.progress, "error": error}

    def _prepare(self) -> None:
        # Imported here because wasmtime is heavy and most commands never need it.
        from jackfield.sandbox import EngineCache, EngineUnavailable

        try:
            cache = EngineCache(self.cache_dir)
            try:
                self._engine = cache.load()
            except EngineUnavailable:
                self.state = "compiling"
                cache.compile(self._report)
                self._engine = cache.load()
            self.state = "ready"
        except Exception as error:  # noqa: BLE001 - kept for those who wait in get()
            self._error = error
            self.state = "failed"
        finally:
            self._done.set()

    def _report(self, line: str) -> None:
        self.progress = line
        if self.on_progress is not None:
            self.on_progress(line)
