"""``server.request``: a plugin's way out, through the host's guarded fetch.

Redirects are followed here, one guarded request each, because the original passes a ``Referer``
on and names the address at which it gave up. Source: servemsx spec 6.3.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from dataclasses import dataclass, field, replace
from typing import Any

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.refusals import domain, native_reason, unusable
from jackfield.dialects.servemsx.request import TOKEN, canonical
from jackfield.dialects.servemsx.tengo_values import (
    bytes_value,
    error_value,
    is_array,
    is_string,
    items_of,
    tengo_map,
    text_of,
    values_of,
)
from jackfield.plugins.permissions import Grants
from jackfield.services.fetch import MAX_SECONDS, Fetch, FetchRefused, FetchRequest, FetchResponse
from jackfield.tengo import Bytes, InvalidArgument, WrongArgumentCount
from jackfield.tengo.values import truthy, type_name, unescaped

MAX_REDIRECTS = 10
USER_AGENT = "Go-http-client/1.1"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD = frozenset({307, 308})
_SECRETS = frozenset({"authorization", "cookie", "cookie2", "www-authenticate"})
_COOKIE_NAME = re.compile(r"[\n\r]")


@dataclass(frozen=True, slots=True)
class _Outgoing:
    method: str
    url: urls.URL
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""


class _Failed(Exception):
    """``str()`` is the text of the error value."""


class Requests:
    """The requests of one run of a script; *follow* and *timeout* stick for the later ones.

    :param deadline: when the run must end, by :func:`time.monotonic`.
    """

    def __init__(self, slug: str, fetch: Fetch | None, grants: Grants, deadline: float) -> None:
        self._slug = slug
        self._fetch = fetch
        self._grants = grants
        self._deadline = deadline
        self._follow = True
        self._timeout = MAX_SECONDS

    def request(self, *args: Any) -> Any:
        """The script's function: a map with the answer, or an error value."""
        if not 1 <= len(args) <= 2:
            raise WrongArgumentCount
        try:
            asked = self._build(text_of(args[0]), args[1] if len(args) == 2 else "GET")
            return self._perform(asked)
        except _Failed as failed:
            return error_value(str(failed))

    # -- what the script asks for -------------------------------------------------------------

    def _build(self, address: str, how: Any) -> _Outgoing:
        method, body, kind, options = "GET", b"", "", {}
        if is_string(how):
            method = text_of(how)
        elif type(how) is Bytes:
            method, body, kind = "POST", bytes(how), "text/plain"
        elif type(how) is dict:
            options = how
            if "body" in how:
                method, (body, kind) = "POST", _body(how["body"])
            if "method" in how:
                method = text_of(how["method"]).upper()
        else:
            raise InvalidArgument("second", "map/bytes/string", type_name(how))
        method = method or "GET"
        if not TOKEN.issuperset(method):
            raise _Failed(f"net/http: invalid method {urls.quote_go(method)}")
        try:
            url = urls.parse(address)
        except urls.URLError as error:
            raise _Failed(str(error)) from None
        headers = {"Content-Type": [kind]} if kind else {}
        asked = _Outgoing(method, url, headers, body)
        return self._with_options(asked, options) if options else asked

    def _with_options(self, asked: _Outgoing, options: dict[Any, Any]) -> _Outgoing:
        url, headers = asked.url, asked.headers
        if "query" in options:
            wanted = options["query"]
            if type(wanted) is dict:
                url = replace(url, raw_query=urls.encode_query(values_of(wanted)))
            elif raw := text_of(wanted):
                url = replace(url, raw_query=raw)
        if type(options.get("header")) is dict:
            headers = {**headers, **values_of(options["header"])}
        listed = options.get("cookies")
        if is_array(listed) and (cookies := _cookies(items_of(listed))):
            before = headers.get("Cookie", [])
            headers = {**headers, "Cookie": ["; ".join([*before, *cookies])]}
        user, password = options.get("user"), options.get("pass")
        if is_string(user) and is_string(password) and user and password:
            headers = {**headers, "Authorization": [_basic(text_of(user), text_of(password))]}
        if "follow" in options and not truthy(options["follow"]):
            self._follow = False
        timeout = options.get("timeout")
        if type(timeout) is int and timeout > 0:
            self._timeout = min(float(timeout), MAX_SECONDS)
        return replace(asked, url=url, headers=headers)

    # -- the exchange -------------------------------------------------------------------------

    def _perform(self, asked: _Outgoing) -> dict[str, Any]:
        until = min(time.monotonic() + self._timeout, self._deadline)
        first, hops = asked.url, 0
        while True:
            sent = _with_userinfo(asked)
            answer = self._once(sent, until)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not self._follow or not location:
                return _result(asked, sent, answer)
            hops += 1
            if hops > MAX_REDIRECTS - 1:
                text = f"stopped after {MAX_REDIRECTS} redirects"
                raise _Failed(_named(asked, text, location))
            asked = _redirected(asked, answer.status, location, first)

    def _once(self, asked: _Outgoing, until: float) -> FetchResponse:
        if (wrong := unusable(asked.url)) is not None:
            raise _Failed(_named(asked, wrong))
        if self._fetch is None or "network.fetch" not in self._grants:
            raise _Failed(_named(asked, "the permission network.fetch is not granted"))
        # A name in other letters goes beside the one that the original sends (servemsx spec 6.3).
        packed = "Range" not in asked.headers  # a part of a packed answer cannot be unpacked
        headers = {
            "User-Agent": [USER_AGENT],
            "Accept-Encoding": ["gzip" if packed else "identity"],
        }
        for name, values in asked.headers.items():
            if not name or not TOKEN.issuperset(name):
                raise _Failed(
                    _named(asked, f"net/http: invalid header field name {urls.quote_go(name)}")
                )
            if any(_COOKIE_NAME.search(value) or "\0" in value for value in values):
                text = f"net/http: invalid header field value for {urls.quote_go(name)}"
                raise _Failed(_named(asked, text))
            headers[name] = [_header_text(value) for value in values]
        request = FetchRequest(
            _address(asked.url),
            asked.method,
            headers,
            asked.body,
            redirects=0,
            seconds=max(0.001, until - time.monotonic()),
        )
        granted = self._grants.get("network.fetch")
        hosts = (granted.values("hosts") if granted is not None else None) or ("*",)
        try:
            return self._fetch.fetch(
                self._slug, request, hosts, local="network.local" in self._grants
            )
        except FetchRefused as error:
            raise _Failed(_named(asked, _reason(error, asked.url))) from None


