"""The plugin of a process: its instance, the connections and threads that its calls leave."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.plugin_process import blame, threads
from jackfield.dialects.dispatcharr.plugin_process.instance import PluginInstance
from jackfield.dialects.dispatcharr.plugin_process.loading import Loaded


class Holder(PluginInstance):
    """The plugin of this process. Calls may overlap, as natively.

    :param after: called after each action.
    """

    def __init__(
        self,
        loaded: Loaded,
        root: Path,
        key: str,
        *,
        fields: list[dict[str, Any]] | None = None,
        actions: list[dict[str, Any]] | None = None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(loaded.instance, root, fields=fields, actions=actions)
        self.key = key
        self._after = after

    def ran(self) -> None:
        self._after()

    def around(self) -> AbstractContextManager[Any]:
        return _connections()

    def left_threads(self, before: set[int]) -> list[str]:
        """Threads that run beside those of *before*, each with where in the plugin it is."""
        frames = sys._current_frames()  # noqa: SLF001 - there is no other way
        found = []
        for thread in threading.enumerate():
            if thread.ident in before or thread is threading.current_thread():
                continue
            spot = blame.of_frame(frames.get(thread.ident or 0), str(self._root))
            target = blame.of_object(
                getattr(thread, "_target", None) or thread.run, str(self._root)
            )
            at = spot or target or threads.started_at(thread)
            if at is not None:
                found.append(f"{thread.name} ({at})")
        return found


@contextmanager
def _connections() -> Iterator[None]:
    """Return the thread's database connections afterwards, as later releases do."""
    try:
        yield
    finally:
        with suppress(Exception):
            from django.db import connections

            connections.close_all()
