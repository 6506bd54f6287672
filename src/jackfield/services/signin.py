"""Users that plugins vouch for, and the sessions they give to them."""

from __future__ import annotations

from typing import Protocol

import msgspec

MAX_SESSION_S = 30 * 24 * 3600
DEFAULT_SESSION_S = 24 * 3600


class Registration(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """Who a plugin says somebody is (owncast spec 2.6).

    :param auth_id: the person's identity at the provider that the plugin asked; not empty.
    :param scopes: what they may do, such as ``MODERATOR``.
    """

    auth_id: str = ""
    display_name: str | None = None
    scopes: list[str] = []
    profile_url: str = ""
    handle: str = ""
    public: bool = False


class SignIn(Protocol):
    """Accounts by way of a plugin. Thread-safe."""

    def register(self, slug: str, registration: Registration) -> str:
        """Make or find the user with that identity and return the user's id.

        :raises InvalidInput: no identity, an unknown scope, or a profile address that is none.
        """
        ...

    def grant(self, slug: str, user_id: str, ttl: int) -> str:
        """A session token for a user that this plugin registered, good for *ttl* seconds.

        :raises InvalidInput: the user is not this plugin's.
        """
        ...

    def ended(self, slug: str) -> None:
        """The plugin took the session away from the viewer it answers."""
