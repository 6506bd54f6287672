"""Addresses as Go's ``net/url`` reads and writes them, with its error texts.

Text is Python text in which an invalid byte stands as a surrogate (PEP 383), so that whatever a
client sends survives. Source: Go's ``net/url`` documentation; servemsx spec 6.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_SEGMENT = _UNRESERVED | frozenset(b"$&+=:@")
_PATH = _UNRESERVED | frozenset(b"$&+,/:;=@")
_VALID_PATH = _PATH | frozenset(b"!'()*[]")
_USER = _UNRESERVED | frozenset(b"$&+,;=")
_FRAGMENT = _UNRESERVED | frozenset(b"$&+,/:;=?@!()*")
_VALID_FRAGMENT = _FRAGMENT | frozenset(b"'[]")
_HOST = _UNRESERVED | frozenset(b"!$&'()*+,;=:[]<>\"")
_HEX = frozenset("0123456789abcdefABCDEF")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PORT = re.compile(r":[0-9]*\Z|\Z")


class URLError(ValueError):
    """The text is no address, or has a bad escape; ``str()`` is Go's text."""


def quote_go(text: str) -> str:
    """Go's ``%q`` of a text."""
    from jackfield.tengo.stdlib import strconv

    return strconv.quote(text)


def _encode(text: str, kept: frozenset[int]) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in raw)


def query_escape(text: str) -> str:
    """``url.QueryEscape``: a space becomes ``+``."""
    return _encode(text, _UNRESERVED | {0x20}).replace(" ", "+")


def path_escape(text: str) -> str:
    """``url.PathEscape``: one segment of a path."""
    return _encode(text, _SEGMENT)


def _unescape(text: str, *, plus: bool = False) -> str:
    if "%" not in text:
        return text.replace("+", " ") if plus else text
    parts = text.split("%")
    out = bytearray(_raw(parts[0], plus=plus))
    for part in parts[1:]:
        if len(part) < 2 or part[0] not in _HEX or part[1] not in _HEX:
            raise URLError(f"invalid URL escape {quote_go('%' + part[:2])}")
        out.append(int(part[:2], 16))
        out += _raw(part[2:], plus=plus)
    return out.decode("utf-8", "surrogateescape")


def _raw(text: str, *, plus: bool) -> bytes:
    return (text.replace("+", " ") if plus else text).encode("utf-8", "surrogateescape")


def query_unescape(text: str) -> str:
    """``url.QueryUnescape``.

    :raises URLError: a bad escape.
    """
    return _unescape(text, plus=True)


def path_unescape(text: str) -> str:
    """``url.PathUnescape``.

    :raises URLError: a bad escape.
    """
    return _unescape(text)


def parse_query(text: str) -> dict[str, list[str]]:
    """``url.ParseQuery`` as ``URL.Query`` uses it: what cannot be read is left out."""
    values: dict[str, list[str]] = {}
    for pair in text.split("&"):
        if not pair or ";" in pair:
            continue
        key, _, value = pair.partition("=")
        try:
            name, text = query_unescape(key), query_unescape(value)
        except URLError:
            continue
        values.setdefault(name, []).append(text)
    return values


def encode_query(values: Mapping[str, Iterable[str]]) -> str:
    """``Values.Encode``: sorted by key."""
    pairs = [
        f"{query_escape(key)}={query_escape(value)}"
        for key in sorted(values, key=lambda key: key.encode("utf-8", "surrogateescape"))
        for value in values[key]
    ]
    return "&".join(pairs)


@dataclass(frozen=True, slots=True)
class URL:
    """The parts of an address, as Go's ``url.URL`` has them.

    :param password: ``None`` where there is none.
    :param path: decoded; *raw_path*: as written, where that differs from the usual encoding.
    """

    scheme: str = ""
    opaque: str = ""
    user: str | None = None
    password: str | None = None
    host: str = ""
    path: str = ""
    raw_path: str = ""
    raw_query: str = ""
    fragment: str = ""
    raw_fragment: str = ""
    force_query: bool = False

    @property
    def escaped_path(self) -> str:
        """The path as it is written in an address."""
        if self.raw_path and _valid(self.raw_path, _VALID_PATH):
            try:
                if path_unescape(self.raw_path) == self.path:
                    return self.raw_path
            except URLError:
                pass
        return "*" if self.path == "*" else _encode(self.path, _PATH)

    @property
    def escaped_fragment(self) -> str:
        """The fragment as it is written in an address."""
        if self.raw_fragment and _valid(self.raw_fragment, _VALID_FRAGMENT):
            try:
                if path_unescape(self.raw_fragment) == self.fragment:
                    return self.raw_fragment
            except URLError:
                pass
        return _encode(self.fragment, _FRAGMENT)

    def __str__(self) -> str:
        text = f"{self.scheme}:" if self.scheme else ""
        if self.opaque:
            text += self.opaque
        else:
            if self.scheme or self.host or self.user is not None:
                if self.host or self.path or self.user is not None:
                    text += "//"
                if self.user is not None:
                    text += _encode(self.user, _USER)
                    text += "" if self.password is None else f":{_encode(self.password, _USER)}"
                    text += "@"
                text += _encode(self.host, _HOST)
            path = self.escaped_path
            if path and not path.startswith("/") and self.host:
                text += "/"
            if not text and ":" in path.partition("/")[0]:
                text += "./"
            text += path
        if self.force_query or self.raw_query:
            text += f"?{self.raw_query}"
        if self.fragment:
            text += f"#{self.escaped_fragment}"
        return text