def _body(value: Any) -> tuple[bytes, str]:
    if type(value) is dict:
        text = urls.encode_query(values_of(value))
        return text.encode(), "application/x-www-form-urlencoded"
    if type(value) is Bytes:
        return bytes(value), "text/plain"
    return text_of(value).encode("utf-8", "surrogateescape"), "text/plain"


def _cookies(items: Any) -> list[str]:
    found = []
    for item in items:
        if type(item) is dict and (name := text_of(item.get("name", ""))):
            value = text_of(item.get("value", ""))
            value = "".join(c for c in value if 0x20 <= ord(c) < 0x7F and c not in '";\\')
            quoted = f'"{value}"' if " " in value or "," in value else value
            found.append(f"{_COOKIE_NAME.sub('-', name)}={quoted}")
    return found


def _basic(user: str, password: str) -> str:
    pair = f"{user}:{password}".encode("utf-8", "surrogateescape")
    return f"Basic {base64.b64encode(pair).decode()}"


def _with_userinfo(asked: _Outgoing) -> _Outgoing:
    """The name and password of the address go into a header, unless there is one."""
    if asked.url.user is None or any(n.lower() == "authorization" for n in asked.headers):
        return asked
    basic = _basic(asked.url.user, asked.url.password or "")
    return replace(asked, headers={**asked.headers, "Authorization": [basic]})


