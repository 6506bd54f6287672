"""The facts about this server, as its operator wrote them."""

from __future__ import annotations

from importlib.metadata import version

import msgspec

from jackfield.services.host_settings import HostSettings
from jackfield.services.server import Emote, FederationInfo, ServerInfo, SocialHandle

DOCUMENT = "server"


class ServerDocument(
    msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Everything that plugins may read about the server; see :mod:`~jackfield.services.server`."""

    name: str = ""
    url: str = ""
    summary: str = ""
    welcome_message: str = ""
    socials: list[SocialHandle] = []
    tags: list[str] = []
    emotes: list[Emote] = []
    federation: FederationInfo = FederationInfo()


class OwnServer:
    """See :class:`~jackfield.services.server.Server`."""

    def __init__(self, settings: HostSettings) -> None:
        self._settings = settings

    def document(self) -> ServerDocument:
        """All of it."""
        return self._settings.read(DOCUMENT, ServerDocument)

    def change(self, changes: dict[str, object]) -> ServerDocument:
        """Replace some members.

        :raises InvalidInput: there is no such member, or its value has the wrong type.
        """
        return self._settings.change(DOCUMENT, ServerDocument, changes)

    def info(self) -> ServerInfo:
        found = self.document()
        return ServerInfo(
            name=found.name,
            url=found.url,
            summary=found.summary,
            welcome_message=found.welcome_message,
            version=version("jackfield"),
        )

    def socials(self) -> list[SocialHandle]:
        return self.document().socials

    def emotes(self) -> list[Emote]:
        return self.document().emotes

    def federation(self) -> FederationInfo:
        return self.document().federation

    def tags(self) -> list[str]:
        return self.document().tags