def _valid(text: str, allowed: frozenset[int]) -> bool:
    return all(byte in allowed or byte == 0x25 for byte in text.encode("utf-8", "surrogateescape"))


def parse(text: str) -> URL:
    """``url.Parse``.

    :raises URLError: with Go's text, such as ``parse "%zz": invalid URL escape "%zz"``.
    """
    rest, hash_mark, fragment = text.partition("#")
    try:
        url = _parse(rest)
    except URLError as error:
        raise URLError(f"parse {quote_go(rest)}: {error}") from None
    if not hash_mark or not fragment:
        return url
    try:
        plain = path_unescape(fragment)
    except URLError as error:
        raise URLError(f"parse {quote_go(text)}: {error}") from None
    raw = "" if _encode(plain, _FRAGMENT) == fragment else fragment
    return replace(url, fragment=plain, raw_fragment=raw)


def _parse(text: str) -> URL:
    if _CONTROL.search(text):
        raise URLError("net/url: invalid control character in URL")
    if text == "*":
        return URL(path="*")
    scheme, rest = _scheme(text)
    force = rest.endswith("?") and rest.count("?") == 1
    rest, _, query = (rest[:-1], "", "") if force else rest.partition("?")
    url = URL(scheme=scheme.lower(), raw_query=query, force_query=force)
    if not rest.startswith("/"):
        if scheme:
            return replace(url, opaque=rest)
        if ":" in rest.partition("/")[0]:
            raise URLError("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        url = _with_authority(url, authority)
        rest = slash + path
    path = path_unescape(rest)
    raw = "" if _encode(path, _PATH) == rest else rest
    return replace(url, path=path, raw_path=raw)


def _scheme(text: str) -> tuple[str, str]:
    for place, character in enumerate(text):
        if character.isascii() and character.isalpha():
            continue
        if (character.isascii() and character.isdigit()) or character in "+-.":
            if place == 0:
                break
            continue
        if character == ":":
            if place == 0:
                raise URLError("missing protocol scheme")
            return text[:place], text[place + 1 :]
        break
    return "", text


def _with_authority(url: URL, authority: str) -> URL:
    info, at, host = authority.rpartition("@")
    url = replace(url, host=_host(host))
    if not at:
        return url
    if any(byte not in _USER and chr(byte) not in ":%@!*'()" for byte in info.encode()):
        raise URLError("net/url: invalid userinfo")
    name, colon, password = info.partition(":")
    return replace(
        url,
        user=path_unescape(name),
        password=path_unescape(password) if colon else None,
    )


def _host(host: str) -> str:
    if host.startswith("["):
        end = host.rfind("]")
        if end < 0:
            raise URLError("missing ']' in host")
        if not _PORT.match(host[end + 1 :]):
            raise URLError(f"invalid port {quote_go(host[end + 1 :])} after host")
        inside, zone, rest = host[: end + 1].partition("%25")
        if zone:
            return inside + _host_unescape("%" + rest[:-1], zone=True) + host[end:]
    elif ":" in host:
        port = host[host.rfind(":") :]
        if not _PORT.match(port):
            raise URLError(f"invalid port {quote_go(port)} after host")
    return _host_unescape(host)


def _host_unescape(host: str, *, zone: bool = False) -> str:
    if zone:
        return host[0] + path_unescape(host[1:])
    for part in host.split("%")[1:]:
        if len(part) < 2 or part[0] not in _HEX or part[1] not in _HEX:
            raise URLError(f"invalid URL escape {quote_go('%' + part[:2])}")
        if int(part[:2], 16) < 0x80 and part[:2] != "25":
            raise URLError(f"invalid URL escape {quote_go('%' + part[:2])}")
    for character in host:
        if ord(character) < 0x80 and ord(character) not in _HOST and character != "%":
            raise URLError(f"invalid character {quote_go(character)} in host name")
    return path_unescape(host)


def resolve(base: URL, reference: URL) -> URL:
    """``URL.ResolveReference``."""
    if reference.scheme or reference.host or reference.user is not None:
        url = replace(reference, scheme=reference.scheme or base.scheme)
        return url if url.opaque else _with_path(url, _resolved(url.escaped_path, ""))
    if reference.opaque:
        return replace(reference, scheme=base.scheme)
    url = replace(reference, scheme=base.scheme)
    if not reference.path and not reference.force_query and not reference.raw_query:
        url = replace(url, raw_query=base.raw_query)
        if not reference.fragment:
            url = replace(url, fragment=base.fragment, raw_fragment=base.raw_fragment)
    if not reference.path and base.opaque:
        return replace(url, opaque=base.opaque)
    url = replace(url, host=base.host, user=base.user, password=base.password)
    return _with_path(url, _resolved(base.escaped_path, reference.escaped_path))


def _with_path(url: URL, escaped: str) -> URL:
    path = path_unescape(escaped)
    return replace(url, path=path, raw_path="" if _encode(path, _PATH) == escaped else escaped)


def _resolved(base: str, reference: str) -> str:
    if not reference:
        full = base
    elif reference.startswith("/"):
        full = reference
    else:
        full = base[: base.rfind("/") + 1] + reference
    if not full:
        return ""
    kept: list[str] = []
    segments = full.split("/")
    for segment in segments[1:] if full.startswith("/") else segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    path = "/" + "/".join(kept)
    if segments[-1] in (".", "..") and not path.endswith("/"):
        path += "/"
    return "/" + path.lstrip("/") if path.startswith("//") else path
