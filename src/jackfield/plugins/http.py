"""A request to a plugin and its answer, as plain values that any dialect can carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request that a site hands to a plugin.

    :param path: decoded, relative to the plugin, with a leading slash.
    :param query: name → values in order.
    :param headers: lower-cased name → values in order.
    :param user: the viewer, in the dialect's own form, or ``None``.
    :param admin: whether the caller proved to be an operator.
    :param secure: whether the caller came by HTTPS, as far as the site can tell.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""
    user: Mapping[str, Any] | None = None
    admin: bool = False
    secure: bool = False


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A plugin's answer. *headers* are pairs, because a name may repeat."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
