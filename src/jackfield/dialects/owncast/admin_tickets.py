"""How a page for operators reaches its own plugin's guarded paths.

A browser proves who it is when it opens the page, but not for the requests that the page makes:
they come from an origin of their own (see :mod:`jackfield.plugins.page_isolation`). So the page is
handed a ticket, which opens the guarded paths of that one plugin and nothing else, and a script
that adds it to the page's requests. The page itself needs to know nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import secrets
import time
from urllib.parse import quote

VALID_S = 12 * 3600
"""How long a page may stay open."""

SCRIPT_PATH = "/styles/plugin.js"

SCRIPT = """\
(() => {
  const { root, ticket } = document.currentScript.dataset;
  const signed = (target) => {
    const url = new URL(target, document.baseURI);
    const own = url.origin === location.origin && url.pathname.startsWith(root);
    if (own && !url.searchParams.has("accessToken")) url.searchParams.set("accessToken", ticket);
    return url.href;
  };
  const { fetch: plain, EventSource: Plain, XMLHttpRequest: { prototype } } = window;
  window.fetch = (target, options) => target instanceof Request
    ? plain(new Request(signed(target.url), target), options)
    : plain(signed(target), options);
  window.EventSource = class extends Plain {
    constructor(target, options) { super(signed(target), options); }
  };
  const open = prototype.open;
  prototype.open = function (method, target, ...more) {
    return open.call(this, method, signed(target), ...more);
  };
})();
"""

_PLACES = [re.compile(rb"<%s\b[^>]*>" % tag, re.IGNORECASE) for tag in (b"head", b"html")]
_PLACES.append(re.compile(rb"<!doctype[^>]*>", re.IGNORECASE))


class AdminTickets:
    """Makes tickets and knows them again, until the host stops."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def issue(self, slug: str) -> str:
        """A ticket for the guarded paths of that plugin."""
        until = f"{int(time.time()) + VALID_S:x}"
        return f"{until}.{self._sign(slug, until)}"

    def admits(self, slug: str, ticket: str) -> bool:
        """Whether that is a ticket for this plugin which has not run out."""
        until, _, signature = ticket.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(slug, until).encode()):
            return False
        return int(until, 16) >= time.time()

    def _sign(self, slug: str, until: str) -> str:
        return hmac.new(self._secret, f"{slug} {until}".encode(), hashlib.sha256).hexdigest()


def add_script(page: bytes, slug: str, ticket: str, mount: str) -> bytes:
    """The HTML page with the script in front of the page's own.

    :param mount: where the application is mounted, without a slash at its end.
    """
    root = html.escape(f"{mount}/plugins/{quote(slug)}/")
    tag = (
        f'<script src="{html.escape(mount + SCRIPT_PATH)}" data-root="{root}" '
        f'data-ticket="{ticket}"></script>'
    ).encode()
    found = next(filter(None, (place.search(page) for place in _PLACES)), None)
    at = found.end() if found else 0
    return page[:at] + tag + page[at:]
