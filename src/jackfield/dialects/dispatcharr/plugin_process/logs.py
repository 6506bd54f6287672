"""What the plugin logs, with whichever logger, goes to its log in the host.

Plain Python, which also runs inside the sandbox.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from .instance import LOGGER

Send = Callable[[str, str], Any]
"""Takes a level (``debug``, ``info``, ``warning`` or ``error``) and a text."""

_QUIET = ("django", "urllib3", "asyncio", "celery", "kombu", "amqp", "PIL", "parso", "redis")


class ToHost(logging.Handler):
    """Sends each record to the host."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send
        self._inside = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(self._inside, "yes", False):
            return  # what it takes to send a record is not logged
        self._inside.yes = True
        try:
            self._send(_level(record.levelno), self.format(record))
        except Exception:  # noqa: BLE001 - logging never fails
            self.handleError(record)
        finally:
            self._inside.yes = False

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if record.name in (LOGGER, "root") else f"{record.name}: {text}"


def _level(number: int) -> str:
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"


def install(send: Send, level: str = "") -> None:
    """Send everything from *level* on (``DISPATCHARR_LOG_LEVEL``, else all) to the host."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(ToHost(send))
    wanted = logging.getLevelNamesMapping().get(
        (level or os.environ.get("DISPATCHARR_LOG_LEVEL", "")).upper(), logging.DEBUG
    )
    root.setLevel(wanted)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(wanted, logging.INFO))
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_failed
    sys.excepthook = _failed


def _thread_failed(arguments: Any) -> None:
    if arguments.exc_type is SystemExit:
        return
    name = arguments.thread.name if arguments.thread is not None else "?"
    logging.getLogger(LOGGER).error(
        "the thread %s ended by an exception",
        name,
        exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback),
    )


def _failed(kind: Any, error: Any, trace: Any) -> None:
    logging.getLogger(LOGGER).error("an exception was not caught", exc_info=(kind, error, trace))
