"""What the server says about itself."""

from __future__ import annotations

from typing import Protocol

import msgspec


class ServerInfo(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """Name and texts of this server (owncast spec 2.5)."""

    name: str = ""
    url: str = ""
    summary: str = ""
    welcome_message: str = ""
    version: str = ""


class SocialHandle(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """One link to the streamer elsewhere."""

    platform: str
    url: str
    icon: str = ""


class Emote(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that chat shows for ``:name:``; *url* is relative to the server."""

    name: str
    url: str


class FederationInfo(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """Whether this server takes part in the Fediverse, and as whom."""

    enabled: bool = msgspec.field(default_factory=lambda: False)
    username: str = ""
    is_private: bool = False


class Server(Protocol):
    """Facts about this server. Thread-safe."""

    def info(self) -> ServerInfo: ...

    def socials(self) -> list[SocialHandle]: ...

    def emotes(self) -> list[Emote]: ...

    def federation(self) -> FederationInfo: ...

    def tags(self) -> list[str]: ...
