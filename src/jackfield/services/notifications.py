"""Messages that leave the server on its owner's behalf."""

from __future__ import annotations

from typing import Protocol

import msgspec


class BrowserPush(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """A push notification to everyone who subscribed in their browser."""

    title: str = ""
    body: str = ""
    url: str = ""


class FediverseNotice(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """A notice to the server's Fediverse followers."""

    type: str = ""
    body: str = ""
    image: str = ""
    link: str = ""


class Notifications(Protocol):
    """Sends notices; returns at once. Thread-safe."""

    def discord(self, slug: str, text: str) -> None: ...

    def browser_push(self, slug: str, push: BrowserPush) -> None: ...

    def fediverse(self, slug: str, notice: FediverseNotice) -> None: ...
