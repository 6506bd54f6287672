"""A channel's stream, for plugins that make something out of it.

The application passes it on over its socket, and counts the plugin as one who watches.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.application.contract import ADDRESS, ADMIN, LEVEL, SOCKET
from jackfield.dialects.dispatcharr.django_setup import environment

_CHUNK = 188 * 64
_SECONDS = 60.0


class _OverUnixSocket(http.client.HTTPConnection):
    """HTTP to the application of this installation."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class StreamGenerator:
    """One who watches a channel."""

    def __init__(
        self,
        channel_id: Any,
        client_id: str,
        client_ip: str = "",
        client_user_agent: str = "",
        channel_initializing: bool = False,
        user: Any = None,
        buffer: Any = None,
    ) -> None:
        del channel_initializing, user, buffer
        self.channel_id = str(channel_id)
        self.client_id = client_id
        self.client_ip = client_ip
        self.client_user_agent = client_user_agent

    def generate(self) -> Iterator[bytes]:
        """MPEG-TS in pieces, until the channel ends or the generator is closed.

        :raises OSError: the application cannot be reached.
        :raises RuntimeError: it refused; its words follow.
        """
        connection = _OverUnixSocket(environment().home / SOCKET)
        try:
            connection.request(
                "GET",
                f"/proxy/ts/stream/{self.channel_id}",
                headers={
                    "User-Agent": self.client_user_agent or "plugin",
                    ADDRESS: self.client_ip or "127.0.0.1",
                    LEVEL: str(ADMIN),
                },
            )
            response = connection.getresponse()
            if response.status != http.client.OK:
                said = response.read(500).decode("utf-8", "replace")
                raise RuntimeError(f"channel {self.channel_id}: {response.status} {said}")
            while chunk := response.read1(_CHUNK):
                yield chunk
        finally:
            connection.close()
