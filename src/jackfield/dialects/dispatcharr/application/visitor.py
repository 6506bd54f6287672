"""Who asks, from where, and under which address they see us."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import HTTPConnection

from jackfield.dialects.dispatcharr.application import contract


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor as the host-side site vouches for them.

    :param level: of the user, see :mod:`.contract`; :data:`~.contract.ANONYMOUS` without one.
    :param address: where they come from; empty when the site did not say.
    :param base: the address of the site as they see it, no slash at its end.
    :param prefix: the path in *base*.
    """

    id: int | None
    name: str
    level: int
    address: str
    base: str
    prefix: str

    @property
    def is_admin(self) -> bool:
        return self.level >= contract.ADMIN

    @property
    def watches_up_to(self) -> int:
        """The level of channels that they may watch: without a user, those open to all."""
        return max(self.level, contract.STREAMER)


def visitor_of(request: HTTPConnection) -> Visitor:
    """Read the site's headers. They are trusted: the socket lets nobody else in."""
    headers = request.headers
    level = _number(headers.get(contract.LEVEL))
    prefix = headers.get(contract.PREFIX, "").rstrip("/")
    scheme = headers.get(contract.SCHEME) or request.url.scheme
    host = headers.get("host") or request.url.netloc
    return Visitor(
        id=_number(headers.get(contract.USER_ID)),
        name=unquote(headers.get(contract.USER, "")),
        level=contract.ANONYMOUS if level is None else level,
        address=headers.get(contract.ADDRESS, "").strip(),
        base=f"{scheme}://{host}{prefix}",
        prefix=prefix,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
