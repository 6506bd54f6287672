"""Keeps a plugin's pages apart from the host's own, though both share one address.

Without this, a script of a plugin's page could read the viewer's or the operator's token from the
browser's storage and act in their name. A ``sandbox`` policy gives each such page an origin that
nobody shares: no storage, no cookies, no way into another page of the host. Its requests, also
those to its own plugin, are then cross-origin ones that carry no credentials, and must be allowed
by name; a browser sends them with ``Origin: null``.
"""

from __future__ import annotations

from collections.abc import Mapping

Headers = dict[str, str]

POLICY = (
    "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals "
    "allow-downloads"
)
"""What such a page may do. A page that it opens elsewhere is not confined by it: there the origin
alone protects the host, and a link to another site works as usual."""

OPAQUE = "null"
"""The origin that browsers name for a page with an origin of its own."""

METHODS = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"

_OPEN = "access-control-allow-origin"
_CREDENTIALS = "access-control-allow-credentials"


def isolation_headers(request: Mapping[str, str]) -> Headers:
    """Headers that every answer on behalf of a plugin carries, in place of its own.

    :param request: the request's headers, names in lower case.
    """
    headers = {"content-security-policy": POLICY}
    if request.get("origin") == OPAQUE:
        # Open to any page without credentials: what such a page may read, anybody may fetch.
        headers |= {_OPEN: "*", "access-control-expose-headers": "*"}
    return headers


def forbidden_headers(request: Mapping[str, str]) -> frozenset[str]:
    """Names of headers that a plugin may not set for this request, in lower case."""
    return frozenset({_CREDENTIALS}) if request.get("origin") == OPAQUE else frozenset()


def preflight(request: Mapping[str, str], method: str) -> Headers | None:
    """The answer to a browser that asks what a plugin's page may send to its own plugin.

    ``None`` where the request is no such question; a page of another site asks the plugin itself.
    """
    asks = method == "OPTIONS" and "access-control-request-method" in request
    if not asks or request.get("origin") != OPAQUE:
        return None
    wanted = request.get("access-control-request-headers", "")
    return {
        **isolation_headers(request),
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": wanted or "*",
        "access-control-max-age": "600",
        "vary": "Origin, Access-Control-Request-Headers",
    }
