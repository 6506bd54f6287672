"""The process that answers the operator's commands and imports for them; it ends with the answer.

Apart from the worker, so that the memory of a large import is given back, and an import can be
ended whatever it does.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from jackfield.dialects.dispatcharr import django_setup
from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link
from jackfield.errors import JackfieldError


def main(link_sock: socket.socket, config: Mapping[str, Any]) -> None:
    """Answer until the host hangs up."""
    del config
    gone = threading.Event()
    desk = Answering()
    link = Link(link_sock, desk.handlers(), gone.set, name="host")
    here.attach(link, "console")
    gone.wait()
    os._exit(0)


class Answering:
    """What the host asks of this process. An answer is ``{"result": …}`` or ``{"error": …}``."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._migrated = threading.Lock()

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """The methods by the names that the host calls."""
        return {"ask": self._ask, "cancel": self._cancelled.set}

    def _ask(self, command: str, params: Mapping[str, Any]) -> Any:
        from jackfield.dialects.dispatcharr.iptv.console import answer

        return self._answered(lambda: answer(command, params, self._listen))

    def _answered(self, work: Callable[[], Any]) -> dict[str, Any]:
        from jackfield.dialects.dispatcharr.worker.progress import TaskCancelled

        try:
            with self._migrated:
                django_setup.migrate()
            return {"result": work()}
        except JackfieldError as error:
            return {"error": error.to_dict()}
        except TaskCancelled:
            return {"cancelled": True}

    def _listen(self, frame: dict[str, Any]) -> None:
        from jackfield.dialects.dispatcharr.worker.progress import TaskCancelled

        here.tell("console.frame", frame=frame)
        if self._cancelled.is_set() and "status" not in frame:
            raise TaskCancelled("cancelled")
