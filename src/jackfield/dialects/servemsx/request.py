"""A request to a plugin, as the original's scripts see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from jackfield.dialects.servemsx import urls

TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def canonical(name: str) -> str:
    """A header's name as Go writes it: ``X-Multi-Word``; one that is no token stays as it is."""
    if not name or not TOKEN.issuperset(name):
        return name
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


@dataclass(frozen=True)
class PluginRequest:
    """One request.

    :param target: path and query as the client sent them, below *mount*: ``/hello/opa?x=1``.
    :param headers: pairs in order; names in any case.
    :param host: the ``Host`` header.
    :param remote: ``IP:PORT``.
    :param mount: the prefix below which the site answers, such as ``/servemsx``; may be empty.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    host: str = "localhost"
    remote: str = ""
    scheme: str = "http"
    proto: str = "HTTP/1.1"
    mount: str = ""
    too_large: bool = field(default=False)

    @cached_property
    def raw_path(self) -> str:
        """The path as sent."""
        return self.target.partition("?")[0]

    @cached_property
    def raw_query(self) -> str:
        """The query as sent, without its ``?``."""
        return self.target.partition("?")[2]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The query's fields."""
        return urls.parse_query(self.raw_query)

    @cached_property
    def header_map(self) -> dict[str, list[str]]:
        """Canonical name → values; ``Host`` is not in it (servemsx spec 5)."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            if name.lower() != "host":
                found.setdefault(canonical(name), []).append(value)
        return found

    def header(self, name: str) -> str:
        """The first value of a header; empty where there is none."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    @property
    def site(self) -> str:
        """Host and mount: what scripts put behind ``http://`` to reach the host's own pages."""
        return self.host + self.mount
