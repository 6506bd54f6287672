"""What a chat client says to the server: one JSON object a frame, told apart by ``type``.

The protocol is described for authors of clients in ``docs/reference/chat-protocol.md``.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from jackfield.errors import InvalidInput

_MAX_SEQ = 2**63 - 1  # the largest integer of the store


class Request(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """Parent of all requests.

    :param request: the client's own mark; the answer carries it.
    """

    request: str = ""


class Post(Request, tag="post", frozen=True):
    """Say something. Sent again with the same nonce it is stored once."""

    nonce: str
    body: str


class Rename(Request, tag="rename", frozen=True):
    """Take another name."""

    name: str


class Recolor(Request, tag="color", frozen=True):
    """Take another colour."""

    color: int


class Older(Request, tag="older", frozen=True):
    """Page back: messages before that ``seq``."""

    before: Annotated[int, msgspec.Meta(ge=-_MAX_SEQ, le=_MAX_SEQ)]
    limit: int = 50


class Hide(Request, tag="hide", frozen=True):
    """Moderators: take a message out of view."""

    id: str


class Restore(Request, tag="restore", frozen=True):
    """Moderators: bring it back."""

    id: str


class Kick(Request, tag="kick", frozen=True):
    """Moderators: close somebody's connections."""

    user: str


class Ban(Request, tag="ban", frozen=True):
    """Moderators: ban somebody, and on demand the addresses they use now."""

    user: str
    reason: str = ""
    address: bool = False


class Unban(Request, tag="unban", frozen=True):
    """Moderators: let somebody in again."""

    user: str


class Pong(Request, tag="pong", frozen=True):
    """The answer to ``ping``."""


AnyRequest = Post | Rename | Recolor | Older | Hide | Restore | Kick | Ban | Unban | Pong

_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)


def decode(frame: str) -> AnyRequest:
    """Read a client's frame.

    :raises InvalidInput: not JSON, or not a request of this protocol.
    """
    try:
        return _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise InvalidInput(f"not a request of the chat protocol: {error}") from None
