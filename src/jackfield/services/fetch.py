"""Requests that plugins make to other servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jackfield.errors import JackfieldError

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 10
MAX_SECONDS = 30.0


class FetchRefused(JackfieldError):
    """The request did not take place, or its answer cannot be handed on."""

    code = "fetch_refused"
    status = 502


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One request.

    :param method: sent as it is written; empty for ``GET``.
    :param headers: name → value, or values where a name repeats.
    :param redirects: how many to follow; with 0 the first answer is the answer.
    :param seconds: how long all of it may take.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    body: bytes = b""
    redirects: int = MAX_REDIRECTS
    seconds: float = MAX_SECONDS


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """The answer to it.

    :param headers: lower-cased name → value; repeated names are joined by a comma.
    :param fields: every header as it came, in order.
    :param url: where the answer came from, after redirects.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fields: tuple[tuple[str, str], ...] = ()
    url: str = ""


class Fetch(Protocol):
    """The way out. Thread-safe; blocks until the answer is there."""

    def fetch(
        self, slug: str, request: FetchRequest, hosts: Sequence[str], *, local: bool = False
    ) -> FetchResponse:
        """Make the request, if its host and that of every redirect match one of the globs *hosts*.

        :param local: whether addresses of this machine and of private networks may be reached.
        :raises FetchRefused: a host that is not allowed, a bad address, no connection, or a body
            above :data:`MAX_BODY_BYTES`.
        """
        ...
