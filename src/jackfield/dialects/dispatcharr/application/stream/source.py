"""One way to get a channel's picture: a stream's URL as one of its account's profiles has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jackfield.errors import JackfieldError


class StreamError(JackfieldError):
    """A channel cannot be played now; the message says why."""

    code = "stream_unavailable"
    status = 503


class UpstreamError(StreamError):
    """The provider, or the program that reads it, did not deliver."""

    code = "upstream_failed"
    status = 502


@dataclass(frozen=True, slots=True)
class Source:
    """What to open and on whose account.

    :param kind: ``proxy`` reads the URL itself, ``command`` starts a program that writes the
        stream to its standard output, ``redirect`` sends players to the URL.
    :param command: program and arguments, placeholders already filled.
    :param slot: the :class:`~apps.m3u.models.M3UAccountProfile` whose connections it counts
        against, ``None`` for a stream without an account.
    :param slots: how many connections that profile may have at once; 0 for any number.
    """

    stream_id: int
    stream_name: str
    url: str
    kind: Literal["proxy", "command", "redirect"] = "proxy"
    command: tuple[str, ...] = ()
    user_agent: str = ""
    account: str = ""
    slot: int | None = None
    slots: int = 0
    slot_name: str = ""
    profile: str = ""
    profile_id: int | None = None

    @property
    def key(self) -> tuple[int, int | None, str]:
        """The same for the same stream over the same profile."""
        return (self.stream_id, self.slot, self.url)
