"""The few names of Extism's own Python kit that plugins reach past the SDK for.

The original host runs plugins on Extism, where ``extism`` can be imported; this stands in for it.
"""

from __future__ import annotations

import enum
import json
from types import ModuleType
from typing import Any, ClassVar

from owncast_plugin._host import call
from owncast_plugin.api.outward import request

VAR_BYTES = 1024 * 1024
"""What all variables of a plugin may hold (owncast spec 10.1)."""


class LogLevel(enum.Enum):
    """How much a line of the log matters."""

    Trace = "trace"
    Debug = "debug"
    Info = "info"
    Warn = "warning"
    Error = "error"


def log(level: LogLevel, message: object) -> None:
    """Write to the plugin's log."""
    wanted = level.value if level in (LogLevel.Warn, LogLevel.Error) else "info"
    text = message if isinstance(message, str) else json.dumps(message)
    call(f"owncast_log_{wanted}", text)


class HttpResponse:
    """The answer to :meth:`Http.request`."""

    def __init__(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.status_code = status
        self._headers = headers
        self._data = data

    def data_bytes(self) -> bytes:
        """The body."""
        return self._data

    def data_str(self) -> str:
        """The body as UTF-8 text."""
        return self._data.decode()

    def data_json(self) -> Any:
        """The body as JSON."""
        return json.loads(self._data)

    def headers(self) -> dict[str, str]:
        """Header name → value."""
        return self._headers


class Http:
    """Outgoing requests, with the same limits as ``owncast.http``."""

    @staticmethod
    def request(
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """One request; see :meth:`owncast_plugin.api.outward.Http.fetch`."""
        data = body.encode() if isinstance(body, str) else body
        return HttpResponse(*request(url, method or "GET", dict(headers or {}), data))


class Var:
    """Variables that live as long as the plugin runs."""

    _values: ClassVar[dict[str, bytes]] = {}

    @classmethod
    def get_bytes(cls, key: str) -> bytes | None:
        """The bytes of a variable."""
        return cls._values.get(key)

    @classmethod
    def get_str(cls, key: str) -> str | None:
        """A variable as UTF-8 text."""
        value = cls._values.get(key)
        return None if value is None else value.decode()

    @classmethod
    def get_json(cls, key: str) -> Any:
        """A variable as JSON."""
        value = cls._values.get(key)
        return None if value is None else json.loads(value)

    @classmethod
    def set(cls, key: str, value: bytes | str) -> None:
        """Set a variable.

        :raises ValueError: all variables together would exceed 1 MiB.
        """
        data = value.encode() if isinstance(value, str) else bytes(value)
        others = sum(len(v) for k, v in cls._values.items() if k != key)
        if others + len(data) > VAR_BYTES:
            raise ValueError(f"variables hold at most {VAR_BYTES:,} bytes together")
        cls._values[key] = data


def as_module() -> ModuleType:
    """The module that ``import extism`` finds inside the sandbox."""
    module = ModuleType("extism", __doc__)
    for name in ("Http", "HttpResponse", "LogLevel", "Var", "log"):
        setattr(module, name, globals()[name])
    return module
