"""Keeps secrets out of the server's own log, and what any visitor could fill it with."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"((?:access)?token=)[^&\s\"']+", re.IGNORECASE)

_LOGGERS = ("uvicorn.access", "uvicorn.error")
"""They write the address of each request, and of each WebSocket."""

_VISITORS_FAULT = "Invalid UTF-8 sequence received from client"
"""The visitor is told so and the connection closed (code 1007); the server is not at fault, and
its operator is not helped by a traceback for each."""


class _Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if message.startswith(_VISITORS_FAULT) and record.levelno >= logging.ERROR:
            return False
        if "oken=" in message:
            record.msg, record.args = _SECRET.sub(r"\1***", message), ()
        return True


_filter = _Quiet()


def quieten_logs() -> None:
    """Blank tokens in addresses that uvicorn logs, and leave out visitors' own mistakes. Doing it
    twice does no harm."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
