"""Keeps secrets out of the server's own log."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"((?:access)?token=)[^&\s\"']+", re.IGNORECASE)

_LOGGERS = ("uvicorn.access", "uvicorn.error")
"""They write the address of each request, and of each WebSocket."""


class _NoTokens(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "oken=" in message:
            record.msg, record.args = _SECRET.sub(r"\1***", message), ()
        return True


_filter = _NoTokens()


def keep_tokens_out_of_logs() -> None:
    """Blank tokens in addresses that uvicorn logs. Doing it twice does no harm."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
