"""Posts as an account that the operator has on a Fediverse server with Mastodon's client API.

This host is no Fediverse server itself: it has no inbox, signs nothing and has no followers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from jackfield.errors import InvalidInput, Unavailable
from jackfield.services.fetch import Fetch, FetchRefused, FetchRequest
from jackfield.services.host_settings import HostSettings
from jackfield.services.rate_limits import RateLimits

DOCUMENT = "fediverse"
RATE = "5/hour"
"""Posts that a plugin may make (owncast spec 10.1)."""

SECONDS = 10.0


class FediverseDocument(
    msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The account.

    :param instance: its server, such as ``https://mastodon.example``.
    :param access_token: an access token with the right to write statuses.
    :param visibility: who sees the posts: ``public``, ``unlisted``, ``private`` or ``direct``.
    :param local: whether the server may be in this machine's own network.
    """

    instance: str = ""
    access_token: str = ""
    visibility: str = "public"
    local: bool = False


class _Status(msgspec.Struct):
    url: str | None = None
    uri: str = ""


class FediverseAccount:
    """See :class:`~jackfield.services.fediverse.Fediverse`."""

    def __init__(self, settings: HostSettings, fetch: Fetch) -> None:
        self._settings = settings
        self._fetch = fetch
        self._limits = RateLimits({"post": RATE})

    def document(self) -> FediverseDocument:
        """The account now; the token is in it, so it must not be shown."""
        return self._settings.read(DOCUMENT, FediverseDocument)

    def change(self, changes: Mapping[str, Any]) -> FediverseDocument:
        """Use another account.

        :raises InvalidInput: no address, or no such member or visibility.
        """
        instance = changes.get("instance", "")
        if instance and (
            not isinstance(instance, str)
            or not instance.startswith(("https://", "http://"))
            or not urlsplit(instance).hostname
        ):
            raise InvalidInput("expected an address that begins with https://", field="instance")
        seen = changes.get("visibility", "public")
        if seen not in ("public", "unlisted", "private", "direct"):
            raise InvalidInput(f"there is no visibility {seen!r}", field="visibility")
        return self._settings.change(DOCUMENT, FediverseDocument, changes)

    def post(self, slug: str, text: str) -> str:
        """Publish a post and return its address.

        :raises Unavailable: the operator named no account.
        :raises InvalidInput: there is no text.
        :raises RateLimited: the plugin has posted too often.
        :raises FetchRefused: the server cannot be reached or refuses.
        """
        account = self.document()
        if not account.instance or not account.access_token:
            raise Unavailable(
                "this host has no Fediverse account",
                hint="the operator can enter one",
                plugin=slug,
            )
        if not text.strip():
            raise InvalidInput("the post is empty", plugin=slug)
        self._limits.spend("post", slug)
        request = FetchRequest(
            f"{account.instance.rstrip('/')}/api/v1/statuses",
            "POST",
            {
                "content-type": "application/json",
                "authorization": f"Bearer {account.access_token}",
            },
            msgspec.json.encode({"status": text, "visibility": account.visibility}),
            redirects=0,
            seconds=SECONDS,
        )
        host = urlsplit(account.instance).hostname or ""
        answer = self._fetch.fetch(slug, request, [host], local=account.local)
        if answer.status >= 300:
            raise FetchRefused(f"{host} answered {answer.status}", plugin=slug)
        try:
            status = msgspec.json.decode(answer.body, type=_Status)
        except msgspec.MsgspecError:
            return ""
        return status.url or status.uri
