"""Requests that plugins make to other servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jackfield.errors import JackfieldError

MAX_BODY_BYTES = 10 * 1024 * 1024


class FetchRefused(JackfieldError):
    """The request did not take place, or its answer cannot be handed on."""

    code = "fetch_refused"
    status = 502


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One request. *headers* have one value a name."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """The answer to it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Fetch(Protocol):
    """The way out. Thread-safe; blocks until the answer is there."""

    def fetch(self, slug: str, request: FetchRequest, hosts: Sequence[str]) -> FetchResponse:
        """Make the request, if its host and that of every redirect match one of the globs *hosts*.

        :raises FetchRefused: a host that is not allowed, a bad address, no connection, or a body
            above :data:`MAX_BODY_BYTES`.
        """
        ...
