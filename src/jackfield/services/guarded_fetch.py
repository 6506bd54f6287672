"""The way out for plugins: to hosts that were granted, over checked addresses, within limits."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Sequence

import httpx2
from httpcore2 import ConnectionPool, NetworkBackend, SyncBackend

from jackfield.errors import InvalidInput
from jackfield.services.fetch import (
    MAX_BODY_BYTES,
    MAX_SECONDS,
    FetchRefused,
    FetchRequest,
    FetchResponse,
)
from jackfield.services.globs import glob_matches
from jackfield.services.public_addresses import PrivateAddress, PublicNetwork, Resolve, resolve
from jackfield.services.timed_network import TimedNetwork, until

USER_AGENT = "Jackfield"

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHOD_STAYS = frozenset({307, 308})
_REDIRECTS = frozenset({301, 302, 303}) | _METHOD_STAYS
_SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})
_CONTENT = frozenset({"content-length", "content-type", "content-encoding", "transfer-encoding"})
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class GuardedFetch:
    """Fetches for plugins. Source of the rules: owncast spec 10.5, and stricter where that is lax:
    redirects are checked like the first address, and private addresses need a right of their own.

    :param resolve: name → addresses; for tests.
    """

    def __init__(self, resolve: Resolve = resolve) -> None:
        tls = ssl.create_default_context()
        self._public = _transport(tls, PublicNetwork(resolve))
        self._anywhere = _transport(tls, SyncBackend())

    def fetch(
        self, slug: str, request: FetchRequest, hosts: Sequence[str], *, local: bool = False
    ) -> FetchResponse:
        """See :class:`jackfield.services.fetch.Fetch`."""
        transport = self._anywhere if local else self._public
        deadline = time.monotonic() + min(request.seconds, MAX_SECONDS)
        url = _parse(slug, request.url)
        method, body = request.method or "GET", request.body
        if not _METHOD.fullmatch(method):
            raise FetchRefused(f"{method[:40]!r} is no method; expected GET or such", plugin=slug)
        headers = [
            (name, value)
            for name, values in request.headers.items()
            for value in ([values] if isinstance(values, str) else values)
            if name.lower() not in _OURS
        ]
        for hop in range(request.redirects + 1):
            _check_host(slug, url, hosts)
            answer = _exchange(transport, slug, method, url, headers, body, deadline)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None or hop >= request.redirects:
                if answer.status in _REDIRECTS and location is not None and request.redirects:
                    raise FetchRefused(f"stopped after {hop} redirects", plugin=slug)
                return answer
            target = _parse(slug, str(url.join(location)))
            if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
                headers = [h for h in headers if h[0].lower() not in _SECRETS]
            if answer.status not in _METHOD_STAYS and method not in ("GET", "HEAD"):
                method, body = "GET", b""
                headers = [h for h in headers if h[0].lower() not in _CONTENT]
            url = target
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close idle connections."""
        self._public.close()
        self._anywhere.close()


def _transport(tls: ssl.SSLContext, network: NetworkBackend) -> httpx2.HTTPTransport:
    """A transport alone, not a client: nothing is read from the environment, and no cookie of one
    plugin's request is kept for another's."""
    transport = httpx2.HTTPTransport(verify=tls, trust_env=False)
    transport._pool = ConnectionPool(  # noqa: SLF001 - there is no door for a network of one's own
        ssl_context=tls,
        network_backend=TimedNetwork(network),
        max_connections=64,
        max_keepalive_connections=16,
        keepalive_expiry=15,
    )
    return transport


def _parse(slug: str, text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise FetchRefused(f"{text[:200]!r} is no address: {error}", plugin=slug) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchRefused(
            f"{text[:200]!r} cannot be fetched; expected http://… or https://…", plugin=slug
        )
    return url


def _check_host(slug: str, url: httpx2.URL, hosts: Sequence[str]) -> None:
    host = url.host.lower().rstrip(".")
    try:
        if any(glob_matches(glob.lower().rstrip("."), host) for glob in hosts):
            return
    except InvalidInput as error:
        raise FetchRefused(error.message, plugin=slug) from None
    allowed = ", ".join(hosts) or "none"
    raise FetchRefused(f"host {host!r} was not granted; granted: {allowed}", plugin=slug)


def _exchange(
    transport: httpx2.HTTPTransport,
    slug: str,
    method: str,
    url: httpx2.URL,
    headers: list[tuple[str, str]],
    body: bytes,
    deadline: float,
) -> FetchResponse:
    left = max(0.001, deadline - time.monotonic())
    try:
        request = httpx2.Request(
            method,
            url,
            headers=[(name.encode("ascii"), _wire(value)) for name, value in headers],
            content=body or None,
            extensions={"timeout": httpx2.Timeout(left).as_dict()},
        )
        # As written: a method has a case, and the originals keep it. (The constructor raises it.)
        request.method = method
        request.headers.setdefault("user-agent", USER_AGENT)
        request.headers.setdefault("accept-encoding", "gzip, deflate")
        with until(deadline):
            answer = transport.handle_request(request)
            try:
                received = _read(slug, answer, deadline)
            finally:
                answer.close()
    except PrivateAddress as error:
        raise FetchRefused(
            str(error), plugin=slug, hint="the operator can grant network.local"
        ) from None
    except httpx2.TimeoutException:
        raise FetchRefused(f"{url.host} did not answer in time", plugin=slug) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise FetchRefused(f"{method} {url.host}: {error}", plugin=slug) from None
    return FetchResponse(
        answer.status_code,
        dict(answer.headers),
        received,
        tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.headers.raw),
        str(url),
    )


def _wire(value: str) -> bytes:
    """A header's value as bytes: each character is one, as HTTP has it, or else UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape")


def _read(slug: str, answer: httpx2.Response, deadline: float) -> bytes:
    received = bytearray()
    for part in answer.iter_bytes():  # decoded, so a bomb counts at its full size
        received += part
        if len(received) > MAX_BODY_BYTES:
            raise FetchRefused(f"the answer is above {MAX_BODY_BYTES:,} bytes", plugin=slug)
        if time.monotonic() > deadline:
            raise FetchRefused("the answer took too long", plugin=slug)
    return bytes(received)
