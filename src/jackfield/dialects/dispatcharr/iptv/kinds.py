"""What somebody gave to be imported: a playlist, a guide or an Xtream server; and its name.

Used on both sides of the link, so it knows no database.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Literal, get_args
from urllib.parse import parse_qs, unquote, urlsplit

from jackfield.dialects.dispatcharr.iptv.download import shown
from jackfield.dialects.dispatcharr.iptv.faults import BadSource
from jackfield.dialects.dispatcharr.iptv.unpacking import open_source
from jackfield.errors import InvalidInput

Kind = Literal["m3u", "epg", "xtream"]

_GUIDE = re.compile(
    r"(\.xml|\.xmltv|\.xmltv\.php|xmltv\.php|/xmltv|/epg)(\.(gz|xz|zip))?$", re.IGNORECASE
)
_WEB_PAGE = re.compile(rb"<(!doctype\s{1,9}html|html|head|body)\b", re.IGNORECASE)
_ENDINGS = (".gz", ".xz", ".zip", ".m3u", ".m3u8", ".xml", ".xmltv", ".php")
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def is_address(source: str) -> bool:
    """Whether it is an address, not a file."""
    return bool(_ADDRESS.match(source))


def kind_of(source: str, said: str = "", *, login: bool = False) -> Kind:
    """What *source* is.

    :param said: what the user says it is; empty leaves it to us: what the file begins with, how the
        address ends, and whether there is a *login*.
    :raises InvalidInput: *said* is none of the kinds.
    :raises BadSource: a file that cannot be read, or an address of another scheme.
    """
    if said:
        for kind in get_args(Kind):
            if said == kind:
                return kind
        raise InvalidInput(f"expected {', '.join(get_args(Kind))}, found {said!r}", field="--type")
    if not is_address(source):
        return _kind_of_file(Path(source))
    parts = urlsplit(source)
    if parts.scheme.lower() not in ("http", "https"):
        raise BadSource("is no http or https address", file=shown(source))
    path = parts.path.lower()
    if path.endswith("/player_api.php") or (login and not path.endswith((".m3u", ".m3u8"))):
        return "xtream"
    return "epg" if _GUIDE.search(path) else "m3u"


def _kind_of_file(path: Path) -> Kind:
    with open_source(path, (".m3u", ".m3u8", ".xml", ".xmltv")) as source:
        head = source.read(4096).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    if head.startswith(b"<") and b"<tv" not in head and _WEB_PAGE.search(head):
        raise BadSource(
            "is a web page, neither a playlist nor a guide",
            file=str(path),
            hint="was it saved from an address that wants a login, or answered with an error?",
        )
    return "epg" if head.startswith((b"<", b"\0<")) else "m3u"


def login_of(source: str) -> tuple[str, str]:
    """User name and password that stand in an Xtream address, or two empty texts."""
    try:
        query = parse_qs(urlsplit(source).query)
    except ValueError:
        return "", ""
    return query.get("username", [""])[0], query.get("password", [""])[0]


def name_of(source: str) -> str:
    """What to call it when the user does not say: the file's name, or the address' place."""
    if is_address(source):
        parts = urlsplit(source)
        name = unquote(PurePosixPath(parts.path).name)
        host = parts.hostname or "source"
        plain = _without_endings(name)
        generic = plain.lower() in ("", "get", "player_api", "playlist", "index", "xmltv", "epg")
        return host if generic else f"{host} {plain}"
    return _without_endings(Path(source).name) or "source"


def _without_endings(name: str) -> str:
    while name.lower().endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    return name
