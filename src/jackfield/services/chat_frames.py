"""What the server says to a chat client: one JSON object a frame, told apart by ``type``.

The protocol is described for authors of clients in ``docs/reference/chat-protocol.md``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from jackfield.services.users import User

PROTOCOL = 1
"""Grows when a client of an earlier version would no longer understand."""


class Person(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """What everybody in the chat may know of somebody."""

    id: str
    display_name: str
    display_color: int = msgspec.field(default_factory=int)  # 0 is sent too
    scopes: tuple[str, ...] = ()
    is_bot: bool = False

    @classmethod
    def of(cls, user: User) -> Person:
        """That user without what is private to them."""
        return cls(
            id=user.id,
            display_name=user.display_name,
            display_color=user.display_color,
            scopes=user.scopes,
            is_bot=user.is_bot,
        )


class Shown(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """One message as the page shows it.

    :param seq: its place in the order that everybody sees; the next one's is higher, not by 1.
    :param kind: ``message``, ``action`` or ``system``.
    :param body: as written; empty for the system's.
    :param html: safe to show as it is.
    :param hidden: taken out of view; only moderators are told of such a message.
    """

    id: str
    seq: int
    kind: str
    user: Person | None = None
    body: str = msgspec.field(default="")
    html: str = ""
    timestamp: str = ""
    source: str = ""
    hidden: bool = False


class Frame(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """Parent of all frames."""

    def encoded(self) -> str:
        """The frame as it goes over the wire."""
        return msgspec.json.encode(self).decode()


class Hello(Frame, tag="hello", frozen=True):
    """First frame of a connection.

    :param messages: with ``since``: what came after it; else the newest. Oldest first.
    :param people: who is here, you among them; at most as many as the host lists.
    :param here: how many are here, listed or not.
    :param gap: there is more between ``since`` and these than is sent: forget what came before.
    :param more: there are older ones to page back to.
    :param hidden: ids that are out of view now and that a reconnecting page may still show.
    """

    protocol: int
    client_id: int
    you: User
    messages: list[Shown]
    people: list[Person]
    here: int
    gap: bool
    more: bool
    hidden: list[str]
    limits: dict[str, int]


class Message(Frame, tag="message", frozen=True):
    """Somebody said something."""

    message: Shown


class Ack(Frame, tag="ack", frozen=True):
    """Your message with that nonce is stored for good, and this is what it became."""

    nonce: str
    message: Shown


class Refused(Frame, tag="refused", frozen=True):
    """Your message with that nonce was neither stored nor shown.

    :param by: slug of the plugin that dropped it; empty when the host refused it.
    :param retry_after: seconds after which the same may be sent again; 0 when that is useless.
    """

    nonce: str
    code: str
    reason: str
    by: str = ""
    retry_after: int = 0


class Notice(Frame, tag="notice", frozen=True):
    """Something that only you see."""

    html: str
    source: str = ""


class Joined(Frame, tag="joined", frozen=True):
    """Somebody came."""

    person: Person


class Parted(Frame, tag="parted", frozen=True):
    """Somebody left."""

    id: str


class PersonChanged(Frame, tag="person", frozen=True):
    """Somebody has another name, colour or scope.

    :param previous_name: set when it is the name.
    """

    person: Person
    previous_name: str = ""


class You(Frame, tag="you", frozen=True):
    """You have another name, colour or scope."""

    you: User


class Moderated(Frame, tag="moderated", frozen=True):
    """Messages went out of view, or one came back.

    :param message: with *visible*: the message, for those who do not have it.
    """

    ids: list[str]
    visible: bool
    message: Shown | None = None


class History(Frame, tag="history", frozen=True):
    """The answer to ``older``. Oldest first."""

    messages: list[Shown]
    more: bool


class Failed(Frame, tag="error", frozen=True):
    """A request of yours, other than a message, was not done."""

    error: dict[str, Any]
    request: str = ""


class Done(Frame, tag="done", frozen=True):
    """A request of yours, other than a message, was done."""

    request: str


class Ping(Frame, tag="ping", frozen=True):
    """Answer with ``pong``; who does not is taken for gone."""


class Bye(Frame, tag="bye", frozen=True):
    """Last frame before the server closes the connection.

    :param retry: whether connecting again makes sense.
    """

    code: str
    reason: str
    retry: bool