def _address(url: urls.URL) -> str:
    plain = replace(url, user=None, password=None, fragment="", raw_fragment="")
    return str(plain if plain.path else replace(plain, path="/"))


def _header_text(value: str) -> str:
    """What the fetch service sends as these bytes."""
    return value.encode("utf-8", "surrogateescape").decode("latin-1").strip()


def _redirected(asked: _Outgoing, status: int, location: str, first: urls.URL) -> _Outgoing:
    try:
        target = urls.resolve(asked.url, urls.parse(location))
    except urls.URLError as error:
        text = f"failed to parse Location header {urls.quote_go(location)}: {error}"
        raise _Failed(_named(asked, text)) from None
    if asked.url.fragment and not target.fragment:
        target = replace(target, fragment=asked.url.fragment)
    method, body, headers = asked.method, asked.body, dict(asked.headers)
    if status not in _SAME_METHOD:
        if method not in ("GET", "HEAD"):
            method = "GET"
        body = b""
        headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
    if domain(target) != domain(first):
        headers = {n: v for n, v in headers.items() if n.lower() not in _SECRETS}
    headers = {n: v for n, v in headers.items() if n.lower() != "referer"}
    if not (asked.url.scheme == "https" and target.scheme == "http"):
        headers["Referer"] = [str(replace(asked.url, user=None, password=None))]
    return _Outgoing(method, target, headers, body)


def _named(asked: _Outgoing, text: str, address: str = "") -> str:
    method = asked.method[:1] + asked.method[1:].lower()
    password = None if asked.url.password is None else "***"
    address = address or str(replace(asked.url, password=password))
    return f"{method} {urls.quote_go(address)}: {text}"


def _reason(error: FetchRefused, url: urls.URL) -> str:
    """Go's words for why a request failed, where there are any; ours otherwise."""
    if (native := native_reason(error, url)) is not None:
        return native
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _result(asked: _Outgoing, sent: _Outgoing, answer: FetchResponse) -> dict[str, Any]:
    fields = answer.fields or tuple(answer.headers.items())
    headers: dict[str, list[str]] = {}
    for name, value in fields:
        headers.setdefault(canonical(name), []).append(_received(value))
    packed = any("gzip" in value.lower() for value in headers.get("Content-Encoding", ()))
    size = -1
    if packed and asked.method != "HEAD":
        headers.pop("Content-Encoding", None)
        headers.pop("Content-Length", None)
    elif (length := headers.get("Content-Length", [""])[0]).isdigit():
        size = int(length)
    elif not headers.get("Transfer-Encoding") and not answer.fields:
        size = len(answer.body)
    headers.pop("Transfer-Encoding", None)
    user, password = _credentials(sent)
    return {
        "status": answer.status,
        "user": unescaped(user),
        "pass": unescaped(password),
        "header": tengo_map(headers),
        "cookies": [
            {"name": unescaped(name), "value": unescaped(value)}
            for name, value in map(_set_cookie, headers.get("Set-Cookie", ()))
            if name
        ],
        "body": bytes_value(answer.body),
        "size": size,
        "url": unescaped(str(asked.url)),
    }


def _received(value: str) -> str:
    return value.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _set_cookie(line: str) -> tuple[str, str]:
    name, equals, value = line.partition(";")[0].partition("=")
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return (name.strip(), value) if equals else ("", "")


def _credentials(sent: _Outgoing) -> tuple[str, str]:
    header = next((v[0] for n, v in sent.headers.items() if n.lower() == "authorization" and v), "")
    kind, _, packed = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        pair = base64.b64decode(packed.strip(), validate=True)
    except binascii.Error:
        return "", ""
    user, colon, password = pair.decode("utf-8", "surrogateescape").partition(":")
    return (user, password) if colon else ("", "")
