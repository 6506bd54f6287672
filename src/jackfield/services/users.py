"""Users: who they are, what they may do."""

from __future__ import annotations

from typing import Protocol

import msgspec

MODERATOR = "MODERATOR"
"""Scope of a user who may hide messages, kick and ban."""

ADMIN = "ADMIN"
"""Scope of an operator: everything, the platform API included."""

COLORS = 8
"""How many colours the page has for names."""


class User(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """One person or bot, as chat and plugins see them (owncast spec 2.5).

    :param display_color: 0 to 7, an index into the page's palette.
    :param created_at: RFC 3339, UTC.
    :param disabled_at: set when a moderator banned them.
    """

    id: str
    display_name: str
    display_color: int = msgspec.field(default_factory=int)  # 0 is sent too
    previous_names: tuple[str, ...] = ()
    created_at: str = ""
    disabled_at: str | None = None
    scopes: tuple[str, ...] = ()
    is_bot: bool = False
    is_authenticated: bool = False


class Users(Protocol):
    """Accounts. Every method is thread-safe."""

    def all(self) -> list[User]:
        """Every user that is not a bot, newest first."""
        ...

    def get(self, user_id: str) -> User | None: ...

    def set_enabled(self, user_id: str, enabled: bool, reason: str = "") -> None:
        """Ban a user, or let them in again. A banned user's clients are disconnected.

        :raises NotFound: no such user.
        """

    def ban_ip(self, address: str) -> None:
        """Refuse chat connections from that address from now on.

        :raises InvalidInput: not an IP address.
        """
