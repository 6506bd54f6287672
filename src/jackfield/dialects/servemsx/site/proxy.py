"""``/proxy.m3u8``: a playlist of another server, fetched with headers that a player cannot send.

Source: servemsx spec 8. The original forwards the length of the unchanged playlist, which cuts
the changed one; here the length is the one of what is sent.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.site.access import Access
from jackfield.dialects.servemsx.site.ask import Ask
from jackfield.dialects.servemsx.site.faults import Fault
from jackfield.dialects.servemsx.site.outward import Outward
from jackfield.services.sniffing import sniff

_NOT_HANDED_ON = frozenset(
    {
        *("connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "te"),
        *("content-length", "content-encoding", "date", "set-cookie", "alt-svc"),
        *("strict-transport-security", "clear-site-data"),
        *("access-control-allow-origin", "access-control-allow-headers"),
        *("access-control-allow-methods",),
    }
)
_MEDIA = "#EXT-X-MEDIA"


class PlaylistProxy:
    """Fetches playlists for those nearby."""

    def __init__(self, outward: Outward, access: Access) -> None:
        self._outward = outward
        self._access = access

    def __call__(self, ask: Ask) -> Response:
        """The playlist of ``link``, fetched with each ``header`` (``Name:Value``)."""
        link = ask.value("link")
        if not link:
            raise Fault(400)
        self._access.require_nearby(ask)
        try:
            base = urls.parse(link)
        except urls.URLError as error:
            raise Fault(str(error)) from None
        headers: dict[str, list[str]] = {}
        for pair in ask.values("header"):
            name, colon, value = pair.partition(":")
            if colon:
                headers.setdefault(name, []).append(value.strip())
        answer = self._outward.get(link, headers=headers, local=self._access.is_operator(ask))
        playlist = with_absolute_addresses(answer.body, base)
        response = Response(playlist, answer.status)
        if playlist and not any(name.lower() == "content-type" for name, _ in answer.fields):
            response.headers["content-type"] = sniff(playlist)
        for name, value in answer.fields:
            if name.lower() not in _NOT_HANDED_ON:
                response.headers.append(name, value)
        return response


def with_absolute_addresses(playlist: bytes, base: urls.URL) -> bytes:
    """Every address in a playlist written out, relative to *base*; the rest as it is."""
    text = playlist.decode("utf-8", "surrogateescape")
    *whole, last = text.split("\n")  # at nothing else: an address may hold other separators
    lines = [*(f"{line}\n" for line in whole), last]
    resolve = _resolver(base)
    return "".join(_line(line, resolve) for line in lines).encode("utf-8", "surrogateescape")


def _resolver(base: urls.URL) -> Callable[[str], str | None]:
    def resolve(reference: str) -> str | None:
        try:
            return str(urls.resolve(base, urls.parse(reference)))
        except urls.URLError:
            return None

    return resolve


def _line(line: str, resolve: Callable[[str], str | None]) -> str:
    if not line.strip():
        return line
    if not line.startswith("#"):
        address = resolve(line.strip())
        return line if address is None else f"{address}\r\n"
    if line.startswith(_MEDIA):
        before, comma, last = line.rpartition(",")
        if comma and last.startswith('URI="') and last.count('"') > 1:
            address = resolve(last[5:].partition('"')[0])
            if address is not None:
                return f'{before},URI="{address}"\r\n'
    return line
