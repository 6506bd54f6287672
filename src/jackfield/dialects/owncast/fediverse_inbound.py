"""What a bridge tells of the Fediverse, as the events that plugins hear.

This host has no inbox of its own: it is no ActivityPub server, checks no signatures and fetches no
actors. Whoever has one (a bridge, an Owncast server, a bot) posts here what arrived there, as
operator. Source of the shapes: owncast spec 2.5 and 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from jackfield.errors import InvalidInput
from jackfield.plugins.dialect import EventBus
from jackfield.plugins.events import Event


class Actor(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """Somebody elsewhere."""

    name: str
    handle: str
    url: str = ""
    image: str = ""


class Target(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What something is about: a post's address."""

    url: str


class Attachment(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A picture or other file of a post."""

    url: str
    media_type: str = ""
    alt: str = ""


class Follow(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """Somebody follows."""

    actor: Actor


class Engagement(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """Somebody likes or shares a post of the server's account."""

    actor: Actor
    target: Target


class Post(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A post that mentions the account, or answers it."""

    actor: Actor
    content: str
    content_text: str
    url: str
    posted_at: str
    in_reply_to: str = ""
    attachments: list[Attachment] = []
    language: str = ""


class Quote(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A post that quotes one of the account."""

    actor: Actor
    target: Target
    url: str
    content: str = ""
    content_text: str = ""
    posted_at: str = ""
    in_reply_to: str = ""
    attachments: list[Attachment] = []
    language: str = ""


KINDS: Mapping[str, type[msgspec.Struct]] = {
    "follow": Follow,
    "like": Engagement,
    "repost": Engagement,
    "mention": Post,
    "reply": Post,
    "quote": Quote,
}
ACTIVITY = "fediverse.activity"


def tell(events: EventBus, told: Mapping[str, Any]) -> list[str]:
    """Tell the plugins that may hear of it; returns the names of the events.

    :param told: ``type``, one of :data:`KINDS`, with ``payload``; and ``activity``, the raw
        ActivityPub object, which is an event of its own. One of the two is needed.
    :raises InvalidInput: another type, or a payload that is none of that type.
    """
    found: list[Event] = []
    kind, activity = told.get("type"), told.get("activity")
    if kind is not None:
        if kind not in KINDS:
            raise InvalidInput(
                f"there is no type {kind!r:.60}; there are: {', '.join(KINDS)}", field="type"
            )
        try:
            payload = msgspec.convert(told.get("payload"), KINDS[kind])
        except msgspec.ValidationError as error:
            raise InvalidInput(str(error), field="payload") from None
        found.append(Event(f"fediverse.{kind}", msgspec.to_builtins(payload)))
    if activity is not None:
        if not isinstance(activity, dict):
            raise InvalidInput("expected an object", field="activity")
        found.append(Event(ACTIVITY, activity))
    if not found:
        raise InvalidInput("expected 'type' with 'payload', or 'activity'; found neither")
    for event in found:
        events.notify(event)
    return [event.name for event in found]
