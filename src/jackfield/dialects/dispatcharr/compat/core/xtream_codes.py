"""Asks an Xtream Codes server what it offers, as plugins do.

Source: dispatcharr spec 4.2 (``core.xtream_codes.Client``). The importers use the same client.
"""

from __future__ import annotations

from typing import Any

from jackfield.dialects.dispatcharr.iptv.download import CONNECT_S, READ_S
from jackfield.dialects.dispatcharr.iptv.xtream import XtreamClient, server_address
from jackfield.errors import JackfieldError

XtreamError = JackfieldError
"""What the client raises. Its message names the server, without the login."""

normalised = server_address


class Client(XtreamClient):
    """A login at a server.

    :param server_url: with or without ``/player_api.php`` and the like.
    :param user_agent: text, or a row of ``core.models.UserAgent``.
    """

    def __init__(
        self,
        server_url: str,
        username: str,
        password: str,
        user_agent: Any = None,
        *,
        timeout: tuple[float, float] = (CONNECT_S, READ_S),
    ) -> None:
        agent = str(getattr(user_agent, "user_agent", user_agent) or "VLC/3.0.21")
        super().__init__(server_url, username, password, agent, timeout=timeout)
